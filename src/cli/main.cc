// cli: the program's beginning and end.
#include <csignal>
#include <string>
#include <vector>

#include "cli/app.h"

int main(int argc, char** argv) {
  using namespace tollhouse::cli;
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<std::string> arguments(argv + 1, argv + argc);
  // Called by the session server's name it would be that; it is not in this build, and says so.
  const std::string_view name(argv[0]);
  if (name.ends_with("liveauth-mcp")) arguments.insert(arguments.begin(), "session-mcp");
  Terminal terminal = Terminal::of_process(ColourChoice::automatic);
  return run(std::move(arguments), terminal);
}
