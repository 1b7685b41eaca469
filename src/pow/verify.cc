// pow: verification, cheapest first.
#include "pow/verify.h"

#include <array>
#include <charconv>

#include "base/base64.h"
#include "pow/work.h"

namespace tollhouse::pow {
namespace {

constexpr bool is_nonce_character(char c) {
  return c == '-' || c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z');
}

/// The nonce before the first dot, which goes with it.
std::string_view next_nonce(std::string_view& nonces) {
  const std::size_t dot = nonces.find('.');
  const std::string_view nonce = nonces.substr(0, dot);
  nonces.remove_prefix(dot == std::string_view::npos ? nonces.size() : dot + 1);
  return nonce;
}

bool nonces_read(std::string_view nonces) {
  if (nonces.empty() || nonces.size() > kNoncesCharactersMax || nonces.back() == '.') return false;
  while (!nonces.empty()) {
    if (!is_nonce(next_nonce(nonces))) return false;
  }
  return true;
}

std::size_t nonces_in(std::string_view nonces) {
  std::size_t count = 1;
  for (const char c : nonces) count += c == '.' ? 1 : 0;
  return count;
}

bool tag_fits(const Challenge& challenge, const Binding& binding, const Keys::Pair& pair) {
  const BindingTag tag = tag_of(binding, pair);
  return crypto::equal(tag, challenge.tag);
}

bool bound_here(const Challenge& challenge, const Target& target, const Keys::Pair& pair) {
  const std::uint8_t flags = challenge.flags & (kBoundToClient | kBoundToRoute | kBoundToBody);
  if ((flags & target.bound_to) != target.bound_to) return false;
  Binding binding = target.binding;
  if ((flags & kBoundToClient) == 0) binding.client.reset();
  if ((flags & kBoundToRoute) == 0) binding.route.reset();
  if ((flags & kBoundToBody) == 0) binding.body.reset();
  if (binding.flags() != flags) return false;  // bound to what this call does not have
  if (tag_fits(challenge, binding, pair)) return true;
  if (!binding.route || *binding.route == kAnyTool) return false;
  binding.route = kAnyTool;
  return tag_fits(challenge, binding, pair);
}

}  // namespace

bool is_nonce(std::string_view text) {
  if (text.empty() || text.size() > kNonceCharactersMax) return false;
  for (const char c : text) {
    if (!is_nonce_character(c)) return false;
  }
  return true;
}

Digest work_hash(std::string_view challenge, std::string_view nonce) {
  return crypto::Sha256().update(bytes_of(challenge)).update(bytes_of(nonce)).finish();
}

Digest work_hash(std::string_view challenge, unsigned index, std::string_view nonce) {
  std::array<char, 12> text{'.'};
  const auto digits = std::to_chars(text.data() + 1, text.data() + text.size() - 1, index);
  *digits.ptr = '.';
  const std::string_view between(text.data(),
                                 static_cast<std::size_t>(digits.ptr + 1 - text.data()));
  return crypto::Sha256()
      .update(bytes_of(challenge))
      .update(bytes_of(between))
      .update(bytes_of(nonce))
      .finish();
}

Result<Challenge, Reason> authenticate(const Solution& solution, const Keys& keys, Time now) {
  ChallengeBytes bytes;
  if (!read_base64url(solution.challenge, bytes)) return refuse(Reason::pow_malformed);
  if (!nonces_read(solution.nonces)) return refuse(Reason::pow_malformed);
  const Challenge challenge = read_fields(bytes);
  if (challenge.version != 1 ||
      challenge.algorithm != static_cast<std::uint8_t>(Algorithm::sha256)) {
    return refuse(Reason::pow_unsupported);
  }
  if (challenge.expires_at() <= now) return refuse(Reason::pow_expired);
  if (challenge.issued_at() > now + kIssuedAheadMax) return refuse(Reason::pow_not_yet_valid);
  const Keys::Pair* pair = keys.find(challenge.key);
  if (pair == nullptr || !mac_holds(bytes, *pair)) return refuse(Reason::pow_bad_mac);
  return challenge;
}

Result<void, Reason> fits(const Challenge& challenge, const Target& target, const Keys& keys) {
  if (!work_suffices(challenge.bits, challenge.count, target.bits_min)) {
    return refuse(Reason::pow_too_easy);
  }
  const Keys::Pair* pair = keys.find(challenge.key);
  if (pair == nullptr || !bound_here(challenge, target, *pair)) return refuse(Reason::pow_binding);
  return {};
}

bool solved(const Challenge& challenge, const Solution& solution) {
  if (nonces_in(solution.nonces) != challenge.count) return false;
  if (challenge.count == 1) {
    return leading_zero_bits(work_hash(solution.challenge, solution.nonces)) >= challenge.bits;
  }
  std::string_view nonces = solution.nonces;
  for (unsigned i = 0; i < challenge.count; ++i) {
    const Digest hash = work_hash(solution.challenge, i, next_nonce(nonces));
    if (leading_zero_bits(hash) < challenge.bits) return false;
  }
  return true;
}

Result<Grant, Reason> verify(const Solution& solution, const Keys& keys, const Target& target,
                             Time now) {
  const auto challenge = authenticate(solution, keys, now);
  if (!challenge) return refuse(challenge.error());
  const auto fitting = fits(*challenge, target, keys);
  if (!fitting) return refuse(fitting.error());
  if (!solved(*challenge, solution)) return refuse(Reason::invalid_solution);
  return Grant{*challenge};
}

}  // namespace tollhouse::pow
