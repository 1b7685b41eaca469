// gate: judging x402.
#include "gate/x402_admission.h"

#include <algorithm>

#include "base/switches.h"
#include "gate/admission.h"
#include "gate/credential_keys.h"
#include "gate/sale.h"
#include "mcp/request_digest.h"
#include "x402/verify_bip122.h"
#include "x402/verify_lnbtc.h"

namespace tollhouse::gate {
namespace {

using Said = x402::Reason;

/// Where the row binds the address: who alone may show the payment.
std::string_view bound_client(const Call& call) {
  return call.terms.bind_address ? call.client : std::string_view();
}

x402::TermsDigest terms_digest(const Call& call, const std::optional<Digest>& request) {
  x402::Terms terms;
  terms.service = call.route->service;
  terms.tool = call.tool;
  terms.client = bound_client(call);
  if (call.terms.bind_body) terms.request = request;
  return x402::digest_of(terms);
}

Refusal refuse_payment(Worker& worker, const Call& call, Said reason) {
  const bool expired = reason == Said::invoice_expired || reason == Said::lnbtc_invoice_expired;
  const CheckResult result = expired ? CheckResult::expired : CheckResult::invalid;
  return count_failure(worker, call, result, refusal_of(reason));
}

/// As long as the books have to know a payment: for its time (R-X402-8), and as long as a token of
/// the same invoice could be shown.
Duration time_in_books(const Call& call) {
  return std::max(call.rules.policy.x402.settlement_ttl, call.terms.valid_for);
}

/// What both profiles have in common. The books know the payment, whatever becomes of the invoice.
Payment payment_of(const Worker& worker, const Call& call, x402::Profile profile,
                   const PaymentHash& hash, Msat amount) {
  Payment payment;
  payment.payment_hash = hash;
  payment.price = amount;
  payment.sold = payment.uses = ledger::Uses::single();
  if (planted(PlantedBug::spent_by_rail)) payment.uses = ledger::Uses::of(2);
  payment.expires = worker.house.clock.now() + time_in_books(call);
  payment.x402 = profile;
  payment.rail_name = x402::rail_name(profile);
  return payment;
}

std::string settlement_of(Worker& worker, x402::Profile profile, const PaymentHash& hash,
                          std::string_view invoice) {
  x402::Settlement settled;
  settled.profile = profile;
  settled.network = worker.house.wallet.network();
  settled.payment_hash = hash;
  settled.invoice = invoice;
  settled.settled_at = worker.utc();
  return x402::settlement(settled);
}

/// Its time is over, but what is owed of it is not forgotten (x402-bip122.md 6.5).
std::optional<Refusal> admit_late(Worker& worker, Call& call, const Payment& payment, Said over) {
  if (redeliver(worker, call, payment)) return std::nullopt;
  if (given_back(worker, call, payment)) return admit_payment(worker, call, payment);
  return refuse_payment(worker, call, over);
}

// ---- P1 ---------------------------------------------------------------------------------------

/// What this gate promised for the invoice: out of the seal that came back with it, else, for
/// callers that leave the seal out, out of the open challenges.
struct Record {
  std::shared_ptr<const Challenge> row;
  std::optional<x402::InvoiceRecord> record;
};
Record record_for(Worker& worker, const x402::InvoiceEcho& echo, const x402::SealKeys& keys) {
  Record found;
  found.record = x402::record_of(echo);
  if (found.record) return found;
  found.row = worker.house.open_challenges.find(echo.payment_hash);
  if (!found.row) return found;
  for (const x402::Offer& offer : found.row->x402) {
    const auto terms = keys.open_terms(offer.invoice, offer.seal);
    if (terms) found.record = {offer.invoice, found.row->price, *terms};
  }
  return found;
}

std::optional<Refusal> admit_bip122(Worker& worker, Call& call) {
  const House& house = worker.house;
  const X402Settings& settings = call.rules.policy.x402;
  const x402::SealKeys& keys = worker.keys_of(*call.route).x402;
  x402::Bip122Rules rules;
  rules.network = house.wallet.network();
  rules.require_preimage = settings.require_preimage;
  const auto echo = x402::read_echo(worker.x402_payment, rules, keys, house.curve);
  if (!echo) return refuse_payment(worker, call, echo.error());
  if (!call.request_digest) call.request_digest = mcp::request_digest(*call.message);
  const x402::TermsDigest terms = terms_digest(call, call.request_digest);
  const Record record = record_for(worker, *echo, keys);
  const Time now = worker.utc();
  const auto judged = x402::check_echo(*echo, record.record, terms, now);
  const bool over = !judged && judged.error() == Said::invoice_expired;
  if (!judged && !over) return refuse_payment(worker, call, judged.error());
  if (over) {
    const auto rest = x402::check_echo(*echo, record.record, terms, now, x402::Expiry::waived);
    if (!rest) return refuse_payment(worker, call, Said::invoice_expired);
  }
  constexpr x402::Profile kProfile = x402::Profile::bip122;
  Payment payment = payment_of(worker, call, kProfile, echo->payment_hash, echo->amount);
  payment.invoice = echo->invoice;
  const auto proof = x402::check_preimage(*echo, rules);
  if (!proof && over) return refuse_payment(worker, call, Said::invoice_expired);
  if (!proof) {
    if (auto refusal = refuse_spent(worker, call, payment)) return refusal;
    return refuse_payment(worker, call, proof.error());
  }
  payment.asks_receiver =
      *proof == x402::Proof::none_shown && !planted(PlantedBug::echo_without_look_up);
  payment.settlement = settlement_of(worker, kProfile, echo->payment_hash, echo->invoice);
  call.same_challenge = house.open_challenges.find(echo->payment_hash);
  if (over) return admit_late(worker, call, payment, Said::invoice_expired);
  return admit_payment(worker, call, payment);
}

// ---- P2 ---------------------------------------------------------------------------------------

/// The amount that was offered for this price: a wallet of whole satoshi rounds up (R-LN-4).
Msat offered_amount(Msat price, const x402::Payment& payment) {
  const auto rounded = Msat::of_sat(price.sat_rounded_up());
  const auto accepted = x402::string_member(payment.accepted(), "amount");
  return rounded && accepted == std::to_string(rounded->count()) ? *rounded : price;
}

/// What would be asked for this call now. Whose key `pay_to` is is shown by the seal, or by the
/// wallet, which is asked where there is none.
x402::Offer required_offer(const Worker& worker, const Call& call, x402::Binding binding) {
  const x402::Payment& payment = worker.x402_payment;
  x402::Offer offer;
  offer.profile = x402::Profile::lnbtc;
  offer.network = worker.house.wallet.network();
  offer.amount = offered_amount(call.terms.price, payment);
  offer.pay_to = x402::string_member(payment.accepted(), "payTo").value_or("");
  offer.max_timeout = std::chrono::duration_cast<std::chrono::seconds>(
      mint_request(call.rules.policy, call.terms, call.tool).expiry);
  offer.binding = std::move(binding);
  return offer;
}

std::optional<Refusal> admit_lnbtc(Worker& worker, Call& call) {
  const House& house = worker.house;
  auto binding = binding_of(worker, call);
  if (!binding) return refuse_payment(worker, call, Said::unsupported_network);
  const x402::Offer offer = required_offer(worker, call, *std::move(binding));
  x402::LnbtcRequirement requirement{&offer};
  requirement.client = bound_client(call);
  const x402::SealKeys& keys = worker.keys_of(*call.route).x402;
  const Time now = worker.utc();
  const auto judge = [&] {
    return x402::verify_lnbtc(worker.x402_payment, requirement, &keys, house.curve, now);
  };
  auto paid = judge();
  const bool over = !paid && paid.error() == Said::lnbtc_invoice_expired;
  if (over) {
    requirement.expiry = x402::Expiry::waived;
    paid = judge();
  }
  if (!paid) return refuse_payment(worker, call, paid.error());

  constexpr x402::Profile kProfile = x402::Profile::lnbtc;
  Payment payment = payment_of(worker, call, kProfile, paid->payment_hash, paid->amount);
  payment.invoice = paid->invoice;
  payment.expires = std::max(payment.expires, paid->kept_until);
  payment.asks_receiver = !paid->issued_here && !call.rules.policy.x402.receiver_exclusive;
  payment.settlement = settlement_of(worker, kProfile, paid->payment_hash, paid->invoice);
  call.same_challenge = house.open_challenges.find(paid->payment_hash);
  if (over) return admit_late(worker, call, payment, Said::lnbtc_invoice_expired);
  return admit_payment(worker, call, payment);
}

}  // namespace

std::string seal_of(Worker& worker, const Call& call, const x402::Offer& offer) {
  const x402::SealKeys& keys = worker.keys_of(*call.route).x402;
  if (offer.profile == x402::Profile::lnbtc) {
    return keys.seal_invoice(offer.pay_to, offer.invoice, bound_client(call));
  }
  const auto request = call.terms.bind_body ? call.request_digest : std::nullopt;
  return keys.seal_terms(offer.invoice, terms_digest(call, request));
}

std::optional<Refusal> admit_x402(Worker& worker, Call& call, const ShownX402& shown) {
  x402::Payment& payment = worker.x402_payment;
  const auto read = payment.read(shown.text);
  call.x402_in_meta = shown.in_meta;
  if (!read) {
    call.x402_network = x402::network_name(x402::Profile::bip122, worker.house.wallet.network());
    return refuse_payment(worker, call, read.error());
  }
  call.x402_network = payment.network();
  const X402Settings& settings = call.rules.policy.x402;
  const bool by_lnbtc = payment.profile() == x402::Profile::lnbtc;
  // What is not taken is judged by the other profile's first checks, which refuse it by its name.
  if (by_lnbtc && settings.lnbtc) return admit_lnbtc(worker, call);
  if (!settings.bip122) return refuse_payment(worker, call, Said::unsupported_network);
  return admit_bip122(worker, call);
}

}  // namespace tollhouse::gate
