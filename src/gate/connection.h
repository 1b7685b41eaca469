// gate: one caller's connection. Reads requests one after the other, has each answered, keeps what
// must be known until the peer has acknowledged an answer. A request's way begins here; go on with
// call_flow.h.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "gate/answer.h"
#include "gate/intake.h"
#include "gate/worker.h"
#include "io/stream.h"
#include "io/task.h"

namespace tollhouse::gate {

class CallFlow;

/// A charge whose answer was written and is not yet known to have arrived (DESIGN 6, `delivered`).
struct Delivery {
  ledger::UseKey key;
  ledger::ChargeId charge;
};

class Connection final {
 public:
  Connection(Worker& worker, std::unique_ptr<io::Stream> stream, const Entrance& entrance);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  io::Task<> run();

  void begin_drain();
  void cut();

  /// Writes all of `parts`, which outlive the await; hand what comes back to wrote().
  io::WriteOperation write(std::span<const std::string_view> parts);
  /// False when the caller cannot be reached any more.
  bool wrote(const io::Transfer& sent);

  /// Tells `call` when the caller hangs up while it runs, and when it is cut; nullptr stops.
  void watch_caller(CallFlow* call);
  /// The answer to a charged call has been written whole.
  void expect_delivery(const Delivery& delivery) { deliveries_.push_back(delivery); }

  Worker& worker() { return worker_; }
  io::Stream& stream() { return *stream_; }
  /// The class that the limits count, of the request being answered.
  const std::string& client() const { return client_; }
  const Digest& caller_digest();
  /// Reused from answer to answer: the head (and small bodies) being written to the caller ...
  std::string& answer_scratch() { return answer_; }
  /// ... and the head being written to the upstream.
  std::string& upstream_scratch() { return upstream_; }
  /// The answer being written says that the connection goes on.
  bool keeps_alive() const { return keep_alive_; }
  void end_after_answer() { keep_alive_ = false; }
  /// The request was over a limit: the next one waits a moment, unread. Not where a proxy speaks
  /// for many, who would wait for one of them.
  void hold_back_next() { held_back_ = !forwarded_; }

 private:
  friend class Worker;
  io::Task<bool> wait_idle();
  io::Task<> hold_back();
  io::Task<> refuse_late();
  io::Task<> answer_request();
  io::Task<> answer_local(Handler& handler, std::string_view rest, std::string_view path,
                          const AnswerContext& context);
  io::Task<> refuse_request(const Refusal& refusal);
  io::Task<> finish();
  void settle_deliveries();
  void lose_deliveries();
  AnswerContext context();
  void find_client();
  const io::Endpoint& client_address() const { return forwarded_ ? *forwarded_ : stream_->peer(); }

  Worker& worker_;
  std::unique_ptr<io::Stream> stream_;
  const Entrance entrance_;
  Intake intake_;
  std::optional<io::Endpoint> forwarded_;  ///< the client, where a trusted proxy speaks for it
  std::string client_;
  std::optional<Digest> caller_digest_;
  std::string answer_;
  std::string upstream_;
  RequestId request_id_{};
  std::vector<Delivery> deliveries_;
  CallFlow* running_ = nullptr;  ///< the call that is being answered, once it waits
  std::size_t place_ = 0;        ///< in the worker's list
  std::uint32_t requests_ = 0;
  bool keep_alive_ = true;
  bool idle_ = true;
  bool cut_ = false;
  bool held_back_ = false;
};

io::Task<> serve_connection(Worker& worker, std::unique_ptr<io::Stream> stream, Entrance entrance);

}  // namespace tollhouse::gate
