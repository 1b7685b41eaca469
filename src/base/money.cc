// base: amounts as text.
#include "base/money.h"

#include <charconv>

namespace tollhouse {

std::string to_text(Msat amount) {
  if (amount.count() % 1000 == 0) return std::to_string(amount.sat()) + " sat";
  return std::to_string(amount.count()) + " msat";
}

std::optional<Msat> msat_from_text(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit == "sat" || unit == "sats") return Msat::of_sat(number);
  if (unit == "msat") return Msat::of(number);
  return std::nullopt;
}

}  // namespace tollhouse
