// gate: one request to an upstream and its answer. Nothing of a request goes out twice: it is begun
// again only where not one byte was written. The answer's head stays readable to the end.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "gate/reasons.h"
#include "gate/upstream_pool.h"
#include "io/task.h"

namespace tollhouse::gate {

/// Why there is no (whole) answer. `no_answer`: the connection ended before a byte of one; `reset`:
/// in the middle. `cancelled`: the caller has gone and the call was called off.
enum class ExchangeFault : std::uint8_t {
  unreachable,
  connect_timeout,
  busy,
  timeout,
  no_answer,
  reset,
  protocol,
  cancelled,
};

Reason reason_of(ExchangeFault fault);

class Exchange {
 public:
  Exchange(io::Reactor& reactor, UpstreamPool& pool, const Upstream& upstream)
      : reactor_(reactor), pool_(pool), upstream_(upstream) {}
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Connects, sends head and body (`parts`, which outlive the await), reads the answer's head.
  io::Task<std::optional<ExchangeFault>> begin(std::span<const std::string_view> parts);

  const http::ResponseHead& head() const { return connection_->head; }
  /// Whether a byte of the request has gone out: from then on its effect is unknown.
  bool sent() const { return sent_; }

  /// The next payload out of what was read; nothing when more must be read or all is read.
  std::optional<std::string_view> slice();
  bool complete() const { return body_.complete(); }
  /// After slice() gave nothing: the bytes of a framing fault, if that is why.
  std::optional<ExchangeFault> fault() const { return fault_; }
  /// Reads more, at the latest until `deadline`; `timeout` leaves the exchange usable.
  io::Task<std::optional<ExchangeFault>> read_more(Tick deadline);

  /// From another part of the same reactor: what waits ends with `cancelled`.
  void cancel();

 private:
  io::Task<std::optional<ExchangeFault>> open();
  void begin_head();
  std::span<char> head_room();
  std::optional<ExchangeFault> took_head(std::size_t bytes);
  static void keep_head(UpstreamConnection& connection);
  std::optional<ExchangeFault> fail(io::StreamFault fault);

  io::Reactor& reactor_;
  UpstreamPool& pool_;
  const Upstream& upstream_;
  std::unique_ptr<UpstreamConnection> connection_;
  http::ResponseHeadReader head_reader_;
  http::ResponseBodyReader body_;
  std::optional<ExchangeFault> fault_;
  bool reused_ = false;
  bool sent_ = false;
  bool head_read_ = false;
  bool cancelled_ = false;
};

}  // namespace tollhouse::gate
