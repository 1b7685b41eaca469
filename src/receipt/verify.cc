// receipt: verification, step by step as sessions-receipts.md 10 has it.
#include <algorithm>

#include "base/base64.h"
#include "json/canonical.h"
#include "json/reader.h"
#include "receipt/receipt.h"

namespace tollhouse::receipt {
namespace {

constexpr std::uint64_t kExactIntegers = std::uint64_t{1} << 53;

struct Envelope {
  std::string_view version;
  std::string_view payload;
  std::string_view signature;
  std::string_view algorithm;
  std::string_view key_id;
  std::optional<json::Value> body;
};

std::optional<Envelope> read_envelope(const json::Value& object) {
  const auto text = [&](std::string_view name) -> std::optional<std::string_view> {
    const auto member = object.find(name);
    return member ? member->as_string() : std::nullopt;
  };
  const auto version = text("version"), payload = text("payload"), signature = text("signature");
  const auto algorithm = text("signatureAlgorithm"), key_id = text("keyId");
  if (!version || !payload || !signature || !algorithm || !key_id) return std::nullopt;
  return Envelope{*version, *payload, *signature, *algorithm, *key_id, object.find("body")};
}

/// Steps 1 to 4: the payload's bytes once they are known to be authentic.
Result<Bytes, Reason> authentic_payload(const Envelope& envelope, std::span<const Key> keys) {
  if (envelope.version != kVersion1) return refuse(Reason::unsupported_version);
  if (std::ranges::find(keys, envelope.key_id, &Key::id) == keys.end()) {
    return refuse(Reason::unknown_key);
  }
  if (envelope.algorithm != kHmacSha256) return refuse(Reason::bad_algorithm);
  auto payload = bytes_from_base64url(envelope.payload);
  if (!payload) return refuse(Reason::malformed_payload);
  const auto signature = bytes_from_base64url(envelope.signature);
  if (!signature || signature->size() != Digest::kSize) return refuse(Reason::malformed_signature);
  // Keys that followed one another may share an id.
  const bool signed_by_one = std::ranges::any_of(keys, [&](const Key& key) {
    return key.id == envelope.key_id &&
           crypto::equal(key.hmac.mac(bytes_of(envelope.payload)).view(), *signature);
  });
  if (!signed_by_one) return refuse(Reason::bad_signature);
  return std::move(*payload);
}

bool is_exact_integer(const json::Value& number) {
  if (const auto value = number.as_i64()) {
    const auto limit = static_cast<std::int64_t>(kExactIntegers);
    return *value < limit && *value > -limit;
  }
  return false;
}

/// Step 5.
Result<json::Value, Reason> read_payload(std::string_view text, json::Document& workspace) {
  const auto payload = json::parse(text, workspace);
  if (!payload) {
    return refuse(payload.error() == json::Reason::json_duplicate_key ? Reason::duplicate_member
                                                                      : Reason::malformed_payload);
  }
  if (!payload->is_object()) return refuse(Reason::malformed_payload);
  for (const json::Member member : payload->members()) {
    if (member.value.kind() == json::Kind::number && !is_exact_integer(member.value)) {
      return refuse(Reason::malformed_payload);
    }
  }
  return *payload;
}

/// Step 7. Compares values, not spellings: the body is written by another hand.
bool body_agrees(const json::Value& body, const json::Value& payload) {
  if (!body.is_object()) return false;
  for (const json::Member member : body.members()) {
    const auto signed_value = payload.find(member.name());
    if (!signed_value) return false;
    const auto shown = json::canonical(member.value);
    const auto meant = json::canonical(*signed_value);
    if (!shown || !meant || *shown != *meant) return false;
  }
  return true;
}

/// Step 8, where all three amounts are there: older payloads leave some out.
bool adds_up(const json::Value& payload) {
  const auto gross = payload.find("grossSats");
  const auto fee = payload.find("platformFeeSats");
  const auto net = payload.find("netSats");
  if (!gross || !fee || !net) return true;
  const auto gross_sats = gross->as_u64(), fee_sats = fee->as_u64(), net_sats = net->as_u64();
  return gross_sats && fee_sats && net_sats && *fee_sats + *net_sats == *gross_sats;
}

std::vector<Field> fields_of(const json::Value& payload) {
  std::vector<Field> fields;
  for (const json::Member member : payload.members()) {
    Field field{std::string(member.name()), std::string(member.value.raw()), std::nullopt};
    if (const auto text = member.value.as_string()) field.text = std::string(*text);
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace

const Field* Verified::find(std::string_view name) const {
  const auto field = std::ranges::find(fields, name, &Field::name);
  return field == fields.end() ? nullptr : &*field;
}

Result<Verified, Reason> verify(std::string_view envelope_json, std::span<const Key> keys) {
  if (envelope_json.size() > kEnvelopeBytesMax) return refuse(Reason::malformed_envelope);
  json::Document envelope_workspace;
  const auto object = json::parse(envelope_json, envelope_workspace);
  if (!object) return refuse(Reason::malformed_envelope);
  const auto envelope = read_envelope(*object);
  if (!envelope) return refuse(Reason::malformed_envelope);
  const auto authentic = authentic_payload(*envelope, keys);
  if (!authentic) return refuse(authentic.error());

  json::Document workspace;
  const std::string_view text = text_of(*authentic);
  const auto payload = read_payload(text, workspace);
  if (!payload) return refuse(payload.error());
  const auto version = payload->find("version");
  if (!version || version->as_string() != kVersion1) return refuse(Reason::version_mismatch);
  if (envelope->body && !body_agrees(*envelope->body, *payload)) {
    return refuse(Reason::body_mismatch);
  }
  if (!adds_up(*payload)) return refuse(Reason::arithmetic);
  const auto canonical = json::canonical(*payload);
  return Verified{std::string(envelope->key_id), std::string(text), crypto::sha256(*authentic),
                  fields_of(*payload), !canonical || *canonical != text};
}

}  // namespace tollhouse::receipt
