// gate: which fields cross the gate and what it adds. Heads are written anew, never copied; the
// gate's credentials and every forwarding field of the caller stay behind (R-SEC-7, R-CORE-6,
// mcp-gateway.md 4.7, 4.9).
#pragma once
#include <string>
#include <string_view>

#include "gate/call.h"
#include "gate/rest_session.h"
#include "http/response.h"

namespace tollhouse::gate {

/// The head of the request to the upstream. `method` as the caller's; the body has `body_bytes`.
/// `session`: of REST calls, which bring none themselves.
void write_upstream_head(std::string& out, const Call& call, const RestSession& session,
                         std::size_t body_bytes);
/// Session id and version as fields, where there are any.
void write_rest_session(std::string& out, const RestSession& session);

/// What the answer to the caller says beside the upstream's own fields.
struct AnswerFields {
  std::string_view request_id;
  std::string_view allowed_origin;
  std::string_view receipt;          ///< envelope, JSON; empty: no header
  std::string_view settlement;       ///< x402 SettlementResponse, JSON; empty: no header
  std::string_view payment_receipt;  ///< of the Payment scheme, JSON; empty: no header
  bool opened_by_credential = false;
  bool event_stream = false;
  bool keep_alive = true;
};

/// The head of the answer to the caller out of the upstream's, without Content-Length or
/// Transfer-Encoding and without the empty line: the relay decides the framing.
void write_answer_head(std::string& out, const http::ResponseHead& upstream,
                       const AnswerFields& fields);

bool is_event_stream(const http::ResponseHead& head);

}  // namespace tollhouse::gate
