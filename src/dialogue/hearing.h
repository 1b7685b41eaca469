// dialogue: what a reply means to a caller that waits for the answer to one request: an answer, a
// wish to be paid, a no, or nothing that can be understood. Reads JSON bodies and event streams,
// and every surface of a 402 (mcp-gateway.md 7.2).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/money.h"
#include "dialogue/reply.h"
#include "l402/challenge.h"
#include "mpp/challenge.h"
#include "pow/puzzle.h"

namespace tollhouse::dialogue {

/// A JSON-RPC result. Texts are JSON.
struct Answered {
  std::string result;
  bool is_error = false;               ///< a tool result with `isError`
  bool unfinished = false;             ///< `input_required` or a task: more is asked of the caller
  std::optional<std::string> receipt;  ///< the envelope, from the head or `_meta`
};

/// Work that opens the call, or that it wants beside its price.
struct WorkAsked {
  pow::Puzzle puzzle;
  bool needed = false;      ///< no payment opens the call without it
  std::uint32_t calls = 1;  ///< that the credential of `/mcp/pow/verify` is good for
};

/// The gate wants to be paid first, or worked for.
struct PaymentAsked {
  std::vector<l402::Challenge> challenges;  ///< in order; those of the head, else that of the body
  std::optional<Msat> stated_price;         ///< `priceMsat` of the body
  std::string request_id;
  /// PaymentRequired of x402, version 2, as JSON: of the head, else of the body; empty where there
  /// is none.
  std::string x402;
  /// Of the Payment scheme: those of the head, else of the body.
  std::vector<mpp::Challenge> payments = {};
  std::optional<WorkAsked> work = std::nullopt;
  std::string code{};  ///< stable token of the body; empty where it has none

  /// Whether there is anything that money buys.
  bool payable() const { return !challenges.empty() || !x402.empty() || !payments.empty(); }
};

/// A no that paying does not cure, from the gate or from the server behind it.
struct Refused {
  int status = 0;
  std::int64_t rpc_code = 0;           ///< 0 where the body has none
  std::string code;                    ///< stable token; empty where the body has none
  std::string message;                 ///< of the peer, unescaped: not for a terminal as it is
  std::vector<std::string> supported;  ///< protocol versions that an error names
  std::optional<std::string> retry_after;
  std::string request_id;
};

/// Neither JSON-RPC nor a refusal: what it was, in our words.
struct NotUnderstood {
  int status = 0;
  std::string what;
};

using Heard = std::variant<Answered, PaymentAsked, Refused, NotUnderstood>;

/// `id`: JSON text of the request's id. A 402 is PaymentAsked whatever its body says; payment asked
/// for in band (JSON-RPC code 402, or a tool result with `tollhouse/payment-required`, or a demand
/// of x402 or of the Payment scheme in either) as well.
Heard hear(const Reply& reply, std::string_view id);

/// The receipt envelope of `X-Payment-Receipt`, as JSON; nothing where there is none, or no JSON
/// object in it. Not verified.
std::optional<std::string> receipt_of_head(const Reply& reply);

}  // namespace tollhouse::dialogue
