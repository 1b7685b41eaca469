// l402: the order of verification.
#include "l402/verify.h"

#include "base/switches.h"
#include "crypto/sha256.h"

namespace tollhouse::l402 {
namespace {

/// Steps 3 and 4. Cheapest first: one hash over 32 bytes turns junk away before any key is touched.
Result<Identifier, Reason> check_preimage(const Credential& credential) {
  const auto identifier = read_identifier(credential.macaroon().identifier());
  if (!identifier) return refuse(Reason::malformed);
  const Digest hash = crypto::sha256(credential.preimage().reveal());
  if (!crypto::equal(hash.view(), identifier->payment_hash.view())) {
    return refuse(Reason::invalid_preimage);
  }
  return *identifier;
}

/// Steps 6 and 7.
Result<void, Reason> check_chain(const Credential& credential, const macaroon::ChainKey& key) {
  const auto verified = macaroon::verify(credential.macaroon(), key);
  if (verified) return {};
  return refuse(verified.error() == macaroon::Reason::unsupported ? Reason::unsupported
                                                                  : Reason::bad_signature);
}

bool epoch_stands(const TokenId& token, const Epochs& epochs) {
  if (token.epoch == epochs.current) return true;
  return token.epoch < epochs.current && token.minted < epochs.copy_taken;
}

/// Step 8.
Result<Grant, Reason> grant_of(const Credential& credential, const Identifier& identifier,
                               std::optional<TokenId> token, std::string_view service,
                               const Options& options) {
  const auto allowance =
      read_caveats(credential.macaroon(), service, credential.preimage(), options.ignored_caveats);
  if (!allowance) return refuse(allowance.error());
  return Grant{identifier.payment_hash, token, *allowance};
}

bool permitted(const Allowance& allowance, const Target& target) {
  if (allowance.price_max && (!target.price || *target.price > *allowance.price_max)) return false;
  return allowance.permits_capability(target.capability) &&
         allowance.permits_method(target.method) && allowance.calls_max != 0u;
}

bool request_fits(const Allowance& allowance, const Target& target) {
  if (allowance.client && *allowance.client != target.client) return false;
  if (allowance.address && *allowance.address != target.address) return false;
  return !allowance.body || allowance.body == target.body;
}

bool in_time(const Allowance& allowance, Time now) {
  const auto valid_until = allowance.valid_until();
  if (!valid_until || now < *valid_until) return true;
  return planted(PlantedBug::expiry_inclusive) && now == *valid_until;
}

template <class Key>
Result<Grant, Reason> verify_with(const Credential& credential, const Key& key,
                                  const Target& target, Time now, const Options& options) {
  const auto grant = authenticate(credential, key, target.service, options);
  if (!grant) return grant;
  const auto authorised = authorise(*grant, target, now);
  if (!authorised) return refuse(authorised.error());
  return grant;
}

}  // namespace

Result<Grant, Reason> authenticate(const Credential& credential, const RootKeys& keys,
                                   std::string_view service, const Options& options) {
  const auto identifier = check_preimage(credential);
  if (!identifier) return refuse(identifier.error());
  const auto token = read_token_id(identifier->token_id);
  const bool known = token && keys.knows(token->key_number);
  const std::uint8_t number = known ? token->key_number : keys.newest();
  const auto chain =
      check_chain(credential, keys.chain_key(number, credential.macaroon().identifier()));
  if (!known) return refuse(Reason::unknown_token);
  if (!chain) return refuse(chain.error());
  if (!epoch_stands(*token, options.epochs)) return refuse(Reason::token_epoch);
  return grant_of(credential, *identifier, token, service, options);
}

Result<Grant, Reason> authenticate(const Credential& credential, const macaroon::ChainKey& key,
                                   std::string_view service, const Options& options) {
  const auto identifier = check_preimage(credential);
  if (!identifier) return refuse(identifier.error());
  const auto chain = check_chain(credential, key);
  if (!chain) return refuse(chain.error());
  return grant_of(credential, *identifier, std::nullopt, service, options);
}

Result<Grant, Reason> read_claim(const Credential& credential, std::string_view service,
                                 const Options& options) {
  const auto identifier = check_preimage(credential);
  if (!identifier) return refuse(identifier.error());
  return grant_of(credential, *identifier, std::nullopt, service, options);
}

Result<void, Reason> authorise(const Grant& grant, const Target& target, Time now) {
  if (!grant.allowance.opens(target.service)) return refuse(Reason::wrong_service);
  if (!permitted(grant.allowance, target)) return refuse(Reason::not_permitted);
  if (!request_fits(grant.allowance, target)) return refuse(Reason::request_mismatch);
  if (!in_time(grant.allowance, now)) return refuse(Reason::expired);
  return {};
}

Result<Grant, Reason> verify(const Credential& credential, const RootKeys& keys,
                             const Target& target, Time now, const Options& options) {
  return verify_with(credential, keys, target, now, options);
}

Result<Grant, Reason> verify(const Credential& credential, const macaroon::ChainKey& key,
                             const Target& target, Time now, const Options& options) {
  return verify_with(credential, key, target, now, options);
}

}  // namespace tollhouse::l402
