// gate: refusals and challenges as bytes.
#include "gate/answer.h"

#include <functional>
#include <span>

#include "base/base64.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "gate/mpp_admission.h"
#include "http/writer.h"
#include "json/writer.h"
#include "l402/challenge.h"
#include "mcp/answer.h"
#include "mcp/meta_names.h"
#include "mpp/receipt.h"
#include "pow/offer.h"

namespace tollhouse::gate {
namespace {

/// A proxy with default buffers in front turns a longer head into 502 (surface.md 5).
constexpr std::size_t kChallengeHeadMax = 3900;
constexpr std::string_view kProblemMedia = "application/problem+json";

std::uint64_t whole_seconds(Duration wait) {
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(wait).count());
}

void append_context_fields(std::string& out, const AnswerContext& context) {
  http::append_field(out, "X-Request-Id", context.request_id);
  if (!context.allowed_origin.empty()) {
    http::append_field(out, "Access-Control-Allow-Origin", context.allowed_origin);
    http::append_field(out, "Access-Control-Expose-Headers", kExposedFields);
    http::append_field(out, "Vary", "Origin");
  }
  if (!context.receipt.empty()) {
    http::append_field(out, "X-Payment-Receipt", base64url(bytes_of(context.receipt)));
  }
  if (!context.settlement.empty()) {
    http::append_field(out, "PAYMENT-RESPONSE", x402::header_value(context.settlement));
  }
  if (!context.payment_receipt.empty()) {
    http::append_field(out, "Payment-Receipt", base64url(bytes_of(context.payment_receipt)));
  }
  if (!context.price.empty()) http::append_field(out, "X-Tollhouse-Price", context.price);
  if (!context.allow.empty()) http::append_field(out, "Allow", context.allow);
  if (context.retry_after) {
    http::append_field(out, "Retry-After", whole_seconds(*context.retry_after));
  }
  if (!context.authenticate.empty()) {
    http::append_field(out, "WWW-Authenticate", context.authenticate);
  }
  if (!context.keep_alive) http::append_field(out, "Connection", "close");
}

/// The Payment challenge, where there is one and it may be shown to this caller.
const mpp::Challenge* shown_payment(const Challenge* challenge, const AnswerContext& context) {
  const bool shown = challenge != nullptr && challenge->payment && context.payment_line;
  return shown ? &*challenge->payment : nullptr;
}

/// What of a challenge stands in a head. The body has all of it.
struct HeadParts {
  l402::TokenCopy token_copy = l402::TokenCopy::sent;
  bool every_x402_offer = true;  ///< else only what has a line of its own
};

/// The order in which parts leave a head that is too large (surface.md 5).
constexpr HeadParts kHeadParts[] = {
    {},
    {l402::TokenCopy::left_out, true},
    {l402::TokenCopy::left_out, false},
};

/// P1 is the seed's, and stands in a line of `WWW-Authenticate` too.
bool has_line(const x402::Offer& offer) { return offer.profile == x402::Profile::bip122; }

x402::Resource resource_of(const AnswerContext& context) {
  const bool by_http = context.surface == Surface::http && !context.resource.empty();
  return {by_http ? std::string(context.resource) : x402::tool_url(context.tool), {}, {}};
}

std::string payment_required(std::span<const x402::Offer> offers, std::string_view error,
                             const AnswerContext& context) {
  x402::PaymentRequired required;
  required.error = error;
  required.resource = resource_of(context);
  required.accepts = offers;
  return x402::payment_required(required);
}

void append_payment_required(std::string& out, const Refusal& refusal, const Challenge& challenge,
                             const AnswerContext& context, const HeadParts& parts) {
  std::vector<x402::Offer> offers = challenge.x402;
  if (!parts.every_x402_offer) std::erase_if(offers, std::not_fn(has_line));
  if (offers.empty()) return;
  const std::string object = payment_required(offers, refusal.token, context);
  http::append_field(out, "PAYMENT-REQUIRED", x402::header_value(object));
}

/// One line for each way to pay, in the order of surface.md 5.
void append_challenge_fields(std::string& out, const Refusal& refusal, const Challenge& challenge,
                             const AnswerContext& context, const HeadParts& parts) {
  const bool by_l402 = !challenge.macaroon.empty();
  if (by_l402 && context.lsat_line) {
    http::append_field(out, "WWW-Authenticate",
                       l402::lsat_challenge_value(challenge.macaroon, challenge.invoice));
  }
  if (by_l402) {
    http::append_field(
        out, "WWW-Authenticate",
        l402::challenge_value(challenge.macaroon, challenge.invoice, parts.token_copy));
  }
  for (const x402::Offer& offer : challenge.x402) {
    if (has_line(offer)) http::append_field(out, "WWW-Authenticate", x402::challenge_value(offer));
  }
  if (const mpp::Challenge* payment = shown_payment(&challenge, context)) {
    http::append_field(out, "WWW-Authenticate", mpp::challenge_value(*payment));
  }
  append_payment_required(out, refusal, challenge, context, parts);
}

/// What the body says in the words of the Payment scheme: of what was shown by it, and of a demand
/// that it can meet.
std::optional<mpp::Problem> problem_of(const Refusal& refusal, const Challenge* challenge,
                                       const AnswerContext& context) {
  if (refusal.problem) return refusal.problem;
  const bool asked = refusal.token == "payment_required";
  if (!asked || shown_payment(challenge, context) == nullptr) return std::nullopt;
  return mpp::payment_required();
}

std::string refusal_head(const Refusal& refusal, const Challenge* challenge,
                         const AnswerContext& context, std::size_t body_bytes,
                         const HeadParts& parts) {
  std::string head;
  http::append_status_line(head, refusal.status);
  const bool in_head = context.surface == Surface::http;
  if (in_head && challenge != nullptr) {
    append_challenge_fields(head, refusal, *challenge, context, parts);
  }
  if (in_head && context.work != nullptr) {
    http::append_field(head, "WWW-Authenticate", pow::challenge_value(*context.work));
  }
  const bool problem = context.form == AnswerForm::rest && context.problem_media &&
                       problem_of(refusal, challenge, context).has_value();
  http::append_field(head, "Content-Type", problem ? kProblemMedia : "application/json");
  http::append_content_length(head, body_bytes);
  http::append_field(head, "Cache-Control", "no-store");
  if (refusal.retry_after && refusal.status != 200) {
    http::append_field(head, "Retry-After", whole_seconds(*refusal.retry_after));
  }
  const bool replayed = refusal.token == "replay" && context.surface == Surface::http;
  if (replayed) http::append_field(head, "L402-Error", refusal.token);
  append_context_fields(head, context);
  http::end_head(head);
  return head;
}

/// As much of the challenge as a proxy's default buffers take.
std::string fitting_head(const Refusal& refusal, const Challenge* challenge,
                         const AnswerContext& context, std::size_t body_bytes) {
  std::string head;
  for (const HeadParts& parts : kHeadParts) {
    head = refusal_head(refusal, challenge, context, body_bytes, parts);
    if (head.size() <= kChallengeHeadMax) break;
  }
  return head;
}

/// Words a model can follow to repeat the call with proof of payment.
void write_retry(json::Writer& writer, const Challenge& challenge, const AnswerContext& context) {
  writer.name("retry").begin_object();
  if (challenge.macaroon.empty() && challenge.x402.empty()) {
    writer.member("in",
                  "Pay the invoice of a Payment challenge, then repeat the same call with the "
                  "challenge and the preimage that the payment gave.");
    writer.member("header",
                  "Authorization: Payment <base64url of {\"challenge\":<as sent>,"
                  "\"payload\":{\"preimage\":<hex>}}>");
    if (context.form == AnswerForm::mcp) {
      writer.member("meta", "params._meta[\"org.paymentauth/credential\"] = <the same object>");
    }
    writer.end_object();
    return;
  }
  if (challenge.macaroon.empty()) {
    writer.member("in", "Pay an offer of accepts, then repeat the same call with the payment.");
    writer.member("header", "PAYMENT-SIGNATURE: <base64 of the payment>");
    if (context.form == AnswerForm::mcp) {
      writer.member("meta", "params._meta[\"x402/payment\"] = <the payment>");
    }
    writer.end_object();
    return;
  }
  writer.member("in",
                "Pay the invoice, then repeat the same call with the macaroon and the "
                "preimage that the payment gave.");
  writer.member("header", "Authorization: L402 <macaroon>:<preimage>");
  if (context.form == AnswerForm::mcp) {
    writer.member("meta", "params._meta[\"tollhouse/l402\"] = \"<macaroon>:<preimage>\"");
  }
  writer.end_object();
}

/// The ways to pay by name, each with its line of `WWW-Authenticate` (R-X402-2).
void write_rails(json::Writer& writer, const Challenge& challenge, const AnswerContext& context) {
  writer.name("rails").begin_array();
  if (!challenge.macaroon.empty()) {
    writer.begin_object().member("name", "l402");
    writer.member("challenge", l402::challenge_value(challenge.macaroon, challenge.invoice,
                                                     l402::TokenCopy::left_out));
    writer.end_object();
  }
  for (const x402::Offer& offer : challenge.x402) {
    writer.begin_object().member("name", x402::rail_name(offer.profile));
    if (has_line(offer)) writer.member("challenge", x402::challenge_value(offer));
    writer.end_object();
  }
  if (const mpp::Challenge* payment = shown_payment(&challenge, context)) {
    writer.begin_object().member("name", kMppRailName);
    writer.member("challenge", mpp::challenge_value(*payment)).end_object();
  }
  writer.end_array();
}

/// The members of an x402 PaymentRequired beside `error`.
void write_x402(json::Writer& writer, const Challenge& challenge, const AnswerContext& context) {
  if (challenge.x402.empty()) return;
  writer.member("x402Version", std::uint64_t{x402::kVersion});
  writer.raw_member("resource", x402::resource_object(resource_of(context)));
  writer.raw_member("accepts", x402::accepts(challenge.x402));
}

/// One payment for many calls: callers that will call again need not pay again (R-LN-7).
void write_bundle(json::Writer& writer, const Challenge& challenge) {
  if (challenge.uses == 1) return;
  writer.name("bundle").begin_object().name("uses");
  if (challenge.uses == 0) {
    writer.string("unlimited");
  } else {
    writer.u64(challenge.uses);
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(challenge.valid_for);
  writer.member("validForSeconds", std::int64_t{seconds.count()}).end_object();
}

void write_challenge(json::Writer& writer, const Challenge& challenge,
                     const AnswerContext& context) {
  write_x402(writer, challenge, context);
  write_rails(writer, challenge, context);
  writer.member("invoice", challenge.invoice);
  if (!challenge.macaroon.empty()) writer.member("macaroon", challenge.macaroon);
  writer.member("paymentHash", hex(challenge.payment_hash.view()));
  writer.member("priceMsat", challenge.price.count());
  writer.member("priceSats", challenge.price.sat_rounded_up());
  writer.member("expiresAt", rfc3339(challenge.expires));
  write_bundle(writer, challenge);
  write_retry(writer, challenge, context);
}

std::string_view words_of(const Refusal& refusal) {
  return refusal.detail.empty() ? refusal.sentence : std::string_view(refusal.detail);
}

/// The members of a problem (RFC 9457) among those of the body; `code` is its name already.
void write_problem(json::Writer& writer, const Refusal& refusal, const Challenge* challenge,
                   const AnswerContext& context) {
  const auto problem = problem_of(refusal, challenge, context);
  if (!problem) return;
  writer.member("type", problem->type()).member("title", problem->title);
  writer.member("status", problem->status).member("detail", words_of(refusal));
  if (const mpp::Challenge* payment = shown_payment(challenge, context)) {
    writer.member("challengeId", payment->id);
  }
  if (!problem->alias.empty()) writer.member("alias", problem->alias_type());
}

/// `data` of the Payment scheme's own binding to JSON-RPC (mpp.md 7).
std::string payment_demand(const Refusal& refusal, const mpp::Challenge& payment) {
  const mpp::Problem problem = refusal.problem.value_or(mpp::payment_required());
  const std::string said = mpp::problem_json(problem, words_of(refusal), payment.id);
  std::optional<mpp::Failure> failure;
  if (refusal.problem) failure = mpp::Failure{refusal.token, words_of(refusal)};
  return mpp::payment_required_data({&payment, 1}, 402, said, failure);
}

/// Surface `result`. The object stands in the text, for models, and in `_meta`, for wallets; as
/// structuredContent it would break an SDK that knows another outputSchema of the tool and checks
/// it, as legacy ones do (mcp-gateway.md 7.1).
std::string tool_result(const Refusal& refusal, std::string_view object, const Challenge* challenge,
                        const AnswerContext& context) {
  std::string meta;
  json::Writer writer(meta);
  writer.begin_object();
  const bool offered = challenge != nullptr || context.work != nullptr;
  writer.raw_member(offered ? mcp::kMetaPaymentRequired : mcp::kMetaRefusal, object);
  if (challenge != nullptr && !challenge->x402.empty()) {
    writer.raw_member(mcp::kMetaX402Error,
                      payment_required(challenge->x402, refusal.token, context));
  }
  if (const mpp::Challenge* payment = shown_payment(challenge, context)) {
    writer.raw_member(mcp::kMetaPaymentDemand, payment_demand(refusal, *payment));
  }
  writer.end_object();
  mcp::ToolRefusal told;
  told.object = object;
  told.meta = meta;
  told.structured = context.era == mcp::Era::modern;
  told.era = context.era;
  return mcp::tool_refusal_body(context.json_rpc_id, told);
}

std::string refusal_body(const Refusal& refusal, const Challenge* challenge,
                         const AnswerContext& context) {
  if (context.form == AnswerForm::rest) return refusal_object(refusal, challenge, context, false);
  const std::string data = refusal_object(refusal, challenge, context, true);
  if (context.surface == Surface::result) return tool_result(refusal, data, challenge, context);
  return mcp::error_body(context.json_rpc_id, refusal.json_rpc_code, words_of(refusal), data);
}

}  // namespace

std::string refusal_object(const Refusal& refusal, const Challenge* challenge,
                           const AnswerContext& context, bool with_reason) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  writer.member("error", refusal.error);
  writer.member("code", refusal.token);
  if (with_reason) writer.member("reason", refusal.token);
  writer.member("message", words_of(refusal));
  if (!refusal.finer.empty()) writer.member("detail", refusal.finer);
  writer.member("cure", to_text(refusal.cure));
  if (!context.tool.empty()) writer.member("tool", context.tool);
  write_problem(writer, refusal, challenge, context);
  if (challenge != nullptr) write_challenge(writer, *challenge, context);
  if (context.work != nullptr) {
    writer.raw_member("pow", pow::offer_member(*context.work, context.work_calls));
  }
  if (refusal.retry_after) {
    writer.member("retryAfterSeconds", whole_seconds(*refusal.retry_after));
  }
  writer.member("requestId", context.request_id);
  writer.end_object();
  return body;
}

void write_refusal(std::string& out, const Refusal& given, const Challenge* challenge,
                   const AnswerContext& context) {
  AnswerContext fate = context;
  if (!given.in_band || context.form == AnswerForm::rest) fate.surface = Surface::http;
  const Refusal refusal = fate.surface == Surface::http ? given : said_in_band(given);
  fate.keep_alive = context.keep_alive && !refusal.close;
  const std::string body = refusal_body(refusal, challenge, fate);
  out += fitting_head(refusal, challenge, fate, body.size());
  if (!context.head_only) out += body;
}

void write_json(std::string& out, int status, std::string_view body, const AnswerContext& context) {
  write_text(out, status, "application/json", body, context);
}

void write_text(std::string& out, int status, std::string_view content_type, std::string_view body,
                const AnswerContext& context) {
  http::append_status_line(out, status);
  http::append_field(out, "Content-Type", content_type);
  http::append_content_length(out, body.size());
  std::string_view caching = context.receipt.empty() ? "no-store" : "private, no-store";
  if (!context.cache_control.empty()) caching = context.cache_control;
  http::append_field(out, "Cache-Control", caching);
  append_context_fields(out, context);
  http::end_head(out);
  if (!context.head_only) out += body;
}

}  // namespace tollhouse::gate
