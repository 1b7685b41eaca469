// pow: ALTCHA payloads.
#include "pow/altcha.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/base64.h"
#include "base/hex.h"
#include "crypto/pbkdf2.h"
#include "crypto/sha256.h"
#include "crypto/sha512.h"
#include "json/canonical.h"
#include "json/reader.h"
#include "pow/limits.h"

namespace tollhouse::pow {
namespace {

constexpr std::size_t kNonceBytes = 16;
/// Hashes of one derived key; the widget's own settings go to 10 000.
constexpr std::uint64_t kCostMax = 1'000'000;
constexpr std::uint64_t kCounterMax = 0xffffffff;

std::optional<std::string_view> text_of(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->as_string() : std::nullopt;
}

std::optional<std::uint64_t> number_of(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->as_u64() : std::nullopt;
}

bool same_text(std::string_view a, std::string_view b) {
  return crypto::equal(bytes_of(a), bytes_of(b));
}

std::string hash_hex(bool long_hash, std::string_view text) {
  if (long_hash) return hex(crypto::sha512(bytes_of(text)));
  return hex(crypto::sha256(bytes_of(text)).view());
}

std::string mac_hex(bool long_hash, ByteView key, std::string_view text) {
  if (long_hash) return hex(crypto::hmac_sha512(key, bytes_of(text)));
  return hex(crypto::hmac_sha256(key, bytes_of(text)).view());
}

/// `expires` among `name=value&...`; false where it is there and is no number.
bool read_expiry(std::string_view parameters, std::optional<Time>& expires) {
  constexpr std::string_view kName = "expires=";
  while (!parameters.empty()) {
    const std::size_t end = parameters.find('&');
    std::string_view part = parameters.substr(0, end);
    parameters.remove_prefix(end == std::string_view::npos ? parameters.size() : end + 1);
    if (!part.starts_with(kName)) continue;
    part.remove_prefix(kName.size());
    std::int64_t seconds = 0;
    const auto read = std::from_chars(part.data(), part.data() + part.size(), seconds);
    if (read.ec != std::errc() || read.ptr != part.data() + part.size() || expires) return false;
    expires = time_from_unix(seconds);
  }
  return true;
}

Result<AltchaGrant, Reason> verify_first(const json::Value& payload, const AltchaKeys& keys,
                                         Time now) {
  const auto algorithm = text_of(payload, "algorithm");
  const auto challenge = text_of(payload, "challenge");
  const auto salt = text_of(payload, "salt");
  const auto signature = text_of(payload, "signature");
  const auto number = number_of(payload, "number");
  if (!algorithm || !challenge || !salt || !signature || !number) {
    return refuse(Reason::pow_malformed);
  }
  // Without it digits of the number could be moved into the parameters.
  if (!salt->ends_with('&')) return refuse(Reason::pow_malformed);
  if (*algorithm != "SHA-256" && *algorithm != "SHA-512") return refuse(Reason::pow_unsupported);
  const bool long_hash = *algorithm == "SHA-512";
  AltchaGrant grant{std::string(*challenge), std::nullopt, {}};
  const std::size_t question = salt->find('?');
  if (question != std::string_view::npos) {
    grant.bound_to = salt->substr(question + 1, salt->size() - question - 2);
  }
  if (!read_expiry(grant.bound_to, grant.expires)) return refuse(Reason::pow_malformed);
  if (grant.expires && *grant.expires <= now) return refuse(Reason::pow_expired);
  if (!same_text(mac_hex(long_hash, keys.signature, *challenge), *signature)) {
    return refuse(Reason::pow_bad_mac);
  }
  const std::string message = std::string(*salt) + std::to_string(*number);
  if (hash_hex(long_hash, message) != *challenge) return refuse(Reason::invalid_solution);
  return grant;
}

/// The signed parameters of version 2 and what the widget found.
struct Second {
  bool pbkdf2 = false;
  std::array<std::uint8_t, kNonceBytes> nonce{};
  std::array<std::uint8_t, kNonceBytes> salt{};
  std::uint32_t cost = 1;
  std::string_view prefix;
  std::optional<std::string_view> key_signature;
  std::uint32_t counter = 0;
  Digest derived;
};

Digest derive(const Second& second) {
  std::array<std::uint8_t, kNonceBytes + 4> password{};
  std::ranges::copy(second.nonce, password.begin());
  for (std::size_t i = 0; i < 4; ++i) {
    password[kNonceBytes + i] = static_cast<std::uint8_t>(second.counter >> (24 - 8 * i));
  }
  if (second.pbkdf2) return crypto::pbkdf2_sha256(password, second.salt, second.cost);
  Digest key = crypto::Sha256().update(second.salt).update(password).finish();
  for (std::uint32_t round = 1; round < second.cost; ++round) key = crypto::sha256(key.view());
  return key;
}

Result<Second, Reason> read_second(const json::Value& parameters, const json::Value& solution) {
  Second second;
  const auto algorithm = text_of(parameters, "algorithm");
  const auto nonce = text_of(parameters, "nonce");
  const auto salt = text_of(parameters, "salt");
  const auto cost = number_of(parameters, "cost");
  const auto prefix = text_of(parameters, "keyPrefix");
  const auto counter = number_of(solution, "counter");
  const auto derived = text_of(solution, "derivedKey");
  if (!algorithm || !nonce || !salt || !cost || !prefix || prefix->empty() || !counter) {
    return refuse(Reason::pow_malformed);
  }
  if (!read_hex(*nonce, second.nonce) || !read_hex(*salt, second.salt) || *counter > kCounterMax ||
      !derived || !read_hex(*derived, second.derived.bytes)) {
    return refuse(Reason::pow_malformed);
  }
  second.pbkdf2 = *algorithm == "PBKDF2/SHA-256";
  if (!second.pbkdf2 && *algorithm != "SHA-256") return refuse(Reason::pow_unsupported);
  if (number_of(parameters, "keyLength") != Digest::kSize) return refuse(Reason::pow_unsupported);
  if (*cost == 0 || *cost > kCostMax) return refuse(Reason::pow_unsupported);
  second.cost = static_cast<std::uint32_t>(*cost);
  second.counter = static_cast<std::uint32_t>(*counter);
  second.prefix = *prefix;
  second.key_signature = text_of(parameters, "keySignature");
  return second;
}

/// Where the counter was the issuer's two MACs are enough; else the key is derived again.
bool solved(const Second& second, const AltchaKeys& keys) {
  if (!hex(second.derived.view()).starts_with(second.prefix)) return false;
  if (!second.key_signature) return derive(second) == second.derived;
  const Digest mac = crypto::hmac_sha256(keys.key_signature, second.derived.view());
  return same_text(hex(mac.view()), *second.key_signature);
}

Result<AltchaGrant, Reason> verify_second(const json::Value& challenge, const json::Value& payload,
                                          const AltchaKeys& keys, Time now) {
  const auto parameters = challenge.find("parameters");
  const auto signature = text_of(challenge, "signature");
  const auto solution = payload.find("solution");
  if (!parameters || !parameters->is_object() || !signature || !solution) {
    return refuse(Reason::pow_malformed);
  }
  AltchaGrant grant;
  if (const auto expires = parameters->find("expiresAt")) {
    const auto seconds = expires->as_i64();
    if (!seconds) return refuse(Reason::pow_malformed);
    grant.expires = time_from_unix(*seconds);
    if (*grant.expires <= now) return refuse(Reason::pow_expired);
  }
  const auto signed_text = json::canonical(*parameters);
  if (!signed_text || !same_text(mac_hex(false, keys.signature, *signed_text), *signature)) {
    return refuse(Reason::pow_bad_mac);
  }
  const auto second = read_second(*parameters, *solution);
  if (!second) return refuse(second.error());
  if (!solved(*second, keys)) return refuse(Reason::invalid_solution);
  grant.id = hex(second->nonce);
  if (const auto data = parameters->find("data")) grant.bound_to = data->raw();
  return grant;
}

}  // namespace

Result<AltchaGrant, Reason> verify_altcha(std::string_view payload, const AltchaKeys& keys,
                                          Time now) {
  if (payload.size() > kBodyBytesMax) return refuse(Reason::pow_malformed);
  const auto bytes = bytes_from_base64(payload, Base64Alphabet::standard, Base64Padding::optional);
  if (!bytes) return refuse(Reason::pow_malformed);
  json::Document workspace;
  const auto object = json::parse(tollhouse::text_of(*bytes), workspace);
  if (!object || !object->is_object()) return refuse(Reason::pow_malformed);
  const auto challenge = object->find("challenge");
  if (challenge && challenge->is_object()) return verify_second(*challenge, *object, keys, now);
  return verify_first(*object, keys, now);
}

}  // namespace tollhouse::pow
