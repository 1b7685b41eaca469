// config: what is wrong with a configuration, told so that it can be cured at once: place, key,
// what was found, what is allowed, nearest known name (ux-and-ops.md 1.4).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollhouse::config {

/// Where a value stands. `source` is a file, "environment NAME" or "--set"; lines and columns count
/// from 1, 0 where there are none.
struct Place {
  std::string source;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  std::string text() const;  ///< "tollhouse.yaml:14:7"
};

struct Fault {
  Place place;
  std::string key;         ///< "routes[0].tools.web_search.price"; empty for faults of a whole file
  std::string message;     ///< `"3 sats per call" is not an amount`
  std::string shown_line;  ///< the line of the file, secrets masked; empty where none is shown
  std::string found;       ///< never of a secret
  std::string allowed;
  std::string cure;          ///< `write e.g. "3 sat" or "2500 msat"`
  std::string nearest;       ///< nearest known name of an unknown key
  bool wrong_usage = false;  ///< the command line is wrong, not the configuration (exit 2)
};

/// "place: key: message", the line, "= cure"; lines end in a newline.
std::string to_text(const Fault& fault);

/// The candidate at the smallest edit distance (Damerau, a swap counts one), if it is near enough
/// for the length of `name`.
std::optional<std::string> nearest_name(std::string_view name,
                                        std::span<const std::string_view> candidates);

/// `line` with everything that looks like a secret replaced by `***`.
std::string without_secrets(std::string_view line);

}  // namespace tollhouse::config
