// gate: a question to the gate that issued a token, and what its word is worth here.
#include "gate/other_gate.h"

#include <algorithm>

#include "gate/admission.h"
#include "io/errand.h"
#include "l402/verify.h"
#include "l402/vouching.h"
#include "mcp/request_digest.h"

namespace tollhouse::gate {
namespace {

io::Errand question(const OtherGate& gate, const l402::Credential& credential) {
  io::Errand errand;
  errand.method = "POST";
  errand.url = gate.url + "/v1/verify";
  errand.fields.push_back({"Content-Type", "application/json"});
  errand.body = l402::verify_question(credential);
  errand.timeout = gate.timeout;
  errand.allow_private = gate.allow_private;
  return errand;
}

/// A client whose tokens were refused too often costs the other gate nothing more (R-L402-16).
std::optional<Refusal> turned_away(Worker& worker, const Call& call) {
  const auto wait = worker.house.failures_by_client.wait_of(std::string(call.client), worker.now());
  if (!wait) return std::nullopt;
  worker.metrics.rate_limited.add();
  Refusal refusal = refusal_of(Reason::rate_limited);
  refusal.retry_after = *wait;
  return refusal;
}

/// What can be refused without asking: a token that would not open this call if it were good.
std::optional<l402::Reason> no_use(const Result<l402::Grant, l402::Reason>& claim,
                                   const l402::Target& target, Time now) {
  if (!claim) return claim.error();
  const auto allowed = l402::authorise(*claim, target, now);
  if (allowed) return std::nullopt;
  return allowed.error();
}

void tell_unavailable(const House& house, std::string_view why) {
  house.log.write(LogLevel::warning, "verifier_unavailable",
                  "The gate that issued a credential did not say whether it is good.",
                  {{"tollhouse.reason", why}});
}

std::optional<l402::Vouched> word_of(const House& house,
                                     const std::optional<io::ErrandResult>& said) {
  if (!said) {
    tell_unavailable(house, "timed_out");
    return std::nullopt;
  }
  if (!*said) {
    tell_unavailable(house, to_text(said->error()));
    return std::nullopt;
  }
  const io::ErrandAnswer& answer = **said;
  auto word = answer.status == 200 ? l402::read_verify_answer(answer.body) : std::nullopt;
  if (!word) tell_unavailable(house, "not_understood");
  return word;
}

std::uint32_t fewer(std::uint32_t count, std::optional<std::uint32_t> other) {
  return other ? std::min(count, *other) : count;
}

/// The uses of a counted sale are parts of its price, so both have to be known.
Payment payment_of(const l402::Grant& grant, const l402::Vouched& word, const Terms& terms) {
  Payment payment;
  payment.payment_hash = grant.payment_hash;
  payment.price = word.price.value_or(terms.price);
  payment.expires = grant.allowance.sold_until().value_or(Time::max());
  payment.sold = payment.uses = ledger::Uses::single();
  const bool said = word.price && (word.uses || word.pass);
  if (!said) return payment;
  const auto counted = grant.allowance.calls_sold ? grant.allowance.calls_sold : word.uses;
  payment.sold = counted ? ledger::Uses::of(*counted) : ledger::Uses::unlimited();
  payment.uses = payment.sold;
  if (counted) {
    const std::uint32_t shown = fewer(*counted, grant.allowance.calls_max);
    payment.uses = ledger::Uses::of(fewer(shown, word.uses));
  }
  return payment;
}

}  // namespace

io::Task<std::optional<Refusal>> ask_other_gate(Worker& worker, Call& call) {
  if (auto refusal = turned_away(worker, call)) co_return std::move(refusal);
  // The worker's is another call's as soon as this one waits; the grant looks into it.
  const auto credential = std::make_unique<l402::Credential>(worker.credential);
  const l402::Options options{call.rules.policy.l402.ignored_caveats, {}};
  const auto claim = l402::read_claim(*credential, call.route->service, options);
  if (claim && claim->allowance.body && !call.request_digest) {
    call.request_digest = mcp::request_digest(*call.message);
  }
  const Time now = worker.utc();
  if (const auto reason = no_use(claim, target_of(call), now)) {
    co_return refuse_credential(worker, call, *reason);
  }
  if (worker.house.errands == nullptr) co_return refusal_of(Reason::verifier_unavailable);
  const OtherGate& gate = call.rules.policy.l402.other_gate;
  io::Reply<io::ErrandResult> reply(worker.reactor);
  worker.house.errands->send(question(gate, *credential), reply.sender());
  const Tick deadline = worker.now() + gate.timeout;
  const auto said = co_await reply.until(deadline);
  const auto word = word_of(worker.house, said);
  if (!word) co_return refusal_of(Reason::verifier_unavailable);
  if (!word->good) co_return refuse_credential(worker, call, l402::Reason::unknown_token);
  const Payment payment = payment_of(*claim, *word, call.terms);
  if (payment.price < call.terms.price) {
    co_return refuse_credential(worker, call, l402::Reason::not_permitted);
  }
  co_return admit_grant(worker, call, *claim, payment);
}

}  // namespace tollhouse::gate
