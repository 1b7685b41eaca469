// cli: from arguments to a subcommand.
#pragma once
#include <string>
#include <vector>

#include "cli/command_picture.h"
#include "cli/terminal.h"

namespace tollhouse::cli {

/// `arguments` without the program's name. Runs one subcommand and gives its exit code; wrong usage
/// is 2 whatever the option library says.
int run(std::vector<std::string> arguments, Terminal& terminal);

/// Every command of this build with its options.
std::vector<CommandPicture> command_pictures();

}  // namespace tollhouse::cli
