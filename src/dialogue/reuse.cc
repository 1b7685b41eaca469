// dialogue: caveats, as far as they say how often.
#include "dialogue/reuse.h"

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "l402/limits.h"
#include "macaroon/formats.h"

namespace tollhouse::dialogue {
namespace {

/// Decimal digits only.
template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

template <class Value>
void narrow(std::optional<Value>& known, Value value) {
  known = known ? std::min(*known, value) : value;
}

/// False where the caveat forbids to show the token again, or cannot be read.
bool take_caveat(std::string_view caveat, Reuse& reuse) {
  const std::size_t equals = caveat.find('=');
  const std::string_view condition = caveat.substr(0, equals);
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : caveat.substr(equals + 1);
  if (condition.ends_with("_body")) return false;
  if (condition.ends_with("_max_calls")) {
    const auto calls = whole<std::uint32_t>(value);
    if (!calls || *calls <= 1) return false;
    narrow(reuse.uses, *calls);
  }
  if (condition.ends_with("_valid_until")) {
    const auto seconds = whole<std::uint64_t>(value);
    if (!seconds) return false;
    constexpr std::uint64_t kSecondsMax = INT64_MAX;
    narrow(reuse.valid_until,
           time_from_unix(static_cast<std::int64_t>(std::min(*seconds, kSecondsMax))));
  }
  return true;
}

}  // namespace

std::optional<Reuse> reuse_of(std::string_view macaroon_base64) {
  if (macaroon_base64.size() > l402::kTokenCharactersMax) return std::nullopt;
  const auto bytes = bytes_from_any_base64(macaroon_base64);
  if (!bytes) return std::nullopt;
  const auto macaroon = macaroon::read_binary(*bytes);
  if (!macaroon) return std::nullopt;
  Reuse reuse;
  for (const auto& caveat : macaroon->caveats) {
    if (!take_caveat(text_of(caveat.identifier), reuse)) return std::nullopt;
  }
  return reuse;
}

}  // namespace tollhouse::dialogue
