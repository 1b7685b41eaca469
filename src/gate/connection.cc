// gate: the loop of one connection.
#include "gate/connection.h"

#include <algorithm>

#include "base/switches.h"
#include "crypto/sha256.h"
#include "gate/access.h"
#include "gate/call_flow.h"
#include "http/url.h"

namespace tollhouse::gate {
namespace {

/// How soon a written answer is looked at again until the peer has acknowledged it. Loopback and
/// near networks need one look; doubling keeps far ones cheap.
constexpr Duration kDeliveryLookFirst = std::chrono::milliseconds(20);
constexpr Duration kDeliveryLookMax = std::chrono::seconds(2);
/// A closing connection waits this long for the last acknowledgement.
constexpr Duration kLingerMax = std::chrono::seconds(5);
/// After an answer the buffer stays this long for a next request; then an idle connection has none.
constexpr Duration kBufferKept = std::chrono::milliseconds(20);
/// Nothing is read so long from a connection whose last request was over a limit: a flood becomes a
/// trickle, and a caller that waits as it was told notices nothing.
constexpr Duration kHeldBack = std::chrono::milliseconds(50);
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

http::Limits http_limits(const Limits& limits) {
  http::Limits made;
  made.body_bytes_max = limits.body_bytes_max;
  made.head_bytes_max = limits.head_bytes_max;
  return made;
}

}  // namespace

Connection::Connection(Worker& worker, std::unique_ptr<io::Stream> stream, const Entrance& entrance)
    : worker_(worker),
      stream_(std::move(stream)),
      entrance_(entrance),
      intake_(http_limits(worker.limits())),
      client_(stream_->peer().client_class()) {
  worker_.enter(*this);
}

Connection::~Connection() { worker_.leave(*this); }

const Digest& Connection::caller_digest() {
  if (!caller_digest_) caller_digest_ = crypto::sha256(bytes_of(client_));
  return *caller_digest_;
}

/// A proxy's connection carries the requests of many clients, so each is looked at.
void Connection::find_client() {
  const auto& trusted = worker_.rules().policy.trusted_proxies;
  if (trusted.empty() && !forwarded_) return;
  io::Endpoint client = client_of(stream_->peer(), intake_.head().fields, trusted);
  if (client == client_address()) return;
  forwarded_ = std::move(client);
  client_ = forwarded_->client_class();
  caller_digest_.reset();
}

void Connection::begin_drain() {
  keep_alive_ = false;
  if (idle_) stream_->cancel();
}

void Connection::watch_caller(CallFlow* call) {
  running_ = call;
  stream_->listen_hangup(call);
}

void Connection::cut() {
  cut_ = true;
  keep_alive_ = false;
  if (running_ != nullptr) running_->cut();
  stream_->close();
}

io::WriteOperation Connection::write(std::span<const std::string_view> parts) {
  std::size_t bytes = 0;
  for (const std::string_view part : parts) bytes += part.size();
  worker_.metrics.response_bytes.add(bytes);
  return stream_->write(parts, worker_.now() + worker_.limits().write_stall);
}

bool Connection::wrote(const io::Transfer& sent) {
  if (sent.fault == io::StreamFault::none) return true;
  keep_alive_ = false;
  return false;
}

void Connection::settle_deliveries() {
  for (const Delivery& delivery : deliveries_) {
    worker_.house.holds.delivered(delivery.key, worker_.utc());
    const ledger::MarkDelivered mark{delivery.charge, worker_.utc()};
    worker_.house.store.apply(mark, [](ledger::Answer) {
      crash_point(CrashPoint::k9_after_delivered);  // written, on the store's thread
    });
  }
  deliveries_.clear();
}

void Connection::lose_deliveries() {
  if (deliveries_.empty()) return;
  if (stream_->unacknowledged() == std::size_t{0}) return settle_deliveries();
  for (const Delivery& delivery : deliveries_) worker_.house.holds.lost(delivery.key);
  deliveries_.clear();
}

/// Nothing has come for a while: waits without a buffer until a next request begins; false when
/// there will be none. Meanwhile looks whether charged answers have arrived.
io::Task<bool> Connection::wait_idle() {
  const Tick until = worker_.now() + worker_.limits().idle_timeout;
  Duration look = kDeliveryLookFirst;
  intake_.release();
  while (keep_alive_) {
    if (!deliveries_.empty() && stream_->unacknowledged() == std::size_t{0}) settle_deliveries();
    const Tick deadline = deliveries_.empty() ? until : std::min(until, worker_.now() + look);
    const io::StreamFault fault = co_await stream_->wait_readable(deadline);
    if (fault == io::StreamFault::none) co_return true;
    if (fault != io::StreamFault::timed_out || worker_.now() >= until) co_return false;
    look = std::min(look * 2, kDeliveryLookMax);
  }
  co_return false;
}

io::Task<> Connection::hold_back() {
  held_back_ = false;
  if (!keep_alive_) co_return;
  const Tick until = worker_.now() + kHeldBack;
  co_await worker_.reactor.sleep_until(until);
}

io::Task<> Connection::refuse_late() {
  const Refusal refusal =
      refusal_of(intake_.in_body() ? Reason::timeout_body : Reason::timeout_header);
  co_await refuse_request(refusal);
}

io::Task<> Connection::run() {
  Tick deadline = worker_.now() + worker_.limits().head_timeout;
  Intake::Status status = Intake::Status::need_more;
  while (true) {
    if (status == Intake::Status::complete) {
      worker_.metrics.request_bytes.add(intake_.request_bytes());
      keep_alive_ = keep_alive_ && intake_.head().keep_alive &&
                    ++requests_ < worker_.limits().requests_per_connection &&
                    !worker_.house.draining.load(std::memory_order_relaxed);
      idle_ = false;
      co_await answer_request();
      if (held_back_) {
        co_await hold_back();
      }
      if (!keep_alive_) break;
      intake_.next();
      idle_ = intake_.idle();
      deadline = worker_.now() + (idle_ ? kBufferKept : worker_.limits().head_timeout);
      status = idle_ ? Intake::Status::need_more : intake_.took(0);
      continue;
    }
    if (status == Intake::Status::refused) {
      const Refusal refusal = refusal_of(intake_.refusal());
      co_await refuse_request(refusal);
      break;
    }
    if (status == Intake::Status::wants_continue) {
      const std::array<std::string_view, 1> told{kContinue};
      const io::Transfer sent = co_await write(told);
      if (!wrote(sent)) break;
    }
    const std::span<char> room = intake_.room();
    const io::Transfer got = co_await stream_->read(room, deadline);
    if (got.fault == io::StreamFault::timed_out && intake_.idle()) {
      const bool more = co_await wait_idle();
      if (!more) break;
      deadline = worker_.now() + worker_.limits().head_timeout;
      continue;
    }
    if (got.fault == io::StreamFault::timed_out) {
      co_await refuse_late();
    }
    if (got.fault != io::StreamFault::none) break;
    // A next request alone proves nothing: it may have been sent before the answer came.
    if (!deliveries_.empty() && stream_->unacknowledged().value_or(0) == 0) settle_deliveries();
    if (idle_) deadline = worker_.now() + worker_.limits().head_timeout;
    idle_ = false;
    const bool was_in_body = intake_.in_body();
    status = intake_.took(got.bytes);
    if (intake_.in_body() && !was_in_body) deadline = worker_.now() + worker_.limits().body_timeout;
  }
  co_await finish();
}

/// Ends in order: what was written gets its time to arrive before the socket closes.
io::Task<> Connection::finish() {
  stream_->shutdown_write();
  const Tick until = worker_.now() + kLingerMax;
  Duration look = kDeliveryLookFirst;
  while (!deliveries_.empty() && stream_->unacknowledged().value_or(0) != 0) {
    if (worker_.now() >= until || cut_) break;
    const Tick deadline = worker_.now() + look;
    co_await worker_.reactor.sleep_until(deadline);
    look = std::min(look * 2, kDeliveryLookMax);
  }
  lose_deliveries();
  stream_->close();
}

AnswerContext Connection::context() {
  AnswerContext made;
  made.request_id = {request_id_.data(), request_id_.size()};
  made.keep_alive = keep_alive_;
  made.lsat_line = worker_.rules().policy.l402.lsat_line;
  made.head_only = intake_.head().method == http::Method::head;
  return made;
}

io::Task<> Connection::refuse_request(const Refusal& refusal) {
  worker_.write_request_id(request_id_);
  keep_alive_ = keep_alive_ && !refusal.close;
  const AnswerContext answer = context();
  worker_.metrics.refusal(refusal.room, refusal.token);
  worker_.metrics.request(worker_.house.metrics.other_tool(), Rail::free, Outcome::refused,
                          refusal.status);
  answer_.clear();
  write_refusal(answer_, refusal, nullptr, answer);
  const std::array<std::string_view, 1> parts{answer_};
  const io::Transfer sent = co_await write(parts);
  wrote(sent);
}

io::Task<> Connection::answer_request() {
  const http::RequestHead& head = intake_.head();
  worker_.write_request_id(request_id_);
  find_client();
  AnswerContext answer = context();
  if (const auto foreign =
          judge_origin_and_host(head, worker_.rules().policy, entrance_.loopback)) {
    co_await refuse_request(*foreign);
    co_return;
  }
  answer.allowed_origin = head.fields.value(http::KnownField::origin);
  const auto path = http::decode_path(head.path());
  if (!path) {
    const Refusal refusal = refusal_of(http::Refusal(http::Reason::http_target));
    co_await refuse_request(refusal);
    co_return;
  }
  const Router::Match local = entrance_.router->find(*path);
  if (local.handler != nullptr) {
    co_await answer_local(*local.handler, local.rest, *path, answer);
    co_return;
  }
  if (!entrance_.serves_calls) {
    const Refusal refusal = refusal_of(Reason::not_found);
    co_await refuse_request(refusal);
    co_return;
  }
  CallFlow flow(*this, head, intake_.body(), answer);
  co_await flow.run(*path);
  flow.write_record();
}

io::Task<> Connection::answer_local(Handler& handler, std::string_view rest, std::string_view path,
                                    const AnswerContext& answer) {
  const RulesLease lease(worker_);
  const LocalRequest request{intake_.head(),   path,          rest,        intake_.body(),
                             client_address(), lease.rules(), lease.keys()};
  const LocalAnswer made = co_await handler.answer(worker_.reactor, request);
  AnswerContext local = answer;
  local.allow = made.allow;
  local.authenticate = made.authenticate;
  local.cache_control = made.cache_control;
  local.retry_after = made.retry_after;
  if (made.retry_after) hold_back_next();
  answer_.clear();
  write_text(answer_, made.status, made.content_type, made.body, local);
  const std::array<std::string_view, 1> parts{answer_};
  const io::Transfer sent = co_await write(parts);
  wrote(sent);
}

io::Task<> serve_connection(Worker& worker, std::unique_ptr<io::Stream> stream, Entrance entrance) {
  Connection connection(worker, std::move(stream), entrance);
  co_await connection.run();
}

}  // namespace tollhouse::gate
