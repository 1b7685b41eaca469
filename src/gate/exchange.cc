// gate: the upstream's side of a call.
#include "gate/exchange.h"

#include "base/switches.h"

namespace tollhouse::gate {

Reason reason_of(ExchangeFault fault) {
  switch (fault) {
    case ExchangeFault::busy:
      return Reason::upstream_busy;
    case ExchangeFault::timeout:
      return Reason::upstream_timeout;
    case ExchangeFault::protocol:
    case ExchangeFault::reset:
      return Reason::upstream_protocol;
    case ExchangeFault::unreachable:
    case ExchangeFault::no_answer:
    case ExchangeFault::connect_timeout:
    case ExchangeFault::cancelled:
      return Reason::upstream_unreachable;
  }
  return Reason::upstream_unreachable;
}

Exchange::~Exchange() {
  if (!connection_) return;
  const std::size_t surplus = connection_->filled - connection_->taken;
  bool reusable = head_read_ && !fault_ && !cancelled_ && body_.reusable(surplus, true);
  if (planted(PlantedBug::pool_reuse_after_surplus)) reusable = head_read_ && body_.complete();
  pool_.give_back(std::move(connection_), reusable);
}

void Exchange::cancel() {
  cancelled_ = true;
  if (connection_) connection_->stream->cancel();
}

std::optional<ExchangeFault> Exchange::fail(io::StreamFault fault) {
  if (cancelled_ || fault == io::StreamFault::cancelled) {
    fault_ = ExchangeFault::cancelled;
  } else if (fault == io::StreamFault::timed_out) {
    fault_ = ExchangeFault::timeout;
  } else {
    const bool silent = !head_read_ && connection_->filled == 0;
    fault_ = silent ? ExchangeFault::no_answer : ExchangeFault::reset;
  }
  return fault_;
}

io::Task<std::optional<ExchangeFault>> Exchange::open() {
  if (!pool_.begin_connect()) co_return ExchangeFault::busy;
  const Tick deadline = pool_.connect_deadline();
  auto connected = co_await pool_.connect(deadline);
  if (!connected) {
    pool_.connect_failed();
    const bool slow = connected.error() == io::ConnectFault::timed_out;
    co_return slow ? ExchangeFault::connect_timeout : ExchangeFault::unreachable;
  }
  connection_ = UpstreamPool::adopt(std::move(*connected));
  co_return std::nullopt;
}

io::Task<std::optional<ExchangeFault>> Exchange::begin(std::span<const std::string_view> parts) {
  while (true) {
    connection_ = pool_.take_idle();
    reused_ = connection_ != nullptr;
    if (!reused_) {
      const auto closed = co_await open();
      if (closed) co_return closed;
    }
    if (cancelled_) co_return fail(io::StreamFault::cancelled);
    crash_point(CrashPoint::k2_after_connect);
    begin_head();
    const Tick deadline = reactor_.clock().tick() + upstream_.first_byte_timeout;
    const io::Transfer out = co_await connection_->stream->write(parts, deadline);
    sent_ = sent_ || out.bytes != 0;
    if (out.fault != io::StreamFault::none) {
      const bool again = reused_ && !sent_ && out.fault == io::StreamFault::reset;
      if (!again) co_return fail(out.fault);
      pool_.give_back(std::move(connection_), false);
      continue;
    }
    crash_point(CrashPoint::k3_after_request);
    std::optional<ExchangeFault> fault;
    do {
      const std::span<char> room = head_room();
      const io::Transfer got = co_await connection_->stream->read(room, deadline);
      fault = got.fault == io::StreamFault::none ? took_head(got.bytes) : fail(got.fault);
    } while (!fault && !head_read_);
    const bool wrong_again = fault == ExchangeFault::no_answer && reused_ &&
                             planted(PlantedBug::retry_after_bytes_written);
    if (!wrong_again) co_return fault;
    fault_.reset();
    pool_.give_back(std::move(connection_), false);
  }
}

void Exchange::begin_head() {
  head_reader_.reset(false);
  connection_->filled = connection_->taken = 0;
}

std::span<char> Exchange::head_room() {
  std::vector<char>& buffer = connection_->buffer;
  if (connection_->filled == buffer.size()) buffer.resize(buffer.size() * 2);
  return {buffer.data() + connection_->filled, buffer.size() - connection_->filled};
}

std::optional<ExchangeFault> Exchange::took_head(std::size_t bytes) {
  UpstreamConnection& connection = *connection_;
  connection.filled += bytes;
  const std::string_view seen(connection.buffer.data(), connection.filled);
  switch (head_reader_.step(seen, connection.head)) {
    case http::ResponseHeadReader::Status::need_more:
      return std::nullopt;
    case http::ResponseHeadReader::Status::refused:
      fault_ = ExchangeFault::protocol;
      return fault_;
    case http::ResponseHeadReader::Status::complete:
      break;
  }
  head_read_ = true;
  connection.taken = connection.head.bytes;
  keep_head(connection);
  body_ = http::ResponseBodyReader(connection.head);
  return std::nullopt;
}

/// The head is read again when the answer is written, perhaps long after the body: its bytes stay
/// where they are, and what follows is read behind them.
void Exchange::keep_head(UpstreamConnection& connection) {
  const std::size_t wanted = connection.head.bytes + UpstreamConnection::kBodyRoomMin;
  if (connection.buffer.size() >= wanted) return;
  connection.buffer.resize(connection.head.bytes + UpstreamConnection::kRoomBytes);
  connection.head.fields.rebase(connection.buffer.data());
}

std::optional<std::string_view> Exchange::slice() {
  UpstreamConnection& connection = *connection_;
  while (!body_.complete() && !fault_ && connection.taken < connection.filled) {
    const std::string_view rest(connection.buffer.data() + connection.taken,
                                connection.filled - connection.taken);
    const auto step = body_.step(rest);
    if (!step) {
      fault_ = ExchangeFault::protocol;
      return std::nullopt;
    }
    connection.taken += step->consumed;
    if (!step->payload.empty()) return step->payload;
  }
  return std::nullopt;
}

io::Task<std::optional<ExchangeFault>> Exchange::read_more(Tick deadline) {
  if (fault_) co_return fault_;
  UpstreamConnection& connection = *connection_;
  connection.filled = connection.taken = connection.head.bytes;
  const std::span<char> room = std::span(connection.buffer).subspan(connection.filled);
  const io::Transfer got = co_await connection.stream->read(room, deadline);
  if (got.fault == io::StreamFault::timed_out && !cancelled_) co_return ExchangeFault::timeout;
  if (got.fault == io::StreamFault::end) {
    if (body_.end_of_stream()) co_return std::nullopt;
    fault_ = ExchangeFault::protocol;
    co_return fault_;
  }
  if (got.fault != io::StreamFault::none) co_return fail(got.fault);
  connection.filled += got.bytes;
  co_return std::nullopt;
}

}  // namespace tollhouse::gate
