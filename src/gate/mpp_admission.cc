// gate: judging the Payment scheme.
#include "gate/mpp_admission.h"

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "base/switches.h"
#include "gate/admission.h"
#include "gate/credential_keys.h"
#include "mcp/request_digest.h"
#include "mpp/verify.h"
#include "x402/seal.h"

namespace tollhouse::gate {
namespace {

using Said = mpp::Reason;

/// Parts what is sold from the end of its token.
constexpr char kBar = '.';

std::string terms_text(const Call& call) {
  x402::Terms terms;
  terms.service = call.route->service;
  terms.tool = call.tool;
  if (call.terms.bind_address) terms.client = call.client;
  if (call.terms.bind_body) terms.request = call.request_digest;
  return base64url(x402::digest_of(terms));
}

/// The end of the token that was sold with it; nothing where something else was sold.
std::optional<Time> token_end(const Call& call, std::string_view sold) {
  const std::string terms = terms_text(call) + kBar;
  const bool same = sold.starts_with(terms) || planted(PlantedBug::charge_for_any_tool);
  if (!same || sold.size() < terms.size()) return std::nullopt;
  sold.remove_prefix(terms.size());
  std::int64_t seconds = 0;
  const auto read = std::from_chars(sold.data(), sold.data() + sold.size(), seconds);
  const bool whole = read.ec == std::errc() && read.ptr == sold.data() + sold.size();
  return whole ? std::optional(time_from_unix(seconds)) : std::nullopt;
}

Refusal refuse_payment(Worker& worker, const Call& call, Said reason) {
  const bool expired = reason == Said::payment_expired;
  const CheckResult result = expired ? CheckResult::expired : CheckResult::invalid;
  return count_failure(worker, call, result, refusal_of(reason));
}

Refusal contradiction() {
  Refusal refusal = refusal_of(Reason::conflicting_credentials);
  refusal.problem = mpp::conflicting_credentials();
  return refusal;
}

Payment payment_of(const mpp::Grant& grant, const std::string& challenge_id, Time end) {
  Payment payment;
  payment.payment_hash = grant.payment_hash;
  payment.price = grant.amount;
  payment.sold = payment.uses = ledger::Uses::single();
  if (planted(PlantedBug::charge_spent_apart)) payment.uses = ledger::Uses::of(2);
  payment.expires = std::max(grant.expires, end);
  payment.rail_name = kMppRailName;
  payment.challenge_id = challenge_id;
  return payment;
}

}  // namespace

std::string sold_terms(const Call& call, Time token_end) {
  return terms_text(call) + kBar + std::to_string(unix_seconds(token_end) + 1);
}

std::optional<Refusal> admit_mpp(Worker& worker, Call& call, const mpp::Reading& shown) {
  if (shown.presence == mpp::Presence::ambiguous) return contradiction();
  if (shown.presence != mpp::Presence::found) {
    return refuse_payment(worker, call, Said::malformed_credential);
  }
  const CredentialKeys& keys = worker.keys_of(*call.route);
  const mpp::Target target{keys.realm, call.body, std::nullopt};
  const auto judge = [&](Time now) {
    return mpp::verify(shown.credential, keys.mpp, target, now, worker.house.curve);
  };
  auto grant = judge(worker.utc());
  const bool over = !grant && grant.error() == Said::payment_expired;
  // Its time is over, but what is owed of it is not forgotten (x402-bip122.md 6.5).
  if (over) grant = judge(Time::min());
  if (!grant) return refuse_payment(worker, call, over ? Said::payment_expired : grant.error());
  if (!call.request_digest) call.request_digest = mcp::request_digest(*call.message);
  const auto end = token_end(call, grant->external_id);
  if (!end) {
    return refuse_payment(worker, call, over ? Said::payment_expired : Said::request_mismatch);
  }
  const Payment payment = payment_of(*grant, shown.credential.challenge.id, *end);
  const bool sells = !over || planted(PlantedBug::charge_after_its_end);
  if (sells) return admit_payment(worker, call, payment);
  if (redeliver(worker, call, payment)) return std::nullopt;
  if (given_back(worker, call, payment)) return admit_payment(worker, call, payment);
  return refuse_payment(worker, call, Said::payment_expired);
}

}  // namespace tollhouse::gate
