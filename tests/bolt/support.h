// tests/bolt: the curve and the key of the published examples, and invoices written word by word.
#pragma once
#include "base/bech32.h"
#include "base/hex.h"
#include "bolt/bolt11.h"
#include "bolt/signing.h"
#include "support/precompiled.h"

namespace tollhouse::bolt::test {

class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> into) override {
    for (auto& byte : into) byte = next_++;
  }

 private:
  std::uint8_t next_ = 1;
};

inline const crypto::Secp256k1& curve() {
  static CountingRandom random;
  static const crypto::Secp256k1 made(random);
  return made;
}

inline crypto::NodeKey published_key() {
  return crypto::NodeKey::from(
      *bytes_from_hex("e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734"));
}

inline Bytes words_of(ByteView bytes) {
  Bytes words;
  append_words(words, bytes);
  return words;
}

inline std::uint8_t type_of(char letter) {
  return static_cast<std::uint8_t>(
      std::string_view("qpzry9x8gf2tvdw0s3jn54khce6mua7l").find(letter));
}

inline Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

inline Bytes field(char letter, const Bytes& words) {
  const auto size = words.size();
  return joined({{type_of(letter), static_cast<std::uint8_t>(size / 32),
                  static_cast<std::uint8_t>(size % 32)},
                 words});
}

inline Bytes timestamp() { return {0, 1, 18, 28, 19, 28, 8}; }
inline Bytes secret_field() { return field('s', words_of(Bytes(32, 0x11))); }
inline Bytes hash_field() { return field('p', words_of(Bytes(32, 0x22))); }
inline Bytes text_field() { return field('d', words_of(bytes_of("test"))); }
inline Bytes features_field() { return field('9', {16, 8, 0}); }

/// A good invoice with `more` fields before its end.
inline Bytes good_words(const Bytes& more = {}) {
  return joined({timestamp(), secret_field(), hash_field(), text_field(), features_field(), more});
}

inline std::string signed_with(const Bytes& words, std::string_view hrp = "lnbcrt10u") {
  return signed_text(hrp, words, published_key(), curve());
}

inline std::string with_signature(Bytes words, const crypto::Signature& signature,
                                  std::uint8_t recovery_id, std::string_view hrp = "lnbcrt10u") {
  Bytes bytes(signature.begin(), signature.end());
  bytes.push_back(recovery_id);
  append_words(words, bytes);
  return bech32(hrp, words);
}

/// n - S.
inline crypto::Signature with_other_s(crypto::Signature signature) {
  const Bytes order =
      *bytes_from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  int borrow = 0;
  for (int i = 31; i >= 0; --i) {
    const int difference = order[i] - signature[32 + i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    signature[32 + i] = static_cast<std::uint8_t>(difference + 256 * borrow);
  }
  return signature;
}

inline std::string token(const Result<Invoice, Reason>& result) {
  return result ? "accepted" : std::string(to_text(result.error()));
}

}  // namespace tollhouse::bolt::test
