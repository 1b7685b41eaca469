// dialogue: reading replies. Servers are read with the house's strict reader.
#include "dialogue/hearing.h"

#include "base/base64.h"
#include "base/format.h"
#include "http/sse.h"
#include "json/reader.h"
#include "mcp/meta_names.h"
#include "mcp/result.h"
#include "mpp/limits.h"
#include "x402/in_band.h"

namespace tollhouse::dialogue {
namespace {

using json::Value;

constexpr std::int64_t kPaymentRequiredCode = 402;

std::string text_of_member(const Value& object, std::string_view name) {
  const auto member = object.find(name);
  const auto text = member ? member->as_string() : std::nullopt;
  return std::string(text.value_or(""));
}

bool is_object(std::string_view text) {
  json::Document workspace;
  const auto value = json::parse(text, workspace);
  return value && value->is_object();
}

/// The JSON-RPC message that answers `id`, out of the body or of the stream's events.
std::optional<std::string> message_for(const Reply& reply, std::string_view id) {
  json::Document workspace;
  const auto answers = [&](std::string_view message) {
    const auto kind = mcp::classify(message, id, workspace).kind;
    return kind != mcp::OutcomeKind::other_message && kind != mcp::OutcomeKind::unparsable;
  };
  if (reply.media_type() != "text/event-stream") {
    if (answers(reply.body)) return reply.body;
    return std::nullopt;
  }
  http::EventStreamReader reader;
  std::string_view rest = reply.body;
  while (!rest.empty()) {
    const http::StreamStep step = reader.step(rest);
    rest.remove_prefix(step.consumed);
    if (!step.event) continue;
    if (!step.event->too_large && answers(step.event->data)) return std::string(step.event->data);
  }
  return std::nullopt;
}

std::optional<std::string> receipt_of_meta(const Value& result) {
  const auto meta = result.find("_meta");
  const auto receipt = meta ? meta->find(mcp::kMetaReceipt) : std::nullopt;
  if (!receipt || !receipt->is_object()) return std::nullopt;
  return std::string(receipt->raw());
}

/// Tokens of a gate that takes no payment before it has seen work.
bool needs_work(std::string_view code) { return code == "pow_required" || code == "pow_expired"; }

/// The member `pow`, else the first line of the head.
void add_work(const Value& object, PaymentAsked& asked) {
  const auto member = object.find("pow");
  auto puzzle = member ? pow::read_puzzle(member->raw()) : std::nullopt;
  if (puzzle) asked.work = WorkAsked{std::move(*puzzle)};
  if (!asked.work) return;
  asked.work->needed = needs_work(asked.code);
  const auto calls = member ? member->find("callsPerSolve") : std::nullopt;
  const auto count = calls ? calls->as_u64() : std::nullopt;
  if (count && *count <= UINT32_MAX) asked.work->calls = static_cast<std::uint32_t>(*count);
}

/// `data` of the Payment scheme's own binding to JSON-RPC (mpp.md 7).
std::vector<mpp::Challenge> payments_in_band(const Value& data) {
  std::vector<mpp::Challenge> found;
  const auto challenges = data.find("challenges");
  if (!challenges || !challenges->is_array()) return found;
  for (const Value& object : challenges->elements()) {
    auto challenge = mpp::read_challenge(object, mpp::NativeRequest::taken);
    if (challenge && found.size() < mpp::kChallengesMax) found.push_back(std::move(*challenge));
  }
  return found;
}

/// The lines that a body repeats for callers who see no head.
std::vector<mpp::Challenge> payments_of_rails(const Value& object) {
  const auto rails = object.find("rails");
  if (!rails || !rails->is_array()) return {};
  std::vector<std::string_view> lines;
  for (const Value& rail : rails->elements()) {
    const auto line = rail.find("challenge");
    const auto text = line ? line->as_string() : std::nullopt;
    if (text) lines.push_back(*text);
  }
  return mpp::read_challenges(lines);
}

/// From the object that is the body of a 402, `data` of an error or part of a result.
void add_terms(const Value& object, PaymentAsked& asked) {
  const auto price = object.find("priceMsat");
  const auto msat = price ? price->as_u64() : std::nullopt;
  if (msat) asked.stated_price = Msat::of(*msat);
  if (asked.request_id.empty()) asked.request_id = text_of_member(object, "requestId");
  if (asked.x402.empty() && x402::is_required(object)) asked.x402 = object.raw();
  if (asked.payments.empty()) asked.payments = payments_of_rails(object);
  asked.code = text_of_member(object, "code");
  add_work(object, asked);
  if (!asked.challenges.empty()) return;
  std::string macaroon = text_of_member(object, "macaroon");
  std::string invoice = text_of_member(object, "invoice");
  if (macaroon.empty() || invoice.empty()) return;
  asked.challenges.push_back({"L402", std::move(macaroon), std::move(invoice)});
}

PaymentAsked asked_by_head(const Reply& reply) {
  PaymentAsked asked;
  asked.payments = mpp::read_challenges(reply.all("WWW-Authenticate"));
  asked.challenges = l402::read_challenges(reply.all("WWW-Authenticate"));
  asked.request_id = reply.find("X-Request-Id").value_or("");
  const auto required = reply.find("PAYMENT-REQUIRED");
  if (required) asked.x402 = x402::required_of_header(*required).value_or("");
  std::vector<pow::Puzzle> puzzles = pow::read_puzzles(reply.all("WWW-Authenticate"));
  if (!puzzles.empty()) asked.work = WorkAsked{std::move(puzzles.front())};
  return asked;
}

/// The object with the details of a refusal: `error.data` of JSON-RPC, else the body itself.
std::optional<Value> details_of(const Value& body) {
  const auto error = body.find("error");
  if (!error || !error->is_object()) return body;
  return error->find("data");
}

PaymentAsked payment_asked(const Reply& reply) {
  PaymentAsked asked = asked_by_head(reply);
  json::Document workspace;
  const auto body = json::parse(reply.body, workspace);
  if (!body || !body->is_object()) return asked;
  const auto details = details_of(*body);
  if (details) add_terms(*details, asked);
  return asked;
}

void add_supported(const Value& data, Refused& refused) {
  const auto supported = data.find("supported");
  if (!supported) return;
  for (const Value& version : supported->elements()) {
    const auto text = version.as_string();
    if (text) refused.supported.emplace_back(*text);
  }
}

/// `error` is a JSON-RPC error object.
void add_error(const Value& error, Refused& refused) {
  const auto code = error.find("code");
  refused.rpc_code = code ? code->as_i64().value_or(0) : 0;
  refused.message = text_of_member(error, "message");
  const auto data = error.find("data");
  if (!data) return;
  refused.code = text_of_member(*data, "code");
  if (refused.request_id.empty()) refused.request_id = text_of_member(*data, "requestId");
  add_supported(*data, refused);
}

void add_body(std::string_view text, Refused& refused) {
  json::Document workspace;
  const auto body = json::parse(text, workspace);
  if (!body || !body->is_object()) return;
  const auto error = body->find("error");
  if (error && error->is_object()) return add_error(*error, refused);
  refused.code = text_of_member(*body, "code");
  refused.message = text_of_member(*body, "message");
  if (refused.message.empty()) refused.message = text_of_member(*body, "error");
  if (refused.request_id.empty()) refused.request_id = text_of_member(*body, "requestId");
}

Refused refused_by_head(const Reply& reply) {
  Refused refused;
  refused.status = reply.status;
  refused.request_id = reply.find("X-Request-Id").value_or("");
  if (const auto after = reply.find("Retry-After")) refused.retry_after = std::string(*after);
  return refused;
}

Heard heard_error(const Reply& reply, const Value& error) {
  const auto code = error.find("code");
  const auto data = error.find("data");
  auto required = x402::required_in_error(error);
  auto payments = data ? payments_in_band(*data) : std::vector<mpp::Challenge>();
  const bool says_so = code && code->as_i64() == kPaymentRequiredCode;
  if (!says_so && !required && payments.empty()) {
    Refused refused = refused_by_head(reply);
    add_error(error, refused);
    return refused;
  }
  PaymentAsked asked = asked_by_head(reply);
  if (data) add_terms(*data, asked);
  if (required && asked.x402.empty()) asked.x402 = std::move(*required);
  if (asked.payments.empty()) asked.payments = std::move(payments);
  return asked;
}

/// Surface `result`: a tool result that is the wish to be paid.
std::optional<PaymentAsked> asked_in_result(const Reply& reply, const Value& result) {
  const auto meta = result.find("_meta");
  auto object = meta ? meta->find(mcp::kMetaPaymentRequired) : std::nullopt;
  const auto structured = result.find("structuredContent");
  if (!object && structured && text_of_member(*structured, "error") == "payment_required") {
    object = structured;
  }
  auto required = x402::required_in_result(result);
  const auto demand = meta ? meta->find(mcp::kMetaPaymentDemand) : std::nullopt;
  auto payments = demand ? payments_in_band(*demand) : std::vector<mpp::Challenge>();
  const bool ours = object && object->is_object();
  if (!ours && !required && payments.empty()) return std::nullopt;
  PaymentAsked asked = asked_by_head(reply);
  if (ours) add_terms(*object, asked);
  if (required && asked.x402.empty()) asked.x402 = std::move(*required);
  if (asked.payments.empty()) asked.payments = std::move(payments);
  return asked;
}

/// Surface `result`: a no that no payment cures.
std::optional<Refused> refused_in_result(const Reply& reply, const Value& result) {
  const auto meta = result.find("_meta");
  const auto object = meta ? meta->find(mcp::kMetaRefusal) : std::nullopt;
  if (!object || !object->is_object()) return std::nullopt;
  Refused refused = refused_by_head(reply);
  refused.code = text_of_member(*object, "code");
  refused.message = text_of_member(*object, "message");
  if (refused.request_id.empty()) refused.request_id = text_of_member(*object, "requestId");
  return refused;
}

Heard heard_message(const Reply& reply, const std::string& message, std::string_view id) {
  json::Document workspace;
  const mcp::OutcomeKind kind = mcp::classify(message, id, workspace).kind;
  const auto root = json::parse(message, workspace);
  if (kind == mcp::OutcomeKind::rpc_error) return heard_error(reply, *root->find("error"));
  const Value result = *root->find("result");
  const bool tool_error = kind == mcp::OutcomeKind::tool_error;
  if (tool_error) {
    if (auto asked = asked_in_result(reply, result)) return std::move(*asked);
    if (auto refused = refused_in_result(reply, result)) return std::move(*refused);
  }
  Answered answered;
  answered.result = result.raw();
  answered.is_error = tool_error;
  answered.unfinished = kind == mcp::OutcomeKind::input_required || kind == mcp::OutcomeKind::task;
  answered.receipt = receipt_of_head(reply);
  if (!answered.receipt) answered.receipt = receipt_of_meta(result);
  return answered;
}

/// An error of a server that does not know whose request it answers (`id` null or absent).
bool is_error_body(std::string_view text) {
  json::Document workspace;
  const auto body = json::parse(text, workspace);
  if (!body || !body->is_object() || !body->find("error")) return false;
  const auto id = body->find("id");
  return !id || id->is_null();
}

NotUnderstood not_understood(const Reply& reply) {
  const bool stream = reply.media_type() == "text/event-stream";
  return {reply.status, stream ? "the stream ended without the answer"
                               : fmt::format("status {} without a JSON-RPC answer", reply.status)};
}

}  // namespace

std::optional<std::string> receipt_of_head(const Reply& reply) {
  const auto value = reply.find("X-Payment-Receipt");
  const auto bytes = value ? bytes_from_base64url(*value) : std::nullopt;
  if (!bytes || !is_object(text_of(*bytes))) return std::nullopt;
  return std::string(text_of(*bytes));
}

Heard hear(const Reply& reply, std::string_view id) {
  if (reply.status == 402) return payment_asked(reply);
  const bool success = reply.status >= 200 && reply.status < 300;
  const auto message = message_for(reply, id);
  if (message && success) return heard_message(reply, *message, id);
  if (success && !is_error_body(reply.body)) return not_understood(reply);
  Refused refused = refused_by_head(reply);
  add_body(message ? *message : reply.body, refused);
  return refused;
}

}  // namespace tollhouse::dialogue
