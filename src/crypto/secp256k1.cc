// crypto: the only file that includes libsecp256k1.
#include "crypto/secp256k1.h"

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <algorithm>

#include "base/invariant.h"

namespace tollhouse::crypto {
namespace {

std::optional<secp256k1_pubkey> point_of(const secp256k1_context* context, const PublicKey& key) {
  secp256k1_pubkey point;
  if (secp256k1_ec_pubkey_parse(context, &point, key.bytes.data(), key.bytes.size()) != 1)
    return std::nullopt;
  return point;
}

PublicKey compressed(const secp256k1_context* context, const secp256k1_pubkey& point) {
  PublicKey key;
  std::size_t size = key.bytes.size();
  secp256k1_ec_pubkey_serialize(context, key.bytes.data(), &size, &point, SECP256K1_EC_COMPRESSED);
  return key;
}

/// Nothing where R or S is at least n; zero passes here and fails in what uses it.
std::optional<secp256k1_ecdsa_signature> parsed(const secp256k1_context* context,
                                                const Signature& signature) {
  secp256k1_ecdsa_signature parts;
  if (secp256k1_ecdsa_signature_parse_compact(context, &parts, signature.data()) != 1)
    return std::nullopt;
  return parts;
}

bool is_zero(ByteView scalar) {
  return std::all_of(scalar.begin(), scalar.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

void Secp256k1::Destroy::operator()(secp256k1_context_struct* context) const {
  secp256k1_context_destroy(context);
}

Secp256k1::Secp256k1(Random& random) : context_(secp256k1_context_create(SECP256K1_CONTEXT_NONE)) {
  std::array<std::uint8_t, 32> seed;
  random.fill(seed);
  const int blinded = secp256k1_context_randomize(context_.get(), seed.data());
  wipe(seed.data(), seed.size());
  invariant(blinded == 1);
}

bool Secp256k1::valid(const NodeKey& key) const {
  return secp256k1_ec_seckey_verify(context_.get(), key.bytes.data()) == 1;
}

bool Secp256k1::valid(const PublicKey& key) const {
  return point_of(context_.get(), key).has_value();
}

PublicKey Secp256k1::public_key(const NodeKey& key) const {
  secp256k1_pubkey point;
  invariant(secp256k1_ec_pubkey_create(context_.get(), &point, key.bytes.data()) == 1);
  return compressed(context_.get(), point);
}

RecoverableSignature Secp256k1::sign_recoverable(const Digest& digest, const NodeKey& key) const {
  secp256k1_ecdsa_recoverable_signature made;
  invariant(secp256k1_ecdsa_sign_recoverable(context_.get(), &made, digest.bytes.data(),
                                             key.bytes.data(), secp256k1_nonce_function_rfc6979,
                                             nullptr) == 1);
  RecoverableSignature result;
  int recovery_id = 0;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(context_.get(), result.signature.data(),
                                                          &recovery_id, &made);
  result.recovery_id = static_cast<std::uint8_t>(recovery_id);
  return result;
}

std::optional<PublicKey> Secp256k1::recover(const Digest& digest, const Signature& signature,
                                            std::uint8_t recovery_id) const {
  if (recovery_id > 3) return std::nullopt;  // the library takes it for a bug of ours and aborts
  secp256k1_ecdsa_recoverable_signature parts;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(context_.get(), &parts, signature.data(),
                                                          recovery_id) != 1) {
    return std::nullopt;
  }
  secp256k1_pubkey point;
  if (secp256k1_ecdsa_recover(context_.get(), &point, &parts, digest.bytes.data()) != 1)
    return std::nullopt;
  return compressed(context_.get(), point);
}

bool Secp256k1::verify(const Digest& digest, const Signature& signature,
                       const PublicKey& key) const {
  const auto point = point_of(context_.get(), key);
  const auto parts = parsed(context_.get(), signature);
  if (!point || !parts) return false;
  return secp256k1_ecdsa_verify(context_.get(), &*parts, digest.bytes.data(), &*point) == 1;
}

bool Secp256k1::scalars_in_range(const Signature& signature) const {
  const ByteView bytes(signature);
  return parsed(context_.get(), signature) && !is_zero(bytes.first(32)) &&
         !is_zero(bytes.subspan(32));
}

bool Secp256k1::has_low_s(const Signature& signature) const {
  const auto parts = parsed(context_.get(), signature);
  return parts && secp256k1_ecdsa_signature_normalize(context_.get(), nullptr, &*parts) == 0;
}

}  // namespace tollhouse::crypto
