// bolt: amounts in prefixes, in millisatoshi all the way: pico-bitcoin would not fit 64 bits.
#include "bolt/amount.h"

#include <algorithm>
#include <charconv>

#include "base/invariant.h"

namespace tollhouse::bolt {
namespace {

struct Multiplier {
  char letter;  ///< 0: none
  std::uint64_t msat;
};
constexpr Multiplier kMultipliers[] = {
    {0, 100'000'000'000}, {'m', 100'000'000}, {'u', 100'000}, {'n', 100}};
/// One unit of `p` is a tenth of a millisatoshi, so it is not in the table.
constexpr char kPico = 'p';

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::uint64_t> msat_per_unit(char letter) {
  for (const Multiplier& multiplier : kMultipliers) {
    if (multiplier.letter == letter) return multiplier.msat;
  }
  return std::nullopt;
}

/// Decimal digits only; nothing above 64 bits.
std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

Result<Msat, Reason> in_range(std::optional<std::uint64_t> msat) {
  const auto amount = msat ? Msat::of(*msat) : std::nullopt;
  if (!amount) return refuse(Reason::amount_out_of_range);
  return *amount;
}

Result<Msat, Reason> of_pico(std::string_view digits) {
  if (digits.back() != '0') return refuse(Reason::amount_sub_millisatoshi);
  return in_range(number_of(digits.substr(0, digits.size() - 1)));
}

std::optional<std::uint64_t> product(std::optional<std::uint64_t> number, std::uint64_t factor) {
  return number ? checked_mul(*number, factor) : std::nullopt;
}

}  // namespace

Result<Msat, Reason> amount_from_text(std::string_view text, Strictness strictness) {
  const char letter = text.empty() || is_digit(text.back()) ? char{0} : text.back();
  const std::string_view digits = text.substr(0, text.size() - (letter == 0 ? 0 : 1));
  if (digits.empty()) return refuse(Reason::amount_no_digits);
  const auto factor = msat_per_unit(letter);
  if (!factor && letter != kPico) return refuse(Reason::amount_bad_multiplier);
  if (!std::all_of(digits.begin(), digits.end(), is_digit))
    return refuse(Reason::amount_bad_digits);
  if (strictness == Strictness::strict && digits.size() > 1 && digits.front() == '0') {
    return refuse(Reason::amount_leading_zero);
  }
  if (digits.find_first_not_of('0') == std::string_view::npos)
    return refuse(Reason::amount_not_positive);
  if (!factor) return of_pico(digits);
  return in_range(product(number_of(digits), *factor));
}

std::string amount_text(Msat amount) {
  invariant(amount.count() > 0);
  for (const Multiplier& multiplier : kMultipliers) {
    if (amount.count() % multiplier.msat != 0) continue;
    std::string text = std::to_string(amount.count() / multiplier.msat);
    if (multiplier.letter != 0) text += multiplier.letter;
    return text;
  }
  return std::to_string(amount.count()) + "0" + kPico;  // times ten, which may not fit 64 bits
}

}  // namespace tollhouse::bolt
