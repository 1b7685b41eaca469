// config: looking into the option table, and what each kind of value allows.
#include "config/options.h"

#include <algorithm>

#include "base/format.h"
#include "config/option_table.h"
#include "config/units.h"
#include "http/url.h"

namespace tollhouse::config {
namespace {

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string range_text(const Option& option) {
  if (option.most == UINT64_MAX) return fmt::format("a whole number from {}", option.least);
  return fmt::format("a whole number from {} to {}", option.least, option.most);
}

std::string duration_text(std::uint64_t milliseconds) {
  if (milliseconds % kDayMs == 0 && milliseconds != 0)
    return fmt::format("{}d", milliseconds / kDayMs);
  if (milliseconds % kSecondMs == 0) return fmt::format("{}s", milliseconds / kSecondMs);
  return fmt::format("{}ms", milliseconds);
}

std::string size_text(std::uint64_t bytes) {
  if (bytes % kMiB == 0 && bytes != 0) return fmt::format("{} MiB", bytes / kMiB);
  if (bytes % 1024 == 0 && bytes != 0) return fmt::format("{} KiB", bytes / 1024);
  return fmt::format("{} B", bytes);
}

std::optional<Complaint> about_whole(const Option& option, std::string_view text) {
  const auto number = whole_number_from_text(text);
  const std::string range = range_text(option);
  if (!number) return Complaint{"is not a whole number", range, "write " + range};
  if (*number >= option.least && *number <= option.most) return std::nullopt;
  return Complaint{"is out of range", range, "write " + range};
}

std::optional<Complaint> about_duration(const Option& option, std::string_view text) {
  const auto duration = duration_from_text(text);
  if (!duration) {
    return Complaint{"is not a duration", "a duration with its unit",
                     "write e.g. \"300s\", \"5m\" or \"1h\""};
  }
  const auto milliseconds = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(*duration).count());
  if (milliseconds >= option.least && milliseconds <= option.most) return std::nullopt;
  const std::string range =
      fmt::format("from {} to {}", duration_text(option.least), duration_text(option.most));
  return Complaint{"is out of range", "a duration " + range, "write a duration " + range};
}

std::optional<Complaint> about_size(const Option& option, std::string_view text) {
  const auto size = size_from_text(text);
  if (!size) {
    return Complaint{"is not a size", "a size with its unit", "write e.g. \"4 MiB\" or \"64 KiB\""};
  }
  if (*size >= option.least && *size <= option.most) return std::nullopt;
  const std::string range =
      fmt::format("from {} to {}", size_text(option.least), size_text(option.most));
  return Complaint{"is out of range", "a size " + range, "write a size " + range};
}

std::optional<Complaint> about_choice(const Option& option, std::string_view text) {
  const auto choices = split(option.allowed, '|');
  if (std::ranges::find(choices, text) != choices.end()) return std::nullopt;
  std::string list;
  for (const std::string_view choice : choices) {
    list += (list.empty() ? "" : ", ") + std::string(choice);
  }
  return Complaint{"is not known here", "one of " + list,
                   (choices.size() == 1 ? "write " : "write one of ") + list};
}

std::optional<Complaint> about_endpoint(std::string_view text) {
  if (endpoint_from_text(text)) return std::nullopt;
  return Complaint{"is not an address and port",
                   "an IP address and a port, unix:/path or systemd:NAME",
                   "write e.g. \"127.0.0.1:8402\", \"[::1]:8402\" or "
                   "\"unix:/run/tollhouse/gate.sock\""};
}

}  // namespace

std::span<const Option> options() { return kOptions; }

const Option* option_of(std::string_view pattern) {
  const auto found = std::ranges::find(kOptions, pattern, &Option::path);
  return found == std::ranges::end(kOptions) ? nullptr : &*found;
}

std::vector<std::string_view> keys_under(std::string_view pattern) {
  std::vector<std::string_view> keys;
  for (const Option& option : kOptions) {
    std::string_view rest = option.path;
    if (!pattern.empty()) {
      if (!rest.starts_with(pattern)) continue;
      rest.remove_prefix(pattern.size());
      if (!rest.starts_with('.')) continue;
      rest.remove_prefix(1);
    }
    if (rest.empty() || rest == "*" || rest.find_first_of(".[") != std::string_view::npos) continue;
    keys.push_back(rest);
  }
  if (pattern.empty()) keys.emplace_back("tools");
  return keys;
}

std::string pattern_below(std::string_view pattern, std::string_view name) {
  if (pattern.empty() && name == "tools") return "routes[].tools";
  if (name.find_first_of(".[]*") == std::string_view::npos) {
    std::string own = pattern.empty() ? std::string(name) : fmt::format("{}.{}", pattern, name);
    if (option_of(own) != nullptr) return own;
  }
  std::string any = fmt::format("{}.*", pattern);
  return option_of(any) != nullptr ? any : std::string();
}

std::string pattern_of_items(std::string_view pattern) {
  std::string items = fmt::format("{}[]", pattern);
  return option_of(items) != nullptr ? items : std::string();
}

bool holds_secret(std::string_view pattern) {
  return std::ranges::any_of(kOptions, [&](const Option& option) {
    return option.kind == Kind::secret && option.path.starts_with(pattern) &&
           (option.path.size() == pattern.size() || pattern.empty() ||
            option.path[pattern.size()] == '.' || option.path[pattern.size()] == '[');
  });
}

std::string values_of(const Option& option) {
  switch (option.kind) {
    case Kind::whole:
      return range_text(option);
    case Kind::number_or_word:
      return fmt::format("{}, or {}", range_text(option), option.allowed);
    case Kind::duration:
      return fmt::format("a duration from {} to {}", duration_text(option.least),
                         duration_text(option.most));
    case Kind::size:
      return fmt::format("a size from {} to {}", size_text(option.least), size_text(option.most));
    case Kind::choice:
    case Kind::file_mode:
    case Kind::truth:
      return complaint_about(option, "")->allowed;
    case Kind::amount:
      return "an amount, e.g. 3 sat or 2500 msat";
    case Kind::work:
      return "work, e.g. 18 bits, auto or none, or keys";
    case Kind::text:
      return "a text";
    case Kind::url:
      return "a URL";
    case Kind::secret:
      return "a secret, best as ${NAME} or ${file:PATH}";
    case Kind::endpoint:
    case Kind::endpoint_or_off: {
      const std::string allowed = complaint_about(option, "")->allowed;
      return option.kind == Kind::endpoint ? allowed : allowed + ", or off";
    }
    case Kind::list: {
      const Option* item = option_of(pattern_of_items(option.path));
      const std::string values = item == nullptr ? std::string() : values_of(*item);
      return values.empty() ? "a list" : "a list; each item: " + values;
    }
    case Kind::section:
      return option.allowed.empty() ? "" : fmt::format("keys, or the word {}", option.allowed);
    case Kind::anything:
      return {};
  }
  return {};
}

std::optional<Complaint> complaint_about(const Option& option, std::string_view text) {
  switch (option.kind) {
    case Kind::whole:
      return about_whole(option, text);
    case Kind::duration:
      return about_duration(option, text);
    case Kind::size:
      return about_size(option, text);
    case Kind::choice:
      return about_choice(option, text);
    case Kind::endpoint:
      return about_endpoint(text);
    case Kind::endpoint_or_off:
      if (text == "off" || text == "false") return std::nullopt;
      return about_endpoint(text);
    case Kind::file_mode:
      if (file_mode_from_text(text)) return std::nullopt;
      return Complaint{"is not a mode for a socket file", "an octal mode from 0600 to 0666",
                       "write e.g. \"0660\""};
    case Kind::number_or_word: {
      if (text == option.allowed) return std::nullopt;
      auto complaint = about_whole(option, text);
      if (complaint) complaint->allowed += fmt::format(", or {}", option.allowed);
      if (complaint) complaint->cure += fmt::format(", or {}", option.allowed);
      return complaint;
    }
    case Kind::work:
      if (text == "auto" || text == "none" || bits_from_text(text)) return std::nullopt;
      return Complaint{"is not an amount of work", "from 1 to 28 bits, auto or none",
                       "write e.g. \"18 bits\", or { bits: 18, with: price }"};
    case Kind::amount:
      if (amount_from_text(text)) return std::nullopt;
      return Complaint{"is not an amount", "an amount with its unit",
                       "write e.g. \"3 sat\" or \"2500 msat\""};
    case Kind::truth:
      if (truth_from_text(text)) return std::nullopt;
      return Complaint{"is neither true nor false", "true or false", "write true or false"};
    case Kind::url:
      if (http::parse_url(text)) return std::nullopt;
      return Complaint{"is not an http URL", "a URL", "write e.g. \"http://127.0.0.1:3001/mcp\""};
    case Kind::text:
      if (!text.empty()) return std::nullopt;
      return Complaint{"is empty", "a text", "write a value or remove the key"};
    case Kind::secret:
    case Kind::section:
    case Kind::list:
    case Kind::anything:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace tollhouse::config
