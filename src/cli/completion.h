// cli: `completion`, scripts for three shells.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "cli/command_picture.h"
#include "cli/terminal.h"

namespace tollhouse::cli {

struct CompletionOptions {
  std::string shell;  ///< bash, zsh, fish
};

/// Prints the script. Behind `call URL` it asks that gate for its tools, for two seconds at most.
int run_completion(const CompletionOptions& options, std::span<const CommandPicture> commands,
                   const Terminal& terminal);

}  // namespace tollhouse::cli
