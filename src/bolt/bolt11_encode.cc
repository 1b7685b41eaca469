// bolt: writes and signs invoices.
#include <algorithm>

#include "base/bech32.h"
#include "base/invariant.h"
#include "bolt/bolt11.h"
#include "bolt/signing.h"
#include "crypto/sha256.h"

namespace tollhouse::bolt {
namespace {

/// Most invoices we mint are shorter, so that the words grow once.
constexpr std::size_t kUsualWords = 512;
constexpr std::size_t kWordBits = 5;

/// Shortest form: no leading zero word, and no word for zero.
void append_integer(Bytes& words, std::uint64_t value) {
  std::size_t count = 0;
  while (count < 13 && value >> count * kWordBits != 0) ++count;
  while (count-- > 0) words.push_back(static_cast<std::uint8_t>(value >> count * kWordBits & 31));
}

void append_timestamp(Bytes& words, Time timestamp) {
  const std::int64_t seconds = unix_seconds(timestamp);
  invariant(seconds >= 0 && seconds <= kTimestampMax);
  for (std::size_t i = kTimestampWords; i-- > 0;) {
    words.push_back(static_cast<std::uint8_t>(seconds >> i * kWordBits & 31));
  }
}

void append_big_endian(Bytes& bytes, std::uint64_t value, std::size_t size) {
  while (size-- > 0) bytes.push_back(static_cast<std::uint8_t>(value >> size * 8 & 0xff));
}

void append_route(Bytes& words, const Route& route) {
  Bytes bytes;
  bytes.reserve(route.size() * kHopBytes);
  for (const RouteHop& hop : route) {
    bytes.insert(bytes.end(), hop.node.bytes.begin(), hop.node.bytes.end());
    append_big_endian(bytes, hop.channel.value, 8);
    append_big_endian(bytes, hop.base_fee.count(), 4);
    append_big_endian(bytes, hop.proportional_fee_millionths, 4);
    append_big_endian(bytes, hop.cltv_expiry_delta, 2);
  }
  append_words(words, bytes);
}

void append_features(Bytes& words, const std::vector<Feature>& features) {
  if (features.empty()) return;
  invariant(features.back() < kFeatureBitsMax);
  const std::size_t first = words.size();
  const std::size_t count = features.back() / kWordBits + 1;
  words.resize(first + count);
  for (const Feature bit : features) {
    words[first + count - 1 - bit / kWordBits] |= static_cast<std::uint8_t>(1u << bit % kWordBits);
  }
}

std::vector<Field> house_order(const InvoiceRequest& request) {
  std::vector<Field> order;
  order.reserve(8 + request.routes.size() + request.fallbacks.size());
  const auto add = [&order](FieldType type, bool present = true) {
    if (present) order.push_back({type});
  };
  add(FieldType::payment_secret);
  add(FieldType::payment_hash);
  add(request.description.index() == 0 ? FieldType::description : FieldType::description_hash);
  add(FieldType::metadata, request.metadata.has_value());
  add(FieldType::expiry, request.expiry != kDefaultExpiry);
  add(FieldType::min_final_cltv,
      request.min_final_cltv_expiry_delta != kDefaultMinFinalCltvExpiryDelta);
  order.insert(order.end(), request.fallbacks.size(), {FieldType::fallback});
  order.insert(order.end(), request.routes.size(), {FieldType::route});
  add(FieldType::features, !request.features.empty());
  add(FieldType::payee, request.names_payee);
  return order;
}

/// An order may only name what the request holds.
template <class Value>
const Value& held(const Value* value) {
  invariant(value != nullptr);
  return *value;
}

template <class Value>
const Value& next(const std::vector<Value>& values, std::size_t& at) {
  invariant(at < values.size());
  return values[at++];
}

class FieldWriter {
 public:
  FieldWriter(const InvoiceRequest& request, const crypto::PublicKey& signer, Bytes& words)
      : request_(request), signer_(signer), words_(words) {}

  void write(const Field& field) {
    words_.push_back(static_cast<std::uint8_t>(field.type));
    const std::size_t length_at = words_.size();
    words_.resize(length_at + 2);
    if (field.skipped_words) {
      words_.insert(words_.end(), field.skipped_words->begin(), field.skipped_words->end());
    } else {
      write_value(field.type);
    }
    const std::size_t length = words_.size() - length_at - 2;
    invariant(length <= kFieldWordsMax);
    words_[length_at] = static_cast<std::uint8_t>(length >> kWordBits);
    words_[length_at + 1] = static_cast<std::uint8_t>(length & 31);
  }

 private:
  void write_value(FieldType type) {
    switch (type) {
      case FieldType::payment_hash:
        return append_words(words_, request_.payment_hash.bytes);
      case FieldType::payment_secret:
        return append_words(words_, request_.payment_secret.bytes);
      case FieldType::description:
        return append_words(words_,
                            bytes_of(held(std::get_if<std::string>(&request_.description))));
      case FieldType::description_hash:
        return append_words(words_,
                            held(std::get_if<DescriptionHash>(&request_.description)).bytes);
      case FieldType::metadata:
        return append_words(words_, held(request_.metadata ? &*request_.metadata : nullptr));
      case FieldType::payee:
        return append_words(words_, signer_.bytes);
      case FieldType::expiry:
        return write_expiry();
      case FieldType::min_final_cltv:
        return append_integer(words_, request_.min_final_cltv_expiry_delta);
      case FieldType::features:
        return append_features(words_, request_.features);
      case FieldType::route:
        return append_route(words_, next(request_.routes, next_route_));
      case FieldType::fallback:
        return write_fallback(next(request_.fallbacks, next_fallback_));
    }
    invariant(false && "a field of an unknown type has its words");
  }
  void write_expiry() {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(request_.expiry).count();
    invariant(seconds >= 0);
    append_integer(words_, static_cast<std::uint64_t>(seconds));
  }
  void write_fallback(const Fallback& fallback) {
    invariant(fallback.version < 32);
    words_.push_back(fallback.version);
    append_words(words_, fallback.program);
  }

  const InvoiceRequest& request_;
  const crypto::PublicKey& signer_;
  Bytes& words_;
  std::size_t next_route_ = 0;
  std::size_t next_fallback_ = 0;
};

std::string hrp_of(const InvoiceRequest& request) {
  std::string hrp = "ln";
  hrp += currency_of(request.network);
  if (request.amount) hrp += amount_text(*request.amount);
  return hrp;
}

}  // namespace

Digest signing_digest(std::string_view hrp, ByteView words) {
  return crypto::Sha256().update(bytes_of(hrp)).update(packed_words(words)).finish();
}

std::string signed_text(std::string_view hrp, Bytes words, const crypto::NodeKey& key,
                        const crypto::Secp256k1& curve) {
  const crypto::RecoverableSignature made = curve.sign_recoverable(signing_digest(hrp, words), key);
  std::array<std::uint8_t, 65> signature;
  std::copy(made.signature.begin(), made.signature.end(), signature.begin());
  signature.back() = made.recovery_id;
  append_words(words, signature);
  return bech32(hrp, words);
}

std::string encode_and_sign(const InvoiceRequest& request, const crypto::NodeKey& key,
                            const crypto::Secp256k1& curve) {
  // The point costs as much as the signature, so it is computed only where it is written.
  const crypto::PublicKey signer =
      request.names_payee ? curve.public_key(key) : crypto::PublicKey{};
  Bytes words;
  words.reserve(kUsualWords);
  append_timestamp(words, request.timestamp);
  FieldWriter writer(request, signer, words);
  for (const Field& field : request.order.empty() ? house_order(request) : request.order)
    writer.write(field);
  return signed_text(hrp_of(request), std::move(words), key, curve);
}

}  // namespace tollhouse::bolt
