// sim: the promises, held after each event and once more when all is quiet: reliability-security.md
// 3.4, and what only a world can know that sees callers, books and the upstream at once.
#include "base/hex.h"
#include "ledger/audit.h"
#include "sim/world.h"

namespace tollhouse::sim {
namespace {

using std::chrono::seconds;

/// The gate decides a little before the world sees it.
constexpr Duration kSlack = seconds(15);

bool charged(const ledger::Charge& charge) { return charge.status == ledger::Status::charged; }

std::string short_text(const PaymentHash& hash) { return hex(hash.view().first(4)); }

bool is_priced(std::string_view tool) { return tool != "free"; }

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
  const bool leaks = head.find("uthorization:") != std::string_view::npos ||
                     bytes.find("tollhouse/") != std::string_view::npos;
  if (leaks) violated("credential_leaked");
  for (const std::string& secret : records_.secrets) {
    if (bytes.find(secret) != std::string_view::npos) violated("preimage_leaked");
  }
  check_sent(request_id, sent, std::stoull(number));
}

void World::check_sent(const std::string& request_id, const Sent& what, std::uint64_t number) {
  Sent& sent = records_.sent[request_id] = what;
  if (!is_priced(sent.tool)) return;
  if (!sent.hash) return violated("unpaid_call_forwarded: " + sent.tool);
  const auto bought = records_.bought.find(*sent.hash);
  if (bought == records_.bought.end()) return violated("unknown_payment_forwarded");
  if (bought->second.first != sent.tool) return violated("wrong_tool_forwarded: " + sent.tool);

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
  if (number == 0 || number > records_.attempts.size() || owed) return;
  const Attempt& attempt = *records_.attempts[number - 1];
  const bool late = attempt.wall_sent >= bought->second.second;
  if (late && attempt.back_steps == clock_.back_steps()) {
    violated("expired_credential_forwarded: " + short_text(*sent.hash));
  }
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
  if (attempt.complete && !attempt.request_id.empty()) records_.seen.insert(attempt.request_id);
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
  if (!is_priced(attempt.tool)) return;
  if (attempt.show != Attempt::Show::whole) return violated("answer_without_payment");
  ++report_.paid_answers;
  bool own = false;
  bool again = false;
  bool any = false;
  for (const ledger::Charge& charge : charges_of(*attempt.hash)) {
    any = true;
    own = own || charge.request_id == attempt.request_id;
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
      const Credential credential = caller->purse()[i];
      const bool due = owed(credential);
      Attempt& attempt = caller->claim(i);
      run_until([&attempt] { return attempt.done; }, seconds(60));
      if (!report_.violation.empty()) return;
      judge_claim(credential, attempt, due);
      // Its delivery becomes known before the next claim.
      caller->leave_all();
      run_for(seconds(3));
      if (!report_.violation.empty()) return;
    }
  }
}

bool World::owed(const Credential& credential) {
  const auto charges = charges_of(credential.hash);
  const Time now = gate_->lives().now(clock_.now());
  const bool expired = now + seconds(2) >= credential.valid_until;
  const std::uint32_t uses = uses_of(credential.tool);
  if (uses == 0 || charges.size() < uses) return !expired;
  if (store_faulted_) return false;  // a lost note of delivery makes both right
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
    violated(fmt::format("paid_but_unserved: {} {} got {}", credential.tool,
                         short_text(credential.hash), attempt.status));
  }
}

}  // namespace tollhouse::sim
