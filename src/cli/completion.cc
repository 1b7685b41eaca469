// cli: completion scripts. Each looks at the words before the cursor and offers what may follow.
#include "cli/completion.h"

#include <algorithm>

#include "base/format.h"
#include "base/utf8.h"

namespace tollhouse::cli {
namespace {

/// Names that a stranger's server chose: only what no shell reads as more than a word.
constexpr std::string_view kTools =
    R"(timeout 2 tollhouse tools "$1" 2>/dev/null | cut -d" " -f1 | grep -E "^[A-Za-z0-9_.-]+$")";

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : " ") + text;
  return all;
}

std::vector<std::string> flags_of(const CommandPicture& command) {
  std::vector<std::string> flags;
  for (const OptionPicture& option : command.options) {
    if (!option.by_place) flags.insert(flags.end(), option.names.begin(), option.names.end());
  }
  return flags;
}

std::string names_of(std::span<const CommandPicture> commands) {
  std::string names;
  for (const CommandPicture& command : commands) names += std::string(command.name) + " ";
  return names + "--help --version --color";
}

/// One `case` arm for each command: what may follow it.
std::string arms(std::span<const CommandPicture> commands) {
  std::string text;
  for (const CommandPicture& command : commands) {
    std::vector<std::string> follow = command.words();
    const std::vector<std::string> flags = flags_of(command);
    follow.insert(follow.end(), flags.begin(), flags.end());
    text += fmt::format("    {}) candidates=\"{}\" ;;\n", command.name, joined(follow));
  }
  return text;
}

std::string bash(std::span<const CommandPicture> commands) {
  return fmt::format(R"sh(# bash completion for tollhouse; now: source <(tollhouse completion bash)
_tollhouse_tools() {{ {}; }}
_tollhouse() {{
  local line="${{COMP_LINE:0:$COMP_POINT}}" current="" candidates=""
  local -a typed
  read -ra typed <<<"$line"
  case "$line" in
    *[[:space:]]) ;;
    *) current="${{typed[-1]}}"; unset "typed[-1]" ;;
  esac
  case "${{typed[1]-}}" in
    "") candidates="{}" ;;
{}  esac
  if [ "${{typed[1]-}}" = call ] && [ "${{#typed[@]}}" -eq 3 ] && [ "${{current:0:1}}" != - ]; then
    candidates="$(_tollhouse_tools "${{typed[2]}}")"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
}}
complete -o default -F _tollhouse tollhouse
)sh",
                     kTools, names_of(commands), arms(commands));
}

std::string zsh(std::span<const CommandPicture> commands) {
  return fmt::format(R"sh(#compdef tollhouse
# zsh completion for tollhouse; now: source <(tollhouse completion zsh)
_tollhouse_tools() {{ {}; }}
_tollhouse() {{
  local candidates=""
  if (( CURRENT == 2 )); then
    candidates="{}"
  else
    case "${{words[2]}}" in
{}    esac
    if [[ "${{words[2]}}" == call && CURRENT -eq 4 && "$PREFIX" != -* ]]; then
      candidates="$(_tollhouse_tools "${{words[3]}}")"
    fi
  fi
  compadd -- ${{=candidates}}
  (( CURRENT > 2 )) && _files
}}
if [[ "${{funcstack[1]}}" == _tollhouse ]]; then
  _tollhouse "$@"
else
  compdef _tollhouse tollhouse
fi
)sh",
                     kTools, names_of(commands), arms(commands));
}

std::string quoted(std::string_view text) {
  std::string made = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') made += '\\';
    made += c;
  }
  return made + "'";
}

std::string fish_option(const OptionPicture& option, const std::string& seen) {
  std::string line = "complete -c tollhouse -n " + seen;
  for (const std::string& name : option.names) {
    const bool is_long = name.starts_with("--");
    line += fmt::format(" -{} {}", is_long ? "l" : "s", name.substr(is_long ? 2 : 1));
  }
  return fmt::format("{}{} -d {}\n", line, option.takes_value ? " -r" : "", quoted(option.purpose));
}

std::string fish(std::span<const CommandPicture> commands) {
  std::string text =
      "# fish completion for tollhouse; now: tollhouse completion fish | source\n"
      "function __tollhouse_tools\n"
      "  set -l typed (commandline -opc)\n"
      "  test (count $typed) -eq 3; and timeout 2 tollhouse tools $typed[3] 2>/dev/null |"
      " cut -d\" \" -f1 | grep -E \"^[A-Za-z0-9_.-]+\\$\"\n"
      "end\n"
      "complete -c tollhouse -n __fish_use_subcommand -f\n";
  for (const CommandPicture& command : commands) {
    text += fmt::format("complete -c tollhouse -n __fish_use_subcommand -a {} -d {}\n",
                        command.name, quoted(command.purpose));
    const std::string seen = fmt::format("'__fish_seen_subcommand_from {}'", command.name);
    for (const std::string& word : command.words()) {
      text += fmt::format("complete -c tollhouse -n {} -a {}\n", seen, word);
    }
    for (const OptionPicture& option : command.options) {
      if (!option.by_place) text += fish_option(option, seen);
    }
  }
  return text +
         "complete -c tollhouse -n '__fish_seen_subcommand_from call' -a '(__tollhouse_tools)'\n";
}

}  // namespace

std::vector<std::string> CommandPicture::words() const {
  std::vector<std::string> words;
  std::string_view rest = usage;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    const std::string_view first = rest.substr(0, std::min(rest.substr(0, end).find(' '), end));
    const bool is_word = !first.empty() && std::ranges::all_of(first, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
    if (is_word) words.emplace_back(first);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return words;
}

int run_completion(const CompletionOptions& options, std::span<const CommandPicture> commands,
                   const Terminal& terminal) {
  std::string script;
  if (options.shell == "bash") script = bash(commands);
  if (options.shell == "zsh") script = zsh(commands);
  if (options.shell == "fish") script = fish(commands);
  if (script.empty()) {
    return terminal.fail({Exit::usage, "wrong_usage",
                          fmt::format("completion knows no {}", printable(options.shell, 64)),
                          "tollhouse completion bash, zsh or fish"});
  }
  terminal.result(script);
  return exit_with(Exit::done);
}

}  // namespace tollhouse::cli
