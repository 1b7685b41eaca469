// pow: the LiveAuth object.
#include "pow/liveauth.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/format.h"
#include "base/hex.h"
#include "base/invariant.h"
#include "base/secret.h"
#include "json/writer.h"
#include "pow/work.h"

namespace tollhouse::pow {
namespace {

constexpr std::string_view kInfo = "liveauth-pow-v1";
constexpr std::size_t kRandomBytes = 8;
constexpr std::uint64_t kNonceMax = std::numeric_limits<std::int64_t>::max();

using LiveAuthBytes = std::array<std::uint8_t, kRandomBytes + sizeof(BindingTag)>;

/// Decimal without leading zeros, up to 2^63 - 1.
std::optional<std::uint64_t> nonce_of(const json::Value& value) {
  const auto text = value.as_string();
  if (!text) {
    const auto number = value.as_u64();
    return number && *number <= kNonceMax ? number : std::nullopt;
  }
  std::uint64_t nonce = 0;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, nonce);
  if (read.ec != std::errc() || read.ptr != end || nonce > kNonceMax) return std::nullopt;
  if (text->size() > 1 && text->front() == '0') return std::nullopt;
  return nonce;
}

bool tag_fits(std::string_view challenge_hex, const Binding& binding, const Keys::Pair& pair) {
  LiveAuthBytes bytes;
  if (!read_hex(challenge_hex, bytes)) return false;
  const BindingTag tag = tag_of(binding, pair);
  return crypto::equal(tag, ByteView(bytes).subspan(kRandomBytes));
}

bool solved(const LiveAuthProject& project, const LiveAuthSolution& solution) {
  const Digest hash =
      liveauth_hash(project.public_key, solution.challenge_hex, std::to_string(solution.nonce));
  if (solution.hash_hex && value_from_hex<Digest>(*solution.hash_hex) != hash) return false;
  return leading_zero_bits(hash) >= solution.bits;
}

}  // namespace

crypto::HmacKey liveauth_key(ByteView master) {
  auto bytes = crypto::hkdf_sha256(master, kInfo);
  const crypto::HmacKey key(bytes);
  wipe(bytes.data(), bytes.size());
  return key;
}

LiveAuthChallenge issue_liveauth(const LiveAuthProject& project, unsigned bits, Duration ttl,
                                 const Binding& binding, const crypto::HmacKey& key,
                                 const Keys::Pair& pair, Time now, Random& random) {
  invariant(bits <= kBitsMax && ttl > Duration::zero());
  LiveAuthBytes bytes;
  random.fill(std::span(bytes).first(kRandomBytes));
  std::ranges::copy(tag_of(binding, pair), bytes.begin() + kRandomBytes);
  LiveAuthChallenge challenge;
  challenge.project_id = project.id;
  challenge.project_public_key = project.public_key;
  challenge.challenge_hex = hex(bytes);
  challenge.bits = bits;
  challenge.expires_unix = unix_seconds(now + ttl);
  challenge.signature =
      liveauth_signature(key, project.id, challenge.challenge_hex, bits, challenge.expires_unix);
  return challenge;
}

std::string liveauth_object(const LiveAuthChallenge& challenge) {
  std::string text;
  json::Writer(text)
      .begin_object()
      .member("projectId", challenge.project_id)
      .member("projectPublicKey", challenge.project_public_key)
      .member("challengeHex", challenge.challenge_hex)
      .member("targetHex", target_hex(challenge.bits))
      .member("difficultyBits", challenge.bits)
      .member("expiresAtUnix", challenge.expires_unix)
      .member("signature", challenge.signature)
      .end_object();
  return text;
}

std::string liveauth_signature(const crypto::HmacKey& key, std::string_view project_id,
                               std::string_view challenge_hex, unsigned bits,
                               std::int64_t expires_unix) {
  const std::string text =
      fmt::format("{}:{}:{}:{}", project_id, challenge_hex, bits, expires_unix);
  return hex(key.mac(bytes_of(text)).view());
}

Digest liveauth_hash(std::string_view public_key, std::string_view challenge_hex,
                     std::string_view nonce) {
  return crypto::Sha256()
      .update(bytes_of(public_key))
      .update(bytes_of(":"))
      .update(bytes_of(challenge_hex))
      .update(bytes_of(":"))
      .update(bytes_of(nonce))
      .finish();
}

std::optional<LiveAuthSolution> read_liveauth_solution(const json::Value& body) {
  const auto challenge = body.find("challengeHex");
  const auto nonce = body.find("nonce");
  const auto expires = body.find("expiresAtUnix");
  const auto bits = body.find("difficultyBits");
  auto signature = body.find("signature");
  if (!signature) signature = body.find("sig");
  if (!challenge || !nonce || !expires || !bits || !signature) return std::nullopt;
  const auto challenge_hex = challenge->as_string();
  const auto nonce_number = nonce_of(*nonce);
  const auto expires_unix = expires->as_i64();
  const auto difficulty = bits->as_u64();
  const auto signature_hex = signature->as_string();
  if (!challenge_hex || !nonce_number || !expires_unix || !difficulty || !signature_hex) {
    return std::nullopt;
  }
  if (*difficulty > 256) return std::nullopt;
  LiveAuthSolution solution{*challenge_hex,
                            *nonce_number,
                            std::nullopt,
                            *expires_unix,
                            static_cast<unsigned>(*difficulty),
                            *signature_hex};
  const auto hash = body.find("hashHex");
  if (hash && !hash->is_null()) {
    solution.hash_hex = hash->as_string();
    if (!solution.hash_hex) return std::nullopt;
  }
  return solution;
}

Result<void, Reason> verify_liveauth(const LiveAuthProject& project,
                                     const LiveAuthSolution& solution, unsigned bits_min,
                                     const Binding& binding, const crypto::HmacKey& key,
                                     const Keys::Pair& pair, Time now) {
  if (time_from_unix(solution.expires_unix) <= now) return refuse(Reason::pow_expired);
  const std::string wanted = liveauth_signature(key, project.id, solution.challenge_hex,
                                                solution.bits, solution.expires_unix);
  if (!crypto::equal(bytes_of(wanted), bytes_of(solution.signature))) {
    return refuse(Reason::pow_bad_mac);
  }
  if (solution.bits < bits_min) return refuse(Reason::pow_too_easy);
  if (!tag_fits(solution.challenge_hex, binding, pair)) return refuse(Reason::pow_binding);
  if (!solved(project, solution)) return refuse(Reason::invalid_solution);
  return {};
}

}  // namespace tollhouse::pow
