// bolt: reads the tagged fields of an invoice one after the other. For bolt11_decode.cc only.
#pragma once
#include <bitset>

#include "bolt/bolt11.h"

namespace tollhouse::bolt {

class FieldReader {
 public:
  FieldReader(Invoice& invoice, Strictness strictness)
      : invoice_(invoice), strictness_(strictness) {
    invoice_.features.clear();  // what a writer sends unasked, a reader does not invent
  }

  /// One field into the invoice; its words are below 32. Errors in order:
  /// fixed_length_field_wrong_length, then what is wrong in it. Of two equal fields the first
  /// counts.
  Result<void, Reason> read(std::uint8_t type, ByteView words);

  /// Once, after the last field: missing_payment_hash, missing_payment_secret, description_count,
  /// unknown_even_feature, feature_dependency_missing.
  Result<void, Reason> finish();

  /// The key of `n`, not yet checked to be a point.
  const std::optional<crypto::PublicKey>& named_payee() const { return named_payee_; }
  /// A field that may stand once stood twice.
  bool has_duplicate() const { return has_duplicate_; }

 private:
  enum class Taken : std::uint8_t { read, skipped };

  Result<Taken, Reason> take(FieldType type, ByteView words);
  Result<Taken, Reason> take_value(FieldType type, ByteView words);
  Result<Taken, Reason> take_description(ByteView words);
  Result<Taken, Reason> take_payee(ByteView words);
  Result<Taken, Reason> take_expiry(ByteView words);
  Result<Taken, Reason> take_min_final_cltv(ByteView words);
  Result<Taken, Reason> take_features(ByteView words);
  Result<Taken, Reason> take_metadata(ByteView words);
  Result<Taken, Reason> take_fallback(ByteView words);
  Result<Taken, Reason> take_route(ByteView words);
  template <class Hash>
  Result<Taken, Reason> take_hash(ByteView words, Hash& into);
  Result<Bytes, Reason> bytes(ByteView words) const;
  bool has(FieldType type) const { return seen_.test(static_cast<std::size_t>(type)); }

  Invoice& invoice_;
  Strictness strictness_;
  std::bitset<32> seen_;
  bool has_duplicate_ = false;
  std::optional<crypto::PublicKey> named_payee_;
  DescriptionHash description_hash_;
};

}  // namespace tollhouse::bolt
