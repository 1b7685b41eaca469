// tests/dialogue: offers as a gate makes them, with real signatures, and with one fault where
// wanted.
#pragma once
#include <optional>
#include <string>

#include "base/base64.h"
#include "bolt/bolt11.h"
#include "crypto/sha256.h"
#include "l402/challenge.h"

namespace tollhouse::test {

inline constexpr Time kNow = time_from_unix(1'800'000'000);

/// Bytes that are the same in every run.
class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> into) override {
    for (std::uint8_t& byte : into) byte = ++last_;
  }

 private:
  std::uint8_t last_ = 0;
};

inline Preimage made_preimage(std::uint8_t seed) {
  Preimage preimage;
  preimage.bytes.fill(seed);
  return preimage;
}
inline PaymentHash hash_of(const Preimage& preimage) {
  return PaymentHash::from(crypto::sha256(preimage.reveal()).view());
}

struct OfferShape {
  std::uint8_t seed = 7;                 ///< of the preimage
  std::uint8_t macaroon_seed = 7;        ///< another one: the two do not belong together
  std::optional<std::uint64_t> sat = 3;  ///< none: an invoice without amount
  Time minted = kNow;
  std::optional<std::uint32_t> uses = 1;  ///< none: a pass
  bolt::Network network = bolt::Network::regtest;
};

inline std::string made_invoice(const OfferShape& shape, const crypto::Secp256k1& curve) {
  bolt::InvoiceRequest request;
  request.network = shape.network;
  if (shape.sat) request.amount = *Msat::of_sat(*shape.sat);
  request.timestamp = shape.minted;
  request.payment_hash = hash_of(made_preimage(shape.seed));
  request.description = std::string("test");
  request.expiry = std::chrono::seconds(300);
  crypto::NodeKey key;
  key.bytes.fill(0x21);
  return bolt::encode_and_sign(request, key, curve);
}

inline std::string made_macaroon(const OfferShape& shape) {
  l402::RootKeys keys;
  const Bytes root(32, 0x42);
  keys.add(1, root);
  CountingRandom random;
  l402::Sale sale;
  sale.payment_hash = hash_of(made_preimage(shape.macaroon_seed));
  sale.price = *Msat::of_sat(shape.sat.value_or(1));
  sale.minted = shape.minted;
  sale.terms.service = "mcp";
  sale.terms.uses = shape.uses;
  return base64(*l402::mint(sale, keys, random));
}

inline l402::Challenge made_challenge(const OfferShape& shape, const crypto::Secp256k1& curve) {
  return {"L402", made_macaroon(shape), made_invoice(shape, curve)};
}

}  // namespace tollhouse::test
