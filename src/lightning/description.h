// lightning: what a wallet is told that an invoice is for.
#pragma once
#include <cstddef>
#include <string_view>

namespace tollhouse::lightning {

/// Bytes that an invoice holds; some wallets take less.
inline constexpr std::size_t kDescriptionBytesMax = 639;

/// The beginning of `text` that ends on a character border within `bytes_max`.
std::string_view cut_text(std::string_view text, std::size_t bytes_max);

}  // namespace tollhouse::lightning
