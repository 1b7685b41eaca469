// cli: what a terminal is told, and how.
#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <iterator>
#include <utility>

#include "base/format.h"
#include "json/writer.h"

extern char** environ;

namespace tollhouse::cli {
namespace {

std::string_view sequence_of(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::good:
      return "\x1b[32m";
    case Style::bad:
      return "\x1b[31m";
    case Style::dim:
      return "\x1b[2m";
    case Style::bold:
      return "\x1b[1m";
  }
  return "";
}

std::string in_style(Style style, std::string_view text, bool colour) {
  if (!colour || style == Style::plain) return std::string(text);
  return fmt::format("{}{}\x1b[0m", sequence_of(style), text);
}

Terminal::Environment process_environment() {
  Terminal::Environment environment;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view pair(*at);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return environment;
}

bool is_set(const Terminal::Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found != environment.end() && !found->second.empty();
}

/// NO_COLOR, CLICOLOR_FORCE and TERM decide where --color does not (ux-and-ops.md 1.3).
bool colour_by_environment(const Terminal::Environment& environment, bool terminal) {
  if (is_set(environment, "NO_COLOR")) return false;
  const auto force = environment.find("CLICOLOR_FORCE");
  if (force != environment.end() && !force->second.empty() && force->second != "0") return true;
  const auto term = environment.find("TERM");
  return terminal && term != environment.end() && term->second != "dumb";
}

/// LC_ALL, LC_CTYPE and LANG, the first that is set (locale(7)); none is the C locale.
bool utf8_by_environment(const Terminal::Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (!is_set(environment, name)) continue;
    std::string value = environment.find(name)->second;
    std::ranges::transform(value, value.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

int columns_of(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

/// The few signs beyond ASCII that the program itself writes; what others wrote stays as it is.
std::string in_ascii(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kSigns[] = {{"·", "-"}, {"…", "..."}};
  std::string made(text);
  for (const auto& [sign, replacement] : kSigns) {
    for (std::size_t at = 0; (at = made.find(sign, at)) != std::string::npos;) {
      made.replace(at, sign.size(), replacement);
    }
  }
  return made;
}

void write_to(const std::function<void(std::string_view)>& stream, const StreamTraits& traits,
              std::string_view text) {
  if (traits.terminal && !traits.utf8) return stream(in_ascii(text));
  stream(text);
}

std::optional<std::string> all_of_input() {
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  if (std::cin.bad()) return std::nullopt;
  return text;
}

}  // namespace

Terminal::Terminal(Streams streams, Environment environment)
    : streams_(std::move(streams)), environment_(std::move(environment)) {}

Terminal Terminal::of_process(ColourChoice colour) {
  Streams streams;
  streams.out = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  streams.error = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); };
  streams.read_input = all_of_input;
  Environment environment = process_environment();
  streams.out_traits.terminal = ::isatty(STDOUT_FILENO) == 1;
  streams.error_traits.terminal = ::isatty(STDERR_FILENO) == 1;
  streams.out_traits.columns = columns_of(STDOUT_FILENO);
  for (StreamTraits* traits : {&streams.out_traits, &streams.error_traits}) {
    traits->utf8 = utf8_by_environment(environment);
  }
  Terminal terminal(std::move(streams), std::move(environment));
  terminal.choose_colour(colour);
  return terminal;
}

void Terminal::choose_colour(ColourChoice choice) {
  for (StreamTraits* traits : {&streams_.out_traits, &streams_.error_traits}) {
    traits->colour =
        choice == ColourChoice::always || (choice == ColourChoice::automatic &&
                                           colour_by_environment(environment_, traits->terminal));
  }
}

void Terminal::result(std::string_view text) const {
  write_to(streams_.out, streams_.out_traits, text);
}
void Terminal::line(std::string_view text) const { result(std::string(text) + "\n"); }
void Terminal::draw(std::string_view text) const {
  write_to(streams_.error, streams_.error_traits, text);
}
void Terminal::note(std::string_view text) const { draw(std::string(text) + "\n"); }

int Terminal::fail(const Failure& failure) const {
  if (json_) {
    std::string text;
    json::Writer writer(text);
    writer.begin_object().name("error").begin_object();
    writer.member("code", failure.code).member("message", failure.message);
    writer.member("cure", failure.cure).member("exitCode", exit_with(failure.exit));
    writer.end_object().end_object();
    note(text);
  } else {
    std::string text = styled_note(Style::bad, "error:") + " " + failure.message;
    if (!failure.cure.empty()) text += "\n  = " + failure.cure;
    note(text);
  }
  return exit_with(failure.exit);
}

std::string Terminal::styled(Style style, std::string_view text) const {
  return in_style(style, text, streams_.out_traits.colour);
}

std::string Terminal::styled_note(Style style, std::string_view text) const {
  return in_style(style, text, streams_.error_traits.colour);
}

std::optional<std::string> Terminal::variable(const std::string& name) const {
  const auto found = environment_.find(name);
  if (found == environment_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string> Terminal::input() const { return streams_.read_input(); }

}  // namespace tollhouse::cli
