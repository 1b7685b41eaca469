// sim: the promises of the rails: what a payment may open, whichever way it is shown, and what work
// may.
#include "base/base64.h"
#include "base/hex.h"
#include "bolt/issued.h"
#include "sim/world.h"

namespace tollhouse::sim {
namespace {

using std::chrono::seconds;

/// After its invoice's end P2 is good for the difference of two clocks (x402-bip122.md 7.5).
constexpr Duration kSkew = seconds(60);

std::string short_text(const PaymentHash& hash) { return hex(hash.view().first(4)); }

/// At a moment at which this showing is surely too late.
bool too_late(const Attempt& attempt, const Offered& offered) {
  switch (attempt.rail) {
    case Rail::l402:
      return attempt.wall_sent >= offered.ends;
    case Rail::echo:
    case Rail::echo_preimage:
      return attempt.wall_sent > offered.invoice_ends;
    case Rail::preimage:
      return attempt.wall_sent > offered.invoice_ends + kSkew;
    case Rail::charge:
      return attempt.wall_sent > offered.charge_ends;
  }
  return false;
}

ledger::Rail in_books(Rail rail) {
  switch (rail) {
    case Rail::l402:
      return ledger::Rail::l402;
    case Rail::echo:
    case Rail::echo_preimage:
    case Rail::preimage:
      return ledger::Rail::x402;
    case Rail::charge:
      return ledger::Rail::mpp;
  }
  return ledger::Rail::session;
}

}  // namespace

// ---- a payment that goes on
// ---------------------------------------------------------------------

/// The same request of the same caller was there in time, and not by a token: its use may have been
/// given back, and is then good for 600 s from its hold on (x402-bip122.md 6.5).
bool World::may_be_given_back(const Sent& sent, const Attempt& late) const {
  if (late.rail == Rail::l402) return false;
  const Offered& offered = records_.offered.at(*sent.hash);
  return std::ranges::any_of(records_.attempts, [&](const auto& first) {
    return first->number < late.number && first->hash == late.hash && first->may_pass() &&
           first->rail != Rail::l402 && first->nonce == late.nonce &&
           first->caller == late.caller && !too_late(*first, offered) &&
           late.began - first->began < ledger::kRedeliveryWindow + seconds(2);
  });
}

void World::check_time(const Sent& sent, const Attempt& attempt) {
  const bool late = too_late(attempt, records_.offered.at(*sent.hash));
  if (late && !may_be_given_back(sent, attempt) && attempt.back_steps == clock_.back_steps()) {
    violated("expired_credential_forwarded: " + short_text(*sent.hash));
  }
}

/// P2 is for one request, and so is whatever a row binds.
void World::check_binding(const Sent& sent, const Attempt& attempt) {
  const bool bound = attempt.rail == Rail::preimage || sent.tool == "bound";
  if (bound && records_.offered.at(*sent.hash).nonce != sent.nonce) {
    violated("other_request_forwarded: " + short_text(*sent.hash));
  }
}

/// What does not prove that it was paid goes on only after the wallet said so to this gate.
void World::check_word(const Sent& sent, const Attempt& attempt) {
  const bool unknown_invoice = attempt.rail == Rail::preimage &&
                               attempt.show == Attempt::Show::unsealed &&
                               !policy_.x402.receiver_exclusive;
  const bool asks =
      attempt.rail == Rail::echo || unknown_invoice || doubtful_.unpaid_preimage_public();
  if (asks && !doubtful_.told_this_gate(*sent.hash)) {
    violated("forwarded_without_the_wallets_word: " + short_text(*sent.hash));
  }
}

/// Whatever the rails, no payment is charged more often than was sold.
void World::check_charges() {
  std::map<PaymentHash, std::uint32_t> count;
  disk_.books().each_charge([&](const ledger::Charge& charge) {
    if (charge.status == ledger::Status::charged) ++count[*charge.payment_hash];
  });
  for (const auto& [hash, charges] : count) {
    const auto offered = records_.offered.find(hash);
    if (offered == records_.offered.end()) continue;
    const std::uint32_t most = offered->second.tool == "counted" ? 3 : 1;
    if (charges > most) violated("charged_more_often_than_sold: " + short_text(hash));
  }
}

// ---- what is offered, and what is said of it
// -------------------------------------------------------

/// All offers of a refusal are of one invoice.
void World::offer_seen(const Credential& offered) {
  if (!offered.charge) return;
  const auto charge = mpp::read_charge(offered.charge->request);
  const auto invoice = bolt::read_issued(offered.invoice);
  const bool same = charge && charge->invoice == offered.invoice &&
                    charge->amount == invoice->amount && charge->payment_hash == offered.hash &&
                    offered.charge_ends <= offered.invoice_ends;
  if (!same) violated("charge_offered_for_other_terms: " + short_text(offered.hash));
}

/// The books say how it was paid, and how much.
void World::check_charge(const Attempt& attempt, const ledger::Charge& charge) {
  if (charge.rail != in_books(attempt.rail)) {
    violated("charged_on_another_rail: " + short_text(*attempt.hash));
  }
  const bool whole = attempt.tool != "counted";
  if (whole && charge.gross != records_.offered.at(*attempt.hash).amount) {
    violated("charged_another_amount: " + short_text(*attempt.hash));
  }
}

/// A receipt of the Payment scheme is for who paid by it, names that payment, and stands for a
/// charge. An answer that was read whole before it left has one.
void World::check_payment_receipt(const Attempt& attempt) {
  const auto told = cut_out(attempt.body, R"("org.paymentauth/receipt":{"challengeId":")", '"');
  const auto header = bytes_from_base64url(attempt.payment_receipt);
  const std::string in_head(header ? text_of(*header) : "");
  if (!told && in_head.empty()) return check_receipt_left_out(attempt);
  if (!attempt.pays() || attempt.rail != Rail::charge) return violated("foreign_payment_receipt");
  const Credential& credential = callers_[attempt.caller]->purse()[*attempt.credential];
  const std::string& id = credential.charge->id;
  const bool names = told.value_or(id) == id &&
                     (in_head.empty() || cut_out(in_head, R"("challengeId":")", '"') == id);
  const std::string& shown = in_head.empty() ? attempt.body : in_head;
  const auto reference = cut_out(shown, R"("reference":")", '"');
  if (!names || reference != hex(attempt.hash->view())) {
    return violated("receipt_for_another_payment: " + short_text(*attempt.hash));
  }
  if (charges_of(*attempt.hash).empty()) {
    violated("receipt_without_charge: " + short_text(*attempt.hash));
  }
}

void World::check_receipt_left_out(const Attempt& attempt) {
  const bool by_charge = attempt.pays() && attempt.rail == Rail::charge && attempt.result;
  const bool whole =
      attempt.body.size() < policy_.limits.settle_buffer_bytes && attempt.body.starts_with('{');
  if (!by_charge || !whole) return;
  for (const ledger::Charge& charge : charges_of(*attempt.hash)) {
    if (charge.request_id == attempt.request_id) {
      return violated("charge_without_payment_receipt: " + short_text(*attempt.hash));
    }
  }
}

// ---- work that goes on
// --------------------------------------------------------------------------

void World::check_work(const std::string& request_id, const Attempt& attempt) {
  if (!attempt.work) return violated("call_without_work_forwarded: " + attempt.tool);
  const auto found = records_.work.find(attempt.work->challenge);
  if (found == records_.work.end()) return violated("work_never_asked_for_forwarded");
  IssuedWork& issued = found->second;
  if (attempt.work_altered) return violated("unsolved_work_forwarded");
  if (issued.tool != attempt.tool) return violated("work_for_another_tool_forwarded");
  if (issued.client != callers_[attempt.caller]->address()) {
    return violated("work_of_another_client_forwarded");
  }
  if (issued.start != start_of(request_id)) return violated("work_of_another_start_forwarded");
  if (std::exchange(issued.used, true)) return violated("work_forwarded_twice");
  if (attempt.wall_sent >= issued.ends && attempt.back_steps == clock_.back_steps()) {
    violated("expired_work_forwarded");
  }
}

// ---- refusals
// -----------------------------------------------------------------------------------

/// Nothing was spent: no charge under this request, and work that did not go on is as it was.
void World::check_refusal(const Attempt& attempt) {
  if (attempt.status >= 500 || records_.sent.contains(attempt.request_id)) return;
  disk_.books().each_charge([&](const ledger::Charge& charge) {
    const bool own = charge.request_id == attempt.request_id;
    if (own && charge.status == ledger::Status::charged) {
      violated("refused_but_charged: " + charge.request_id);
    }
  });
  const std::string code = cut_out(attempt.body, "\"code\":\"", '"').value_or("");
  if (attempt.work && code == "pow_replay") check_replay(attempt);
  const bool mismatch = code.ends_with("_mismatch") || code == "verification-failed";
  if (mismatch) check_mismatch(attempt, code);
  if (code == "invalid-challenge") check_called_spent(attempt);
}

/// A payment for this call, shown as it was offered, fits.
void World::check_mismatch(const Attempt& attempt, const std::string& code) {
  if (attempt.show != Attempt::Show::whole || !attempt.pays()) return;
  const Credential& credential = callers_[attempt.caller]->purse()[*attempt.credential];
  if (!attempt.fits || credential.nonce != attempt.nonce) return;
  violated(fmt::format("sound_payment_refused: rail {} {}", int(attempt.rail), code));
}

/// A Payment challenge of this gate is called unknown only once its payment was used.
void World::check_called_spent(const Attempt& attempt) {
  const bool sound = attempt.show == Attempt::Show::whole && attempt.fits;
  if (!sound || store_faulted_ || records_.sends.contains(*attempt.hash)) return;
  if (!charges_of(*attempt.hash).empty()) return;
  violated("sound_challenge_called_unknown: " + short_text(*attempt.hash));
}

/// Work is a replay only where a call went on with it, or another holds it meanwhile.
void World::check_replay(const Attempt& attempt) {
  const auto issued = records_.work.find(attempt.work->challenge);
  if (issued == records_.work.end() || issued->second.used) return;
  for (const auto& other : records_.attempts) {
    const bool same = other->work && other->work->challenge == attempt.work->challenge;
    const bool over = other->complete && other->ended < attempt.began &&
                      !records_.sent.contains(other->request_id);
    if (same && other.get() != &attempt && !over) return;
  }
  violated("work_spent_on_nothing");
}

// ---- what is owed
// -------------------------------------------------------------------------------

bool World::usable(const Credential& credential, Rail rail, Time now) const {
  switch (rail) {
    case Rail::l402:
      return credential.fits && now < credential.valid_until;
    case Rail::echo:
      return now <= credential.invoice_ends;
    case Rail::echo_preimage:
      return credential.fits && now <= credential.invoice_ends;
    case Rail::preimage:
      return credential.fits && now <= credential.invoice_ends + kSkew &&
             now >= credential.invoice_made - kSkew;
    case Rail::charge:
      return credential.fits && now <= credential.charge_ends;
  }
  return false;
}

/// One that works now, where there is one.
std::optional<Rail> World::rail_to_claim(const Caller& caller, const Credential& credential) {
  if (!credential.paid) return std::nullopt;
  const std::vector<Rail> rails = caller.rails_of(credential);
  if (rails.empty()) return std::nullopt;
  const Time now = gate_->lives().now(clock_.now());
  std::vector<Rail> working;
  for (const Rail rail : rails) {
    if (usable(credential, rail, now + seconds(2))) working.push_back(rail);
  }
  return working.empty() ? dice_.pick(rails) : dice_.pick(working);
}

}  // namespace tollhouse::sim
