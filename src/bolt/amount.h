// bolt: the amount in an invoice's prefix: digits in bitcoin and a multiplier (BOLT 11).
#pragma once
#include <string>
#include <string_view>

#include "base/money.h"
#include "base/result.h"
#include "bolt/reason.h"

namespace tollhouse::bolt {

/// How strictly an invoice is read. `lenient` gives way in four rules that are ours or are young in
/// the specification: a fixed field of a wrong length is skipped, of two equal fields the first
/// counts, padding is not looked at, and an amount may begin with zero.
enum class Strictness : std::uint8_t { strict, lenient };

/// "2500u" to 250 000 000 msat. Other than shortest forms are read. Errors in order:
/// amount_no_digits, amount_bad_multiplier, amount_bad_digits, amount_leading_zero,
/// amount_not_positive, amount_sub_millisatoshi, amount_out_of_range.
Result<Msat, Reason> amount_from_text(std::string_view text, Strictness strictness);

/// The shortest form: the largest multiplier that leaves an integer. `amount` is not zero.
std::string amount_text(Msat amount);

}  // namespace tollhouse::bolt
