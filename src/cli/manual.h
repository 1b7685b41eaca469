// cli: the manual pages in roff, made from the tables that the program itself goes by. They stand
// in docs/man, written and held by a test.
#pragma once
#include <span>
#include <string>

#include "cli/command_picture.h"

namespace tollhouse::cli {

/// tollhouse(1)
std::string manual_of_program(std::span<const CommandPicture> commands);
/// tollhouse.yaml(5)
std::string manual_of_configuration();

}  // namespace tollhouse::cli
