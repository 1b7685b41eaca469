// base: bech32 (BIP 173) without the limit of 90 characters, and regrouping between bytes and
// five-bit words. The BIP 173 checksum only; a bech32m string (BIP 350) has a wrong checksum here.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace tollhouse {

/// Why a string is not bech32, in order of checking.
enum class Bech32Fault : std::uint8_t {
  too_long,
  invalid_character,  ///< outside 33 to 126, or in the data part not of its alphabet
  mixed_case,
  no_separator,
  empty_hrp,
  checksum,  ///< wrong, of bech32m, or fewer than six characters
};

struct Bech32 {
  std::string hrp;  ///< human-readable part, lower case, never empty
  Bytes words;      ///< five bits each, without the checksum
};

/// Reads either case, never both. The separator is the last `1`. Errors are never repaired.
Result<Bech32, Bech32Fault> bech32_decode(std::string_view text, std::size_t characters_max);

/// `hrp` is not empty, in lower case and within 33 to 126; every word is below 32.
std::string bech32(std::string_view hrp, ByteView words);

/// Appends the bytes as words, most significant bit first, the last word filled with zero bits.
void append_words(Bytes& words, ByteView bytes);

/// The words as bytes, the last byte filled with zero bits.
Bytes packed_words(ByteView words);

struct WordBytes {
  Bytes bytes;            ///< the whole bytes
  bool padding_is_right;  ///< fewer than five bits are left over, all of them zero
};
WordBytes bytes_from_words(ByteView words);

}  // namespace tollhouse
