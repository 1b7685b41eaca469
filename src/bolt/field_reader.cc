// bolt: the meaning of each field, in the order of BOLT 11's table.
#include "bolt/field_reader.h"

#include <algorithm>

#include "base/bech32.h"
#include "base/utf8.h"

namespace tollhouse::bolt {
namespace {

constexpr std::size_t kWordBits = 5;
constexpr int kIntegerBitsMax = 63;

/// Even bits a payer that only looks may meet: 8 var_onion_optin, 14 payment_secret, 16 basic_mpp,
/// 24 route_blinding, 36 attribution_data, 48 payment_metadata, and the assumed 0, 12, 44 (BOLT 9).
constexpr Feature kKnownEvenFeatures[] = {0, 8, 12, 14, 16, 24, 36, 44, 48};

std::optional<std::size_t> fixed_words(FieldType type) {
  switch (type) {
    case FieldType::payment_hash:
    case FieldType::payment_secret:
    case FieldType::description_hash:
      return kHash256Words;
    case FieldType::payee:
      return kPublicKeyWords;
    default:
      return std::nullopt;
  }
}

bool may_stand_once_only(FieldType type) {
  switch (type) {
    case FieldType::payment_hash:
    case FieldType::payment_secret:
    case FieldType::description:
    case FieldType::description_hash:
    case FieldType::payee:
    case FieldType::expiry:
    case FieldType::min_final_cltv:
    case FieldType::features:
    case FieldType::metadata:
      return true;
    default:
      return false;
  }
}

Result<std::uint64_t, Reason> integer(ByteView words) {
  if (!words.empty() && words[0] == 0) return refuse(Reason::non_minimal_integer);
  std::uint64_t value = 0;
  for (const std::uint8_t word : words) {
    if (value >> (kIntegerBitsMax - kWordBits) != 0) return refuse(Reason::integer_overflow);
    value = value << kWordBits | word;
  }
  return value;
}

Duration saturating_seconds(std::uint64_t seconds) {
  constexpr auto kMost = std::chrono::floor<std::chrono::seconds>(Duration::max());
  if (seconds >= static_cast<std::uint64_t>(kMost.count())) return Duration::max();
  return std::chrono::seconds(static_cast<std::int64_t>(seconds));
}

bool is_program_length(std::uint8_t version, std::size_t bytes) {
  if (version == 0) return bytes == 20 || bytes == 32;
  if (version <= 16) return bytes >= 2 && bytes <= 40;
  return version <= 18 && bytes == 20;
}

std::uint64_t big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

RouteHop hop_of(ByteView bytes) {
  RouteHop hop;
  hop.node = crypto::PublicKey::from(bytes.first(33));
  hop.channel.value = big_endian(bytes.subspan(33, 8));
  hop.base_fee = *Msat::of(big_endian(bytes.subspan(41, 4)));
  hop.proportional_fee_millionths = static_cast<std::uint32_t>(big_endian(bytes.subspan(45, 4)));
  hop.cltv_expiry_delta = static_cast<std::uint16_t>(big_endian(bytes.subspan(49, 2)));
  return hop;
}

bool is_unknown_even(Feature bit) {
  return bit % 2 == 0 && std::find(std::begin(kKnownEvenFeatures), std::end(kKnownEvenFeatures),
                                   bit) == std::end(kKnownEvenFeatures);
}

/// A feature is offered (odd) or required (even).
bool has_feature(const std::vector<Feature>& features, Feature even) {
  return std::any_of(features.begin(), features.end(),
                     [even](Feature bit) { return bit / 2 == even / 2; });
}

}  // namespace

Result<void, Reason> FieldReader::read(std::uint8_t type, ByteView words) {
  const auto field_type = static_cast<FieldType>(type);
  const auto taken = take(field_type, words);
  if (!taken) return refuse(taken.error());
  Field field{field_type, static_cast<std::uint16_t>(words.size()), std::nullopt};
  if (*taken == Taken::skipped) {
    field.skipped_words.emplace(words.begin(), words.end());
  } else {
    seen_.set(type);
  }
  invoice_.order.push_back(std::move(field));
  return {};
}

Result<FieldReader::Taken, Reason> FieldReader::take(FieldType type, ByteView words) {
  if (fixed_words(type).value_or(words.size()) != words.size()) {
    if (strictness_ == Strictness::strict) return refuse(Reason::fixed_length_field_wrong_length);
    return Taken::skipped;
  }
  if (may_stand_once_only(type) && has(type)) {
    has_duplicate_ = true;
    return Taken::skipped;
  }
  return take_value(type, words);
}

Result<FieldReader::Taken, Reason> FieldReader::take_value(FieldType type, ByteView words) {
  switch (type) {
    case FieldType::payment_hash:
      return take_hash(words, invoice_.payment_hash);
    case FieldType::payment_secret:
      return take_hash(words, invoice_.payment_secret);
    case FieldType::description_hash:
      return take_hash(words, description_hash_);
    case FieldType::description:
      return take_description(words);
    case FieldType::payee:
      return take_payee(words);
    case FieldType::expiry:
      return take_expiry(words);
    case FieldType::min_final_cltv:
      return take_min_final_cltv(words);
    case FieldType::features:
      return take_features(words);
    case FieldType::metadata:
      return take_metadata(words);
    case FieldType::fallback:
      return take_fallback(words);
    case FieldType::route:
      return take_route(words);
  }
  return Taken::skipped;
}

Result<Bytes, Reason> FieldReader::bytes(ByteView words) const {
  WordBytes read = bytes_from_words(words);
  if (strictness_ == Strictness::strict && !read.padding_is_right)
    return refuse(Reason::non_zero_padding);
  return std::move(read.bytes);
}

template <class Hash>
Result<FieldReader::Taken, Reason> FieldReader::take_hash(ByteView words, Hash& into) {
  const auto read = bytes(words);
  if (!read) return refuse(read.error());
  into = Hash::from(*read);
  return Taken::read;
}

Result<FieldReader::Taken, Reason> FieldReader::take_description(ByteView words) {
  const auto read = bytes(words);
  if (!read) return refuse(read.error());
  if (!is_utf8(text_of(*read))) return refuse(Reason::description_not_utf8);
  invoice_.description = std::string(text_of(*read));
  return Taken::read;
}

Result<FieldReader::Taken, Reason> FieldReader::take_payee(ByteView words) {
  const auto read = bytes(words);
  if (!read) return refuse(read.error());
  named_payee_ = crypto::PublicKey::from(*read);
  invoice_.names_payee = true;
  return Taken::read;
}

Result<FieldReader::Taken, Reason> FieldReader::take_expiry(ByteView words) {
  const auto seconds = integer(words);
  if (!seconds) return refuse(seconds.error());
  invoice_.expiry = saturating_seconds(*seconds);
  return Taken::read;
}

Result<FieldReader::Taken, Reason> FieldReader::take_min_final_cltv(ByteView words) {
  const auto blocks = integer(words);
  if (!blocks) return refuse(blocks.error());
  invoice_.min_final_cltv_expiry_delta = *blocks;
  return Taken::read;
}

Result<FieldReader::Taken, Reason> FieldReader::take_features(ByteView words) {
  if (!words.empty() && words[0] == 0) return refuse(Reason::non_minimal_integer);
  for (std::size_t bit = 0; bit < words.size() * kWordBits; ++bit) {
    const std::uint8_t word = words[words.size() - 1 - bit / kWordBits];
    if ((word >> bit % kWordBits & 1) != 0) invoice_.features.push_back(static_cast<Feature>(bit));
  }
  return Taken::read;
}

Result<FieldReader::Taken, Reason> FieldReader::take_metadata(ByteView words) {
  auto read = bytes(words);
  if (!read) return refuse(read.error());
  invoice_.metadata = std::move(*read);
  return Taken::read;
}

Result<FieldReader::Taken, Reason> FieldReader::take_fallback(ByteView words) {
  if (words.empty()) return Taken::skipped;
  const ByteView program = words.subspan(1);
  if (!is_program_length(words[0], program.size() * kWordBits / 8)) return Taken::skipped;
  auto read = bytes(program);
  if (!read) return refuse(read.error());
  invoice_.fallbacks.push_back({words[0], std::move(*read)});
  return Taken::read;
}

Result<FieldReader::Taken, Reason> FieldReader::take_route(ByteView words) {
  const std::size_t bits = words.size() * kWordBits;
  const std::size_t hops = bits / (kHopBytes * 8);
  if (hops == 0 || bits % (kHopBytes * 8) >= kWordBits) return refuse(Reason::route_field_length);
  const auto read = bytes(words);
  if (!read) return refuse(read.error());
  Route route;
  for (std::size_t i = 0; i < hops; ++i)
    route.push_back(hop_of(ByteView(*read).subspan(i * kHopBytes, kHopBytes)));
  invoice_.routes.push_back(std::move(route));
  return Taken::read;
}

Result<void, Reason> FieldReader::finish() {
  if (!has(FieldType::payment_hash)) return refuse(Reason::missing_payment_hash);
  if (!has(FieldType::payment_secret)) return refuse(Reason::missing_payment_secret);
  if (has(FieldType::description) == has(FieldType::description_hash))
    return refuse(Reason::description_count);
  if (has(FieldType::description_hash)) invoice_.description = description_hash_;
  const std::vector<Feature>& features = invoice_.features;
  if (std::any_of(features.begin(), features.end(), is_unknown_even))
    return refuse(Reason::unknown_even_feature);
  if (has_feature(features, kBasicMultiPart) && !has_feature(features, kPaymentSecretRequired)) {
    return refuse(Reason::feature_dependency_missing);
  }
  return {};
}

}  // namespace tollhouse::bolt
