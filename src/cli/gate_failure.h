// cli: why a gate does not start, does not take a configuration over, or how it ended badly.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "cli/exit_code.h"
#include "io/acceptor.h"
#include "ledger/operation.h"

namespace tollhouse::cli {

struct GateFailure {
  Exit exit = Exit::cannot_start;
  std::string code;
  std::string message;
  std::string cure;
};

GateFailure books_failure(ledger::Fault fault, const std::filesystem::path& folder);
std::string_view to_text(io::ListenFault fault);

}  // namespace tollhouse::cli
