// gate: one call on its way through the house: what it asks, what it shows, what it holds. Lives in
// its connection's coroutine frame and dies only after settle, also when its caller has gone.
// Views point into the connection's buffer, which neither moves nor grows while the call lives.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gate/answer.h"
#include "gate/metrics.h"
#include "gate/reasons.h"
#include "gate/rules.h"
#include "http/head.h"
#include "ledger/hold_table.h"
#include "ledger/rules.h"
#include "mcp/ingress.h"
#include "pow/challenge.h"

namespace tollhouse::gate {

/// What the caller paid with, once it is judged.
struct Payment {
  PaymentHash payment_hash;
  Msat price;                           ///< what was paid, from the token
  ledger::Uses sold;                    ///< as paid for: what one use costs
  ledger::Uses uses;                    ///< as shown: a holder may have narrowed the count
  Time expires;                         ///< as sold: so long the books remember the payment
  std::string_view rail_name = "l402";  ///< as the upstream is told, static text
  std::optional<x402::Profile> x402 = std::nullopt;
  bool asks_receiver = false;     ///< what was shown does not prove that it was paid
  std::string settlement = {};    ///< x402 SettlementResponse, JSON; empty: none
  std::string invoice = {};       ///< BOLT 11, as an x402 payment names it; empty: another rail
  std::string challenge_id = {};  ///< of the Payment challenge that it answers; empty: another rail
};

/// A credential without a price was worked for (pow.md 3, grant forms).
constexpr bool is_worked_for(const Payment& payment) { return payment.price == Msat(); }
constexpr Rail rail_of(const Payment& payment) {
  if (payment.x402) return Rail::x402;
  if (!payment.challenge_id.empty()) return Rail::mpp;
  return is_worked_for(payment) ? Rail::pow : Rail::l402;
}

/// How the call stands with the books.
struct Standing {
  std::optional<ledger::Hold> hold;              ///< to be settled
  std::optional<ledger::Redelivery> redelivery;  ///< paid earlier, answered once more
  bool charged_ahead = false;                    ///< written before the upstream was asked
  bool issued_elsewhere = false;                 ///< another gate's token, which it has to prove
  ledger::HoldRequest request;                   ///< as it was taken
};

/// What was bought, as books and receipts say it.
struct Purchase {
  std::string tool;     ///< as it was called
  std::string tool_id;  ///< UUID of its row
  std::string title;
  std::string method;
  ChargeOn charge_on = ChargeOn::success;
};

/// A call that takes more than one request, from its second on.
struct Continuation {
  std::string key;  ///< in the house's parked calls; empty: none is taken
  /// Where it waits, while its stream runs, for the same result on a resumed one (legacy).
  std::string stream_key;
  Tick task_until{};
  bool follows_task = false;                  ///< asks how the call goes on, and is not the call
  std::uint8_t round = 0;                     ///< of input_required; 0: the first
  std::optional<std::string> upstream_state;  ///< what the upstream gets as requestState
  bool foreign_state = false;                 ///< shows a requestState that this gate did not seal
  bool concluded = false;                     ///< what it holds has its end in the books
  std::optional<Purchase> purchase;           ///< what an earlier request bought
};

/// What is known at the call's end, for the log line, the metrics and settle.
struct CallRecord {
  Outcome outcome = Outcome::refused;
  Rail rail = Rail::free;
  int status = 0;
  std::string_view room;    ///< of the reason, static text
  std::string_view reason;  ///< token, static text
  Duration upstream_time{};
  std::optional<ledger::ChargeId> charge;
  Msat charged;
};

/// What a call by work has counted for, until it is known that it goes on.
struct WorkShare {
  bool granted = false;          ///< it has one of the grants
  std::optional<Tick> accepted;  ///< when the controller has seen its solution
};

struct Call {
  const http::RequestHead& head;
  std::string_view body;
  std::string_view request_id;
  std::string_view client;  ///< address class
  const Digest& caller;     ///< digest of the client class
  Tick started;
  const Rules& rules;  ///< those the call began with
  const Route* route = nullptr;
  AnswerForm form = AnswerForm::mcp;
  /// Of the JSON-RPC message; absent for GET and DELETE of the legacy era.
  std::optional<mcp::Message> message;
  std::string_view tool;  ///< name or pseudo-name that was priced
  std::size_t tool_metric = 0;
  const ToolRow* row = nullptr;  ///< null where nothing is asked
  Terms terms;
  std::optional<Digest> request_digest;       ///< mcp::request_digest, once it is needed
  std::optional<std::string_view> composite;  ///< payment part of the composite header
  std::optional<Payment> payment;
  Standing standing;
  Continuation continuation;
  CallRecord record;
  std::string receipt;  ///< envelope of this call's charge, JSON
  bool caller_gone = false;

  /// What is shown again while it is being paid (R-X402-13).
  std::shared_ptr<const Challenge> same_challenge;
  std::optional<pow::Challenge> work;  ///< that was shown and is good
  std::optional<WorkShare> work_share;
  bool work_is_missing = false;  ///< beside a payment that is shown, good or not
  std::string x402_network;      ///< that a shown x402 payment names; empty: none was shown
  bool x402_in_meta = false;     ///< and it stood in `_meta`

  bool modern() const { return message && message->era == mcp::Era::modern; }
  std::string_view json_rpc_id() const { return message ? message->id : std::string_view(); }
};

}  // namespace tollhouse::gate
