// cli: how far a solver is, in words.
#pragma once
#include <string>

#include "client/solver.h"

namespace tollhouse::cli {

/// One line: rate, chance, expected rest, and of several sub-puzzles how many are solved.
std::string solver_text(const client::SolverProgress& progress, std::size_t count);

}  // namespace tollhouse::cli
