// config: the one table of every key that surface.md 2 knows, also those of parts that this build
// does not have. Checking, environment names, `config`, `init` and suggestions come from it.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollhouse::config {

enum class Kind : std::uint8_t {
  section,  ///< a mapping; its keys are rows of their own
  list,     ///< a sequence; its items are the row `path[]`
  text,
  secret,
  truth,           ///< true | false
  whole,           ///< a whole number from `least` to `most`
  amount,          ///< 3 sat, 1500 msat
  duration,        ///< 300s; `least` and `most` in milliseconds
  size,            ///< 4 MiB; `least` and `most` in bytes
  choice,          ///< one of `allowed`, parted by `|`
  number_or_word,  ///< a whole number or one of `allowed`
  work,            ///< 18 bits, auto, or a mapping with bits and with
  url,
  endpoint,   ///< 127.0.0.1:8402, unix:/run/tollhouse.sock, systemd:NAME
  file_mode,  ///< 0660
  endpoint_or_off,
  anything,  ///< of a part that is not here; not read
};

/// `path` is a pattern: `[]` any item of a list, `*` any name. Dots part the levels.
struct Option {
  std::string_view path;
  Kind kind;
  std::string_view standard = {};  ///< default as text; empty: none
  std::string_view part = {};      ///< the part that this build lacks; empty: it is here
  std::string_view allowed = {};  ///< choices; for a section or list: a word that may stand instead
  std::uint64_t least = 0;
  std::uint64_t most = UINT64_MAX;
};

std::span<const Option> options();
const Option* option_of(std::string_view pattern);

/// Names of the keys that may stand directly under `pattern` ("" is the top), without `*`.
std::vector<std::string_view> keys_under(std::string_view pattern);
/// The pattern of `name` under `pattern`: the key's own, else the `*` row's; empty: unknown.
std::string pattern_below(std::string_view pattern, std::string_view name);
/// The pattern of the items of a list.
std::string pattern_of_items(std::string_view pattern);
/// The key or anything below it holds a secret.
bool holds_secret(std::string_view pattern);

/// What may stand there, in words: "a duration from 1s to 30d"; empty for a section of keys.
std::string values_of(const Option& option);

/// What is wrong with `text` as a value of this option; nothing if it is fine.
struct Complaint {
  std::string what;     ///< "is not an amount"
  std::string allowed;  ///< "an amount"
  std::string cure;     ///< `write e.g. "3 sat" or "2500 msat"`
};
std::optional<Complaint> complaint_about(const Option& option, std::string_view text);

}  // namespace tollhouse::config
