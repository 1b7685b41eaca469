// tests/cli: a terminal whose output a test can read.
#pragma once
#include <string>
#include <vector>

#include "cli/app.h"
#include "cli/terminal.h"

namespace tollhouse::cli {

struct Captured {
  std::string out;
  std::string error;
  int exit = -1;
};

/// Runs the program's arguments with an environment and standard input of its own.
inline Captured run_captured(std::vector<std::string> arguments,
                             Terminal::Environment environment = {}, std::string input = {},
                             StreamTraits traits = {}) {
  Captured captured;
  Terminal::Streams streams;
  streams.out = [&](std::string_view text) { captured.out += text; };
  streams.error = [&](std::string_view text) { captured.error += text; };
  streams.read_input = [&] { return std::optional<std::string>(input); };
  streams.out_traits = traits;
  streams.error_traits = traits;
  Terminal terminal(std::move(streams), std::move(environment));
  captured.exit = run(std::move(arguments), terminal);
  return captured;
}

}  // namespace tollhouse::cli
