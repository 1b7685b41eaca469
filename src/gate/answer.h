// gate: the one writer of answers. Turns a refusal, with or without a challenge, into head and
// body for the surface the caller is on. Bodies: surface.md 5, requirements.md 24,
// mcp-gateway.md 7.
#pragma once
#include <string>
#include <string_view>

#include "gate/challenge.h"
#include "gate/reasons.h"
#include "mcp/method.h"
#include "pow/challenge.h"

namespace tollhouse::gate {

/// Where the answer goes: the MCP path wraps bodies in JSON-RPC errors, REST does not.
enum class AnswerForm : std::uint8_t { mcp, rest };

/// What the writer has to know of a request. Views outlive the writing.
struct AnswerContext {
  AnswerForm form = AnswerForm::rest;
  std::string_view request_id;         ///< X-Request-Id
  std::string_view json_rpc_id;        ///< raw JSON of the request's id; empty: null
  std::string_view tool;               ///< for words a model can follow; empty where there is none
  std::string_view allow;              ///< value of `Allow` on a 405
  std::string_view authenticate = {};  ///< WWW-Authenticate of an answer that is no challenge
  std::string_view allowed_origin;     ///< of a browser caller that passed; empty: no CORS fields
  bool keep_alive = true;
  bool lsat_line = false;
  std::string_view price = {};        ///< price_object() of a tool that is asked about; empty: none
  std::uint32_t work_calls = 1;       ///< that one solution is good for, as a credential
  const pow::Issued* work = nullptr;  ///< offered in place of a payment, or beside it
  std::string_view resource = {};     ///< URL of what is for sale, where the caller asked by HTTP
  std::string_view settlement = {};   ///< x402 SettlementResponse, JSON; empty: none
  bool payment_line = false;  ///< nobody reads along: the Payment challenge may be shown (mpp.md 2)
  bool problem_media = false;             ///< `Accept` asks for application/problem+json
  std::string_view payment_receipt = {};  ///< of the Payment scheme, JSON; empty: none
  std::string_view receipt = {};          ///< envelope of the charge that this answer is for
  std::string_view cache_control = {};    ///< of write_text; empty: no-store
  bool head_only = false;                 ///< HEAD: no body is sent
  Surface surface = Surface::http;
  mcp::Era era = mcp::Era::legacy;
  std::optional<Duration> retry_after = std::nullopt;  ///< of write_text
};

/// Response fields that a browser's script may read (l402.md 11).
inline constexpr std::string_view kExposedFields =
    "WWW-Authenticate, PAYMENT-REQUIRED, PAYMENT-RESPONSE, Payment-Receipt, X-Payment-Receipt, "
    "X-Payment-Receipt-V2, X-Request-Id, Mcp-Session-Id, DPoP-Nonce, Retry-After, "
    "X-Tollhouse-Price";

/// Appends the whole answer (head and body) to `out`. `challenge` is written where the refusal
/// says so and one was minted.
void write_refusal(std::string& out, const Refusal& refusal, const Challenge* challenge,
                   const AnswerContext& context);

/// Appends an answer the gate makes itself (health, receipts, simulated wallet): no-store always.
void write_json(std::string& out, int status, std::string_view body, const AnswerContext& context);
void write_text(std::string& out, int status, std::string_view content_type, std::string_view body,
                const AnswerContext& context);

/// The payment-required object (surface.md 5, "body of a 402"); also `data` of JSON-RPC errors.
/// `with_reason` repeats the token as `reason`, as JSON-RPC data has it.
std::string refusal_object(const Refusal& refusal, const Challenge* challenge,
                           const AnswerContext& context, bool with_reason);

}  // namespace tollhouse::gate
