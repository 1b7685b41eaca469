// cli: the texts of `tollhouse`, `tollhouse --help`, and the names of commands, those of later
// parts too.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/exit_code.h"

namespace tollhouse::cli {

/// A command of surface.md 1. `here` is false for those that this build lacks.
struct CommandRow {
  std::string_view group;
  std::string_view name;
  std::string_view usage;    ///< behind the name
  std::string_view purpose;  ///< one line
  std::string_view example;  ///< a whole command
  bool here = true;
};

/// An exit code in words; those of a running `serve` alone have no short one.
struct ExitRow {
  Exit exit;
  std::string_view word;
  std::string_view meaning;
};
std::span<const ExitRow> exits();

std::span<const CommandRow> commands();
const CommandRow* command_of(std::string_view name);
std::optional<std::string> nearest_command(std::string_view name);

/// One screen.
std::string help_text();
/// What stands there without arguments: six commands to begin with.
std::string first_steps();

}  // namespace tollhouse::cli
