// gate: remembering checked passes.
#include "gate/known_passes.h"

#include <utility>

#include "crypto/sha256.h"

namespace tollhouse::gate {

/// By the last byte of the signature: equal tokens have equal ones, and strangers gain nothing by
/// choosing it, as only good tokens are kept.
std::size_t KnownPasses::place_of(const l402::Credential& credential) {
  return credential.macaroon().signature().back() % kPlaces;
}

const KnownPasses::Known* KnownPasses::find(const l402::Credential& credential,
                                            std::string_view service) const {
  const Known* known = known_[place_of(credential)].get();
  if (known == nullptr || known->service != service) return nullptr;
  const bool same =
      crypto::equal(known->credential.macaroon().bytes(), credential.macaroon().bytes()) &&
      crypto::equal(known->credential.preimage().reveal(), credential.preimage().reveal());
  return same ? known : nullptr;
}

Result<l402::Grant, l402::Reason> KnownPasses::authenticate(const l402::Credential& credential,
                                                            const l402::RootKeys& keys,
                                                            std::string_view service,
                                                            const l402::Options& options) {
  const Known* known = find(credential, service);
  knew_ = known != nullptr;
  if (knew_) return known->grant;
  if (!judged_) judged_ = std::make_unique<Known>();
  // Judged in the place where it would be kept, so that the grant's views need not move.
  judged_->credential = credential;
  const auto grant = l402::authenticate(judged_->credential, keys, service, options);
  const bool pass = grant && !grant->allowance.calls_max;
  if (pass) {
    judged_->service = service;
    judged_->grant = *grant;
    std::swap(judged_, known_[place_of(credential)]);
  }
  return grant;
}

}  // namespace tollhouse::gate
