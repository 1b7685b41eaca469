// store: the text of the deny list: one line for each payment that was taken back, 64 hex digits
// and a line end. Any process may have written the file, so each line is checked.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tollhouse::store {

inline constexpr std::size_t kRevocationBytes = 65;

using EachRevoked = std::function<void(const PaymentHash&)>;

std::string revocation_line(const PaymentHash& hash);
/// Gives `each` the whole lines at the beginning of `text`; their bytes, a multiple of
/// kRevocationBytes. What is behind them has no end yet. Nothing where a line is none of ours.
std::optional<std::size_t> read_revocations(std::string_view text, const EachRevoked& each);

}  // namespace tollhouse::store
