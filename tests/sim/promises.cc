// sim: the promises, held after each event and once more when all is quiet: reliability-security.md
// 3.4, and what only a world can know that sees callers, books and the upstream at once.
#include "base/hex.h"
#include "ledger/audit.h"
#include "sim/offers.h"
#include "sim/world.h"

namespace tollhouse::sim {
namespace {

using std::chrono::seconds;

/// The gate decides a little before the world sees it.
constexpr Duration kSlack = seconds(15);

bool charged(const ledger::Charge& charge) { return charge.status == ledger::Status::charged; }

std::string short_text(const PaymentHash& hash) { return hex(hash.view().first(4)); }

/// Nothing but money opens it.
bool is_priced(std::string_view tool) {
  return tool != "free" && tool != "either" && tool != "work";
}
bool takes_work(std::string_view tool) {
  return tool == "either" || tool == "both" || tool == "work";
}

/// Whatever the time.
bool proves(const Credential& credential, Rail rail) {
  return rail == Rail::echo || credential.fits;
}

std::uint32_t uses_of(std::string_view tool) {
  if (tool == "pass") return 0;
  return tool == "counted" ? 3 : 1;
}

}  // namespace

void World::violated(std::string what) {
  if (!report_.violation.empty()) return;
  trace_.say("VIOLATION {}", what);
  report_.violation = std::move(what);
}

std::vector<ledger::Charge> World::charges_of(const PaymentHash& hash) const {
  std::vector<ledger::Charge> found;
  disk_.books().each_charge([&](const ledger::Charge& charge) {
    if (charged(charge) && charge.payment_hash == hash) found.push_back(charge);
  });
  return found;
}

/// What the books alone show, and that nothing counts as delivered that nobody saw.
void World::check_books() {
  const auto report = ledger::audit(disk_.books(), receipt_check_);
  for (const ledger::Violation& found : report.violations) {
    violated(fmt::format("invariant {} {} {}", found.invariant, found.token, found.detail));
  }
  disk_.books().each_charge([this](const ledger::Charge& charge) {
    if (!charge.delivered || records_.seen.contains(charge.request_id)) return;
    violated(fmt::format("delivered_unseen: {} of {}", charge.request_id,
                         short_text(*charge.payment_hash)));
  });
  check_charges();
}

// ---- at the upstream's door
// ----------------------------------------------------------------------

void World::gate_writes(const Line& line, std::string_view bytes) {
  if (line.reused_with_surplus()) violated("pool_reuse_after_surplus");
  const bool handshake = bytes.find(R"("method":"initialize")") != std::string_view::npos ||
                         bytes.find("notifications/initialized") != std::string_view::npos;
  if (handshake) return;  // the gate's own, for callers without MCP
  const std::string_view head = bytes.substr(0, bytes.find("\r\n\r\n") + 2);
  const std::string request_id = cut_out(head, "X-Request-Id: ", '\r').value_or("");
  Sent sent;
  sent.tool = cut_out(bytes, R"("name":")", '"').value_or("");
  sent.nonce = cut_out(bytes, R"("n":")", '"').value_or("");
  const auto paid = cut_out(head, R"("paymentHash":")", '"');
  if (paid) sent.hash = value_from_hex<PaymentHash>(*paid);
  const std::string number = cut_out(head, "X-Sim-Attempt: ", '\r').value_or("0");
  trace_.say("gate forwards {} {} n={} hash={}", request_id, sent.tool, sent.nonce,
             sent.hash ? short_text(*sent.hash) : "-");
  if (records_.sent.contains(request_id)) violated("request_sent_twice: " + request_id);
  const bool two_lengths = head.find("ontent-Length:") != head.rfind("ontent-Length:") ||
                           head.find("ransfer-Encoding:") != std::string_view::npos;
  if (two_lengths) violated("two_lengths_forwarded");
  const auto shows = [&bytes](std::string_view text) {
    return bytes.find(text) != std::string_view::npos;
  };
  const bool leaks = head.find("uthorization:") != std::string_view::npos ||
                     head.find("PAYMENT") != std::string_view::npos ||
                     head.find("X-PoW") != std::string_view::npos || shows("tollhouse/") ||
                     shows("x402/payment") || shows("org.paymentauth/");
  if (leaks) violated("credential_leaked");
  for (const std::string& secret : records_.secrets) {
    if (bytes.find(secret) != std::string_view::npos) violated("preimage_leaked");
  }
  check_sent(request_id, sent, std::stoull(number));
}

/// Whose request goes up. Calls without MCP lose their number on the way: their tool and their
/// arguments tell them apart, mostly.
const Attempt* World::attempt_of(std::uint64_t number, const Sent& sent) const {
  if (number > records_.attempts.size()) return nullptr;
  if (number != 0) return records_.attempts[number - 1].get();
  const Attempt* found = nullptr;
  for (const auto& attempt : records_.attempts) {
    const bool same = attempt->surface == kRest && attempt->show != Attempt::Show::nothing &&
                      attempt->tool == sent.tool && attempt->nonce == sent.nonce;
    if (same && found != nullptr) return nullptr;
    if (same) found = attempt.get();
  }
  return found;
}

void World::check_sent(const std::string& request_id, const Sent& what, std::uint64_t number) {
  Sent& sent = records_.sent[request_id] = what;
  if (sent.tool == "free") return;
  const Attempt* attempt = attempt_of(number, sent);
  if (attempt != nullptr && !attempt->may_pass()) return violated("bad_credential_forwarded");
  const bool by_work = takes_work(sent.tool) && (sent.tool == "both" || !sent.hash);
  if (by_work && attempt != nullptr) check_work(request_id, *attempt);
  if (sent.hash) return check_payment(request_id, sent, attempt);
  if (is_priced(sent.tool)) return violated("unpaid_call_forwarded: " + sent.tool);
}

void World::check_payment(const std::string& request_id, const Sent& sent, const Attempt* attempt) {
  const auto offered = records_.offered.find(*sent.hash);
  if (offered == records_.offered.end()) return violated("unknown_payment_forwarded");
  if (offered->second.tool != sent.tool) return violated("wrong_tool_forwarded: " + sent.tool);
  if (attempt != nullptr && attempt->pays() && attempt->hash != sent.hash) {
    return violated("another_payment_forwarded: " + short_text(*sent.hash));
  }
  if (!doubtful_.paid(*sent.hash) && !doubtful_.called_paid(*sent.hash)) {
    return violated("unpaid_credential_forwarded: " + short_text(*sent.hash));
  }

  bool own = false;
  std::size_t others = 0;
  bool owed = false;
  for (const ledger::Charge& charge : charges_of(*sent.hash)) {
    own = own || charge.request_id == request_id;
    others += charge.request_id != request_id;
    owed = owed || redelivery_stands(charge, sent);
  }
  const std::uint32_t uses = uses_of(sent.tool);
  if (uses == 0) {
    if (!own && others == 0) violated("pass_not_charged");
  } else {
    if (others >= uses && !owed) violated("spent_credential_forwarded: " + short_text(*sent.hash));
    if (sent.tool == "attempt" && !own && !owed) violated("attempt_not_charged");
    if (!owed) ++records_.executions[*sent.hash];  // else a redelivery, which goes first
    // Uses and releases (RS-21), for each life of the gate: its memory dies, and what it held.
    const std::size_t most = (uses + policy_.limits.releases) * starts_;
    if (!store_faulted_ && records_.executions[*sent.hash] > most) {
      violated("free_compute: " + short_text(*sent.hash));
    }
    // A redelivery that fails is a release too, and each charge has one that does not.
    const std::size_t most_sent = (2 * uses + policy_.limits.releases) * starts_;
    if (!store_faulted_ && ++records_.sends[*sent.hash] > most_sent) {
      violated("free_redelivery: " + short_text(*sent.hash));
    }
  }
  if (attempt == nullptr || !attempt->pays() || owed) return;
  check_time(sent, *attempt);
  check_binding(sent, *attempt);
  if (others == 0) check_word(sent, *attempt);
}

/// Charged, not seen to arrive, and this is the same request.
bool World::redelivery_stands(const ledger::Charge& charge, const Sent& sent) const {
  if (charge.delivered || charge.redelivered) return false;
  const auto first = records_.sent.find(charge.request_id);
  // Charged ahead and killed before it was sent: nobody knows its arguments.
  if (first != records_.sent.end() && first->second.nonce != sent.nonce) return false;
  if (faults_.clock) return true;
  return clock_.now() - charge.created < ledger::kRedeliveryWindow + kSlack;
}

// ---- what callers saw
// ----------------------------------------------------------------------------

void World::attempt_done(const Attempt& attempt) {
  if (!attempt.complete || attempt.request_id.empty()) return;
  records_.seen.insert(attempt.request_id);
  check_payment_receipt(attempt);
  if (!attempt.result) check_refusal(attempt);
}

void World::bad_answer(const Attempt& attempt, std::string_view bytes) {
  violated(fmt::format("answer_is_not_http: attempt {}: {}", attempt.number, bytes.substr(0, 400)));
}

void World::result_seen(const Attempt& attempt) {
  // Invariant 10: a result implies a durable charge.
  records_.seen.insert(attempt.request_id);
  const std::string echo = cut_out(attempt.body, "echo ", ';').value_or("nothing");
  if (echo != attempt.nonce) {
    return violated(fmt::format("foreign_answer: asked {} got {}", attempt.nonce, echo));
  }
  if (attempt.tool == "free") return;
  if (!attempt.may_pass()) return violated("answer_without_payment");
  if (!attempt.pays()) {
    ++report_.worked_answers;
    if (!records_.sent.contains(attempt.request_id)) violated("answer_without_call");
    return;
  }
  ++report_.paid_answers;
  ++report_.answers_by[static_cast<std::size_t>(attempt.rail)];
  bool own = false;
  bool again = false;
  bool any = false;
  for (const ledger::Charge& charge : charges_of(*attempt.hash)) {
    any = true;
    own = own || charge.request_id == attempt.request_id;
    if (charge.request_id == attempt.request_id) check_charge(attempt, charge);
    const auto first = records_.sent.find(charge.request_id);
    const bool same = first == records_.sent.end() || first->second.nonce == attempt.nonce;
    again = again || (charge.redelivered && same);
  }
  if (uses_of(attempt.tool) == 0) {
    if (!any) violated("answer_without_charge: pass");
    return;
  }
  if (own) return;
  if (!again) return violated("answer_without_charge: " + short_text(*attempt.hash));
  ++report_.redeliveries;
}

// ---- when all is quiet
// ---------------------------------------------------------------------------

void World::finale() {
  trace_.say("finale");
  finale_ = true;
  kills_left_ = 0;
  network_.faults = upstream_.faults = Faults{};
  wallet_.set_fault(lightning::SimulatedFault::none);
  doubtful_.repent();
  for (const auto& caller : callers_) {
    caller->rest();
    caller->faults = Faults{};
    caller->leave_all();
  }
  if (gate_ && (gate_->holds().poisoned() || disk_.health() != ledger::Health::good)) {
    kill_gate(false);
  }
  run_for(seconds(140));  // the slowest write and its consequences
  if (gate_ && disk_.health() == ledger::Health::poisoned) {
    kill_gate(false);
    run_for(seconds(1));
  }
  if (!report_.violation.empty()) return;
  if (gate_->holds().holds_open() != 0) violated("holds_open at quiescence");
  if (gate_->lapsed() != 0) violated("holds_lapsed");
  claim_all();
  if (!report_.violation.empty()) return;
  for (const auto& caller : callers_) caller->leave_all();
  run_for(seconds(30));
  gate_->drain();
  run_for(seconds(2));
  if (!report_.violation.empty()) return;
  if (gate_->calls_and_connections() != 0) violated("tasks_left");
  if (gate_->holds().holds_open() != 0) violated("holds_open at the end");
  if (network_.gate_streams() != 0) violated("streams_left");
  check_books();
}

/// Each payment once more, by the caller who made it: what is owed is given, what is spent is not.
void World::claim_all() {
  for (const auto& caller : callers_) {
    for (std::size_t i = 0; i < caller->purse().size(); ++i) {
      claim(*caller, i);
      if (!report_.violation.empty()) return;
      // Its delivery becomes known before the next claim.
      caller->leave_all();
      run_for(seconds(3));
      if (!report_.violation.empty()) return;
    }
  }
}

void World::claim(Caller& caller, std::size_t number) {
  const auto rail = rail_to_claim(caller, caller.purse()[number]);
  if (!rail) return;
  if (caller.purse()[number].tool == "both") {
    Attempt& asking = caller.ask_for_work(number);
    run_until([&asking] { return asking.done; }, seconds(60));
    if (!report_.violation.empty()) return;
    // Work of an earlier start is none, and no fresh one is to be had while no invoice is.
    const auto& work = caller.purse()[number].work;
    const bool fresh = work && !work->shown &&
                       records_.work.at(work->challenge).start == start_of(asking.request_id);
    if (!fresh) return;
  }
  const Credential credential = caller.purse()[number];
  const bool due = owed(credential, *rail);
  Attempt& attempt = caller.claim(number, *rail);
  run_until([&attempt] { return attempt.done; }, seconds(60));
  if (report_.violation.empty()) judge_claim(credential, attempt, due);
}

bool World::owed(const Credential& credential, Rail rail) {
  if (!credential.paid) return false;
  const auto charges = charges_of(credential.hash);
  const Time now = gate_->lives().now(clock_.now());
  const bool usable_now = usable(credential, rail, now + seconds(2));
  const bool in_time = !credential.work || credential.work->ends > now + seconds(2);
  const std::uint32_t uses = uses_of(credential.tool);
  if (credential.tool == "both" && !in_time) return false;
  if (uses == 0 || charges.size() < uses) return usable_now;
  if (store_faulted_) return false;  // a lost note of delivery makes both right
  if (!proves(credential, rail)) return false;
  // Whoever made the upstream work so often has had the releases of the credential (RS-21).
  if (records_.sends[credential.hash] > policy_.limits.releases) return false;
  bool lost = false;
  for (const ledger::Charge& charge : charges) {
    const auto first = records_.sent.find(charge.request_id);
    const bool same = first != records_.sent.end() && first->second.nonce == credential.nonce;
    const bool young = charge.created + ledger::kRedeliveryWindow > now + seconds(2);
    lost = lost || (same && young && !charge.delivered && !charge.redelivered &&
                    charge.caller == crypto::sha256(bytes_of(credential.address)) &&
                    charge.outcome == ledger::Outcome::ok);
  }
  return lost;
}

void World::judge_claim(const Credential& credential, const Attempt& attempt, bool owed) {
  if (!attempt.complete) return violated("claim_not_answered");
  if (owed && !attempt.result) {
    violated(fmt::format("paid_but_unserved: {} {} by rail {} got {}", credential.tool,
                         short_text(credential.hash), int(attempt.rail), attempt.status));
  }
}

}  // namespace tollhouse::sim
