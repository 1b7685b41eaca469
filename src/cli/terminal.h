// cli: the person or script in front of us (ux-and-ops.md 1.3). Results go to standard output, all
// else to standard error; colour only on a terminal; with --json errors are one JSON object.
#pragma once
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cli/exit_code.h"

namespace tollhouse::cli {

/// Where each stream ends, judged apart.
struct StreamTraits {
  bool terminal = false;
  bool colour = false;
  bool utf8 = true;  ///< what a terminal's locale says
  int columns = 80;
};

enum class ColourChoice { automatic, always, never };

/// The only styles there are; a style never carries meaning alone.
enum class Style { plain, good, bad, dim, bold };

/// An error as a person and as a script reads it. `code` is a stable lower-case token.
struct Failure {
  Exit exit = Exit::no;
  std::string code;
  std::string message;
  std::string cure;  ///< what to do, often a command; empty where nothing cures it
};

class Terminal {
 public:
  /// Takes what is written to standard output and standard error; `environment` is a copy.
  struct Streams {
    std::function<void(std::string_view)> out;
    std::function<void(std::string_view)> error;
    std::function<std::optional<std::string>()> read_input;  ///< all of standard input, once
    StreamTraits out_traits;
    StreamTraits error_traits;
  };
  using Environment = std::map<std::string, std::string>;

  Terminal(Streams streams, Environment environment);

  /// Standard streams, environment of the process; colour by NO_COLOR, CLICOLOR_FORCE, TERM.
  static Terminal of_process(ColourChoice colour);

  /// --color, which wins over the environment.
  void choose_colour(ColourChoice choice);

  /// A result: standard output, as it is. A newline is not added.
  void result(std::string_view text) const;
  /// A result and a newline.
  void line(std::string_view text) const;
  /// Anything that is not a result: standard error, with a newline.
  void note(std::string_view text) const;
  /// Standard error as it is, for a line that is drawn over.
  void draw(std::string_view text) const;
  /// Says what went wrong (standard error; one JSON object where `json` is set), returns the code.
  int fail(const Failure& failure) const;

  /// `text` in a style, for standard output; plain where that is no terminal.
  std::string styled(Style style, std::string_view text) const;
  std::string styled_note(Style style, std::string_view text) const;

  /// Set by the subcommand that was given --json.
  void errors_as_json(bool on) { json_ = on; }
  bool json() const { return json_; }
  bool out_is_terminal() const { return streams_.out_traits.terminal; }
  const StreamTraits& out_traits() const { return streams_.out_traits; }
  bool error_is_terminal() const { return streams_.error_traits.terminal; }

  const Environment& environment() const { return environment_; }
  /// The value of an environment variable; nothing where unset.
  std::optional<std::string> variable(const std::string& name) const;
  /// All of standard input; nothing where it cannot be read.
  std::optional<std::string> input() const;

 private:
  Streams streams_;
  Environment environment_;
  bool json_ = false;
};

}  // namespace tollhouse::cli
