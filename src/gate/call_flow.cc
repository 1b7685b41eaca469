// gate: a request up to its upstream: route, read, price, admit.
#include "gate/call_flow.h"

#include "base/hex.h"
#include "base/utf8.h"
#include "gate/admission.h"
#include "gate/continuation.h"
#include "gate/forwarding.h"
#include "gate/minting.h"
#include "gate/other_gate.h"
#include "gate/paid_check.h"
#include "gate/sale.h"
#include "gate/surface.h"
#include "gate/work_admission.h"
#include "http/characters.h"
#include "http/writer.h"
#include "json/writer.h"
#include "mcp/ingress.h"
#include "mcp/pricing.h"
#include "mcp/splice.h"

namespace tollhouse::gate {
namespace {

constexpr std::string_view kRestPrefix = "/tools/";
constexpr std::string_view kMcpMethods = "POST, GET, DELETE, OPTIONS";
constexpr std::string_view kModernMethods = "POST, OPTIONS";
constexpr std::string_view kRestMethods = "POST, HEAD, OPTIONS";
constexpr std::string_view kAllowedFields =
    "Content-Type, Accept, Authorization, DPoP, X-L402, Macaroon, Grpc-Metadata-Macaroon, "
    "Accept-Authenticate, Accept-Payment, X-PAYMENT, PAYMENT-SIGNATURE, X-PoW-Solution, "
    "X-Caller-Pubkey, X-Caller-Proof, X-MCP-Auth-Composite, MCP-Protocol-Version, Mcp-Method, "
    "Mcp-Name, Mcp-Session-Id, Last-Event-ID, Idempotency-Key";

mcp::IngressSettings ingress_settings(const Policy& policy, const Route& route) {
  mcp::IngressSettings settings;
  settings.body_bytes_max = policy.limits.body_bytes_max;
  settings.strict_names = route.strict_names;
  return settings;
}

bool is_modern(const http::FieldList& fields) {
  return fields.value(http::KnownField::mcp_protocol_version) >= mcp::kFirstModernVersion;
}

bool asks_for_task(const mcp::Message& message) {
  switch (message.method) {
    case mcp::Method::tasks_get:
    case mcp::Method::tasks_update:
    case mcp::Method::tasks_cancel:
    case mcp::Method::tasks_result:
      return message.kind == mcp::MessageKind::request;
    default:
      return false;
  }
}

/// Only who names the type gets it; `*/*` is no wish for it.
bool asks_for_problem(const http::FieldList& fields) {
  bool asked = false;
  fields.for_each(http::KnownField::accept, [&asked](std::string_view line) {
    asked = asked || line.find("application/problem+json") != std::string_view::npos;
  });
  return asked;
}

/// The fields a preflight may use: ours, and each `Mcp-Param-*` it asks for, whose names the server
/// chose (l402.md 11).
std::string allowed_fields(const http::FieldList& fields) {
  constexpr std::string_view kParam = "mcp-param-";
  std::string allowed(kAllowedFields);
  std::string_view asked = fields.value(http::KnownField::access_control_request_headers);
  while (!asked.empty()) {
    const std::size_t comma = asked.find(',');
    const std::string_view name = http::trimmed(asked.substr(0, comma));
    asked.remove_prefix(comma == std::string_view::npos ? asked.size() : comma + 1);
    const bool param = name.size() > kParam.size() &&
                       http::equal_ignoring_case(name.substr(0, kParam.size()), kParam);
    if (param && http::is_token(name)) allowed.append(", ").append(name);
  }
  return allowed;
}

Refusal not_allowed(http::Method method) {
  static_cast<void>(method);
  return refusal_of(Reason::method_not_allowed);
}

/// What is said where an offer belongs to a refusal and none can be made. What is spent stays spent
/// meanwhile: another answer would have the caller show it again.
Refusal without_offer(const Refusal& given, const Refusal& failure) {
  if (given.status != 409) return failure;
  Refusal refusal = given;
  refusal.offer = Offer::none;
  refusal.retry_after = failure.retry_after;
  return refusal;
}

}  // namespace

CallFlow::CallFlow(Connection& connection, const http::RequestHead& head, std::string_view body,
                   const AnswerContext& context)
    : connection_(connection),
      worker_(connection.worker()),
      lease_(worker_),
      context_(context),
      call_{head,
            body,
            context.request_id,
            connection.client(),
            connection.caller_digest(),
            connection.worker().now(),
            lease_.rules()} {
  call_.tool_metric = worker_.house.metrics.other_tool();
}

CallFlow::~CallFlow() {
  connection_.watch_caller(nullptr);
  end_continuation(worker_, call_);
}

void CallFlow::peer_gone() {
  call_.caller_gone = true;
  // A stream to it stops where it is: nothing may follow on this connection, not even the answer to
  // a request that was sent ahead.
  connection_.end_after_answer();
  // Stateless era: hanging up is the cancellation. A legacy call runs on, as its protocol says.
  const bool runs_on = call_.message && !call_.modern();
  if (exchange_ != nullptr && !runs_on) exchange_->cancel();
}

void CallFlow::cut() {
  call_.caller_gone = true;
  if (exchange_ != nullptr) exchange_->cancel();
}

io::Task<> CallFlow::run(std::string_view path) {
  if (call_.head.method == http::Method::options) return answer_preflight();
  refusal_ = prepare(path);
  if (!refusal_ && call_.standing.issued_elsewhere) return forward_when_vouched();
  if (!refusal_ && must_ask_wallet(worker_, call_)) return forward_when_paid();
  return go_on();
}

io::Task<> CallFlow::forward_when_paid() {
  refusal_ = co_await check_paid(worker_, call_);
  if (refusal_) give_back_work(worker_, call_);
  co_await go_on();
}

io::Task<> CallFlow::forward_when_vouched() {
  refusal_ = co_await ask_other_gate(worker_, call_);
  if (refusal_) give_back_work(worker_, call_);
  co_await go_on();
}

io::Task<> CallFlow::go_on() {
  if (refusal_) return answer_refusal(*refusal_);
  if (context_.head_only) return answer_price();
  accept_work(worker_, call_);
  connection_.watch_caller(this);
  return forward();
}

std::optional<Refusal> CallFlow::prepare(std::string_view path) {
  if (auto refusal = find_route(path)) return refusal;
  if (!call_.message) return std::nullopt;  // GET and DELETE of the legacy era: free
  if (auto refusal = find_terms()) return refusal;
  if (asks_for_task(*call_.message)) return take_up_task(worker_, call_);
  if (call_.terms.free() || context_.head_only) return std::nullopt;
  return admit(worker_, call_);
}

std::optional<Refusal> CallFlow::find_route(std::string_view path) {
  const Policy& policy = call_.rules.policy;
  call_.route = policy.route_for(path);
  if (call_.route != nullptr) {
    context_.form = call_.form = AnswerForm::mcp;
    switch (call_.head.method) {
      case http::Method::post:
        return read_message();
      case http::Method::get:
      case http::Method::delete_:
        // The stateless era has neither streams of their own nor sessions to end.
        if (is_modern(call_.head.fields)) {
          context_.allow = kModernMethods;
          return not_allowed(call_.head.method);
        }
        // A body here would be read by nobody who judges it.
        if (!call_.body.empty())
          return refusal_of(http::Refusal(http::Reason::http_content_length));
        return std::nullopt;
      default:
        context_.allow = kMcpMethods;
        return not_allowed(call_.head.method);
    }
  }
  context_.form = call_.form = AnswerForm::rest;
  if (!path.starts_with(kRestPrefix) || policy.routes.empty()) return refusal_of(Reason::not_found);
  call_.route = &policy.routes.front();
  return read_rest(path.substr(kRestPrefix.size()));
}

std::optional<Refusal> CallFlow::read_message() {
  const mcp::RoutingHeaders headers = mcp::routing_headers(call_.head.fields);
  auto message = mcp::read_message(
      headers, call_.body, ingress_settings(call_.rules.policy, *call_.route), worker_.document);
  if (!message) {
    const mcp::Rejection& rejection = message.error();
    context_.json_rpc_id = rejection.id;
    return refusal_of(rejection.reason);
  }
  call_.message = std::move(*message);
  context_.json_rpc_id = call_.message->id;
  context_.era = call_.message->era;
  return std::nullopt;
}

/// `POST /tools/{tool}` has the arguments as body, `POST /tools/call` name and arguments; both
/// stand for the same JSON-RPC call, read by the same reader (R-CORE-1).
std::optional<Refusal> CallFlow::read_rest(std::string_view tool) {
  const bool head = call_.head.method == http::Method::head;
  if (call_.head.method != http::Method::post && !head) {
    context_.allow = kRestMethods;
    return not_allowed(call_.head.method);
  }
  if (tool.empty() || tool.find('/') != std::string_view::npos)
    return refusal_of(Reason::not_found);
  if (head) return rest_call(tool, "{}");
  const mcp::RoutingHeaders headers = mcp::routing_headers(call_.head.fields);
  if (!headers.content_type_is_json()) return refusal_of(mcp::Reason::content_type);
  if (!headers.is_unencoded()) return refusal_of(mcp::Reason::content_encoding);
  if (tool != "call") return rest_call(tool, call_.body);
  const auto body = json::parse(call_.body, worker_.answer_document);
  if (!body || !body->is_object()) return rest_call(tool, call_.body);  // its reader says why
  const auto name = body->find("name");
  const auto arguments = body->find("arguments");
  const auto text = name ? name->as_string() : std::nullopt;
  if (!text) return refusal_of(mcp::Reason::name_missing);
  const std::string called(*text);
  return rest_call(called, arguments ? arguments->raw() : "{}");
}

std::optional<Refusal> CallFlow::rest_call(std::string_view tool, std::string_view arguments) {
  mcp::RoutingHeaders headers;
  headers.see("Content-Type", "application/json");
  // Judged alone first: text that is no JSON value must not reach into the call around it.
  if (!json::parse(arguments, worker_.answer_document)) {
    const auto alone = mcp::read_message(headers, arguments, {}, worker_.document);
    return refusal_of(alone ? mcp::Reason::json_syntax : alone.error().reason);
  }
  const std::uint64_t id = ++worker_.rest_session_of(*call_.route).calls;
  json::Writer writer(rest_body_);
  writer.begin_object().member("jsonrpc", "2.0").member("id", id).member("method", "tools/call");
  writer.name("params").begin_object().member("name", tool).name("arguments").raw(arguments);
  writer.end_object().end_object();
  auto message = mcp::read_message(
      headers, rest_body_, ingress_settings(call_.rules.policy, *call_.route), worker_.document);
  if (!message) return refusal_of(message.error().reason);
  call_.message = std::move(*message);
  return std::nullopt;
}

Refusal CallFlow::unknown_tool(std::string_view name) const {
  Refusal refusal = refusal_of(Reason::unknown_tool);
  refusal.detail = "Unknown tool: " + std::string(name);
  if (call_.form == AnswerForm::rest) return refusal;
  refusal.status = 200;  // as a server would say it: the same for denied and for missing tools
  refusal.json_rpc_code = mcp::kInvalidParams;
  return refusal;
}

std::optional<Refusal> CallFlow::find_terms() {
  const mcp::Priced priced = mcp::priced_as(*call_.message);
  call_.tool = priced.name;
  context_.tool = priced.name;
  // Prompts, resources and openings have rows of their own, which default to nothing asked.
  if (priced.by != mcp::PricedBy::tool && priced.by != mcp::PricedBy::method) return std::nullopt;
  call_.row = call_.route->row_for(priced.name);
  call_.tool_metric = worker_.house.metrics.tool_index(priced.name);
  if (call_.row != nullptr) {
    call_.terms = call_.row->terms;
    return std::nullopt;
  }
  if (priced.by == mcp::PricedBy::tool) return unknown_tool(priced.name);
  Refusal refusal = refusal_of(Reason::method_not_allowed);
  refusal.status = call_.modern() ? 404 : 200;
  refusal.json_rpc_code = mcp::kMethodNotFound;
  return refusal;
}

std::string CallFlow::requested_url() const {
  const std::string& origin = call_.rules.receipts.issuer;
  if (call_.form == AnswerForm::mcp) return origin + call_.route->path;
  return rest_url(call_, origin);
}

/// Who paid by x402 is told in its form that it was for nothing (x402-bip122.md 4.3).
std::string CallFlow::failed_settlement(const Refusal& refusal) const {
  const bool shown = !call_.x402_network.empty() && refusal.room == "x402";
  return shown ? x402::failed_settlement(refusal.token, call_.x402_network) : std::string();
}

/// A row that is sold by the Payment scheme alone is not sold where somebody may read along.
bool CallFlow::can_be_asked_to_pay() {
  const Policy& policy = call_.rules.policy;
  const http::FieldList& fields = call_.head.fields;
  context_.payment_line =
      takes_mpp(policy, call_.terms) &&
      travels_in_private(connection_.stream().peer(), fields, policy.trusted_proxies);
  const bool others = call_.terms.rails.l402 || takes_x402(policy, call_.terms);
  return others || context_.payment_line;
}

io::Task<Offered> CallFlow::offer_here() {
  if (!can_be_asked_to_pay()) co_return refuse(refusal_of(Reason::rails_unavailable));
  auto offered = co_await offer(worker_, call_);
  co_return std::move(offered);
}

io::Task<> CallFlow::answer_refusal(const Refusal& given) {
  Refusal refusal = given;
  std::shared_ptr<const Challenge> challenge;
  const bool offers = refusal.offer == Offer::fresh && !context_.head_only;
  const WorkOffer work = offers ? offer_work(worker_, call_) : WorkOffer();
  if (work.issued) context_.work = &*work.issued;
  context_.work_calls = work.calls;
  const bool instead = opened_by_work(call_.terms);
  if (work.wait && !(instead && call_.terms.priced())) {
    refusal = asked_too_often(worker_, *work.wait);
  } else if (offers && call_.terms.priced()) {
    auto offered = co_await offer_here();
    // Where work alone opens the call too, a wallet that is down closes one of two doors; and who
    // shows a payment goes on by work without it.
    const bool other_door = work.issued && (instead || call_.work_is_missing);
    if (offered) {
      challenge = std::move(*offered);
    } else if (!other_door) {
      refusal = without_offer(refusal, offered.error());
      context_.work = nullptr;
    }
  } else if (refusal.offer == Offer::same && can_be_asked_to_pay()) {
    challenge = call_.same_challenge ? call_.same_challenge : sell_again(worker_, call_);
  }
  record_refusal(refusal);
  const bool in_band = refusal.in_band && call_.form == AnswerForm::mcp && call_.message;
  const std::string resource = challenge ? requested_url() : std::string();
  context_.resource = resource;
  if (call_.form == AnswerForm::rest) {
    context_.problem_media = asks_for_problem(call_.head.fields);
  }
  const std::string settlement = failed_settlement(refusal);
  context_.settlement = settlement;
  if (in_band) context_.surface = surface_for(*call_.route, call_.head.fields, *call_.message);
  if (context_.surface != Surface::http) call_.record.status = 200;
  const bool asked = refusal.token == "payment_required" || refusal.token == "pow_required";
  if (asked) call_.record.outcome = Outcome::challenged;
  if (refusal.close) connection_.end_after_answer();
  if (refusal.status == 429) connection_.hold_back_next();
  context_.keep_alive = connection_.keeps_alive();
  std::string& out = connection_.answer_scratch();
  out.clear();
  write_refusal(out, refusal, challenge.get(), context_);
  const std::array<std::string_view, 1> parts{out};
  const io::Transfer sent = co_await connection_.write(parts);
  if (!connection_.wrote(sent)) call_.caller_gone = true;
}

io::Task<> CallFlow::answer_preflight() {
  std::string& out = connection_.answer_scratch();
  out.clear();
  http::append_status_line(out, 204);
  if (!context_.allowed_origin.empty()) {
    http::append_field(out, "Access-Control-Allow-Origin", context_.allowed_origin);
    http::append_field(out, "Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
    http::append_field(out, "Access-Control-Allow-Headers", allowed_fields(call_.head.fields));
    http::append_field(out, "Access-Control-Max-Age", std::uint64_t{600});
    http::append_field(out, "Vary", "Origin");
  }
  http::append_field(out, "Allow", kMcpMethods);
  http::append_field(out, "X-Request-Id", context_.request_id);
  if (!context_.keep_alive) http::append_field(out, "Connection", "close");
  http::end_head(out);
  const std::array<std::string_view, 1> parts{out};
  const io::Transfer sent = co_await connection_.write(parts);
  connection_.wrote(sent);
}

void CallFlow::record_refusal(const Refusal& refusal) {
  CallRecord& record = call_.record;
  record.status = refusal.status;
  record.room = refusal.room;
  record.reason = refusal.token;
  record.outcome = refusal.status >= 500 ? Outcome::error : Outcome::refused;
  worker_.metrics.refusal(refusal.room, refusal.token);
}

/// The access and decision line: who (by digest), what, why, what it cost.
void CallFlow::write_record() {
  const CallRecord& record = call_.record;
  const Duration took = worker_.house.clock.tick() - call_.started;
  worker_.metrics.request(call_.tool_metric, record.rail, record.outcome, record.status);
  worker_.metrics.request_duration.observe(took);
  worker_.metrics.gate_duration.observe(took - record.upstream_time);
  Log& log = worker_.house.log;
  const bool notable = record.outcome != Outcome::admitted;
  const LogLevel level = record.outcome == Outcome::error ? LogLevel::warning : LogLevel::info;
  if (!log.enabled(level)) return;
  const auto microseconds = [](Duration time) {
    return static_cast<std::int64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(time).count());
  };
  const crypto::HmacKey key(worker_.house.log_key.view());
  const std::string client = hex(key.mac(bytes_of(call_.client)).view().first(8));
  const std::string tool = printable(call_.tool);
  const std::string credential =
      call_.payment ? hex(key.mac(call_.payment->payment_hash.view()).view().first(4)) : "";
  const std::string charge = record.charge ? to_text(*record.charge) : "";
  std::string_view method;
  if (call_.message) method = call_.message->method_text;
  log.write(level, to_text(record.outcome), notable ? "call refused" : "call answered",
            {{"request_id", call_.request_id},
             {"client.address", client},
             {"http.request.method", call_.head.method_text()},
             {"http.response.status_code", std::int64_t{record.status}},
             {"mcp.method.name", method},
             {"gen_ai.tool.name", tool},
             {"tollhouse.rail", to_text(record.rail)},
             {"tollhouse.room", record.room},
             {"tollhouse.reason", record.reason},
             {"tollhouse.price_msat", call_.terms.price.count()},
             {"tollhouse.charge_id", charge},
             {"tollhouse.credential", credential},
             {"duration_us", microseconds(took)},
             {"upstream_us", microseconds(record.upstream_time)}});
}

}  // namespace tollhouse::gate
