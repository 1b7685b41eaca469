// gate: the phases of one request in their order: route, read, price, admit, forward, settle,
// answer. Exits are named in each phase: caller gone, upstream refused, upstream silent, books
// closed, draining. docs/life-of-a-request.md follows a call through here. Phases before the
// upstream stand in call_flow.cc, those behind it in call_relay.cc.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "gate/call.h"
#include "gate/connection.h"
#include "gate/exchange.h"
#include "gate/meaning.h"
#include "gate/minting.h"
#include "gate/settlement.h"
#include "http/sse.h"
#include "io/task.h"

namespace tollhouse::gate {

class CallFlow final : public io::Hangup {
 public:
  /// `head` and `body` stay where they are until run() is done.
  CallFlow(Connection& connection, const http::RequestHead& head, std::string_view body,
           const AnswerContext& context);
  ~CallFlow();
  CallFlow(const CallFlow&) = delete;
  CallFlow& operator=(const CallFlow&) = delete;

  /// The whole way of the request to `path`, up to the last byte of its answer. Always settles.
  /// What does not wait is done inside this call.
  io::Task<> run(std::string_view path);
  /// After run(): the access and decision line, and the counters.
  void write_record();

  void peer_gone() override;
  /// The gate ends now: what runs is broken off, in either era, and settled by what was sent.
  void cut();

 private:
  /// Parts of one request: head and the body's slices around what is cut out.
  static constexpr std::size_t kPartsMax = 16;

  // Before the upstream. Nothing here waits; a refusal ends the call.
  std::optional<Refusal> prepare(std::string_view path);
  std::optional<Refusal> find_route(std::string_view path);
  std::optional<Refusal> read_message();
  std::optional<Refusal> read_rest(std::string_view path);
  std::optional<Refusal> rest_call(std::string_view tool, std::string_view arguments);
  std::optional<Refusal> find_terms();
  Refusal unknown_tool(std::string_view name) const;
  /// What the caller asked for, as it is named in public (x402-bip122.md 5.2).
  std::string requested_url() const;
  std::string failed_settlement(const Refusal& refusal) const;
  bool can_be_asked_to_pay();
  /// What this caller is asked to pay on the way that the request came.
  io::Task<Offered> offer_here();
  io::Task<> answer_refusal(const Refusal& given);
  io::Task<> answer_preflight();

  // The upstream and the way back.
  io::Task<> forward_when_paid();
  io::Task<> forward_when_vouched();
  io::Task<> go_on();
  io::Task<> forward();
  std::span<const std::string_view> request_parts();
  io::Task<> fail_upstream(ExchangeFault fault);
  io::Task<> relay(Exchange& exchange);
  io::Task<> relay_events(Exchange& exchange);
  io::Task<> relay_settled(Exchange& exchange);
  io::Task<> relay_too_large(Exchange& exchange, std::string collected);
  io::Task<> finish_settled(Exchange& exchange, std::string_view answer);
  io::Task<> answer_whole(const http::ResponseHead& upstream, std::string_view body);
  std::optional<std::string> left_open(std::string_view message, const mcp::Outcome& outcome);
  io::Task<Settled> conclude(const Ending& ending);
  Meaning meaning(const mcp::Outcome& outcome) const;
  Ending ending(const mcp::Outcome& outcome, const Meaning& judged) const;
  io::Task<> answer_rest(std::string_view answer);
  io::Task<> open_rest_session();
  struct Handshake {
    int status = 0;
    std::string session_id;
    std::string message;  ///< the JSON-RPC answer; empty: none
  };
  io::Task<std::optional<Handshake>> send_handshake(const RestSession& session,
                                                    std::string_view body);
  io::Task<> answer_price();
  io::Task<> answer_kept_result(const std::optional<std::string>& result);
  /// A stream on its way to the caller.
  struct EventRelay {
    http::EventStreamReader reader;
    std::string pending = {};  ///< bytes of events that have not been let go
    bool too_large = false;    ///< an event passed the bound of what is read whole
  };
  io::Task<> settle_event(const http::StreamEvent& event, std::string& pending);
  io::Task<> end_events(std::string& pending, bool too_large);
  io::Task<> break_events(ExchangeFault fault, bool between_events);
  io::Task<> pump_events(Exchange& exchange);
  io::Task<> pass_events(EventRelay& relay, std::string_view bytes);
  io::Task<> collect_events(Exchange& exchange);
  bool is_final_event(const http::StreamEvent& event);
  bool resumes() const;
  bool takes_up(const http::StreamEvent& event);
  bool keeps_events() const;
  void after_event();
  io::Task<bool> send_chunk(std::string_view payload);
  io::Task<> send_last_chunk();

  /// The end of this call changes the books, so its answer waits for them.
  bool must_be_settled() const;
  Tick read_deadline(bool events) const;
  void begin_answer_head(const http::ResponseHead& upstream, bool event_stream);
  void frame_answer(const http::ResponseHead& upstream, std::optional<std::size_t> length);
  std::string with_proofs(std::string_view message, bool receipt_wanted);
  std::string without_foreign_receipt(std::string_view message);
  bool settled_in_meta() const;
  bool paid_by_mpp() const;
  /// Of the Payment scheme, JSON; empty: another rail, or nothing was charged.
  std::string payment_receipt() const;
  /// A list of tools, to which the gate adds what they cost, or a server's word on what it can, to
  /// which it adds itself.
  bool adds_to_answer() const;
  std::string with_prices(std::string_view message);
  std::string with_gate(std::string_view message);
  bool tells_receipt() const;
  std::string added_to(std::string_view message);
  std::string shown_body(const http::ResponseHead& upstream, std::string_view answer);
  void answered();
  void cut_off();
  std::optional<Delivery> owed_delivery() const;
  void record_refusal(const Refusal& refusal);
  void count_upstream(UpstreamResult result, Tick began);

  Connection& connection_;
  Worker& worker_;
  RulesLease lease_;
  AnswerContext context_;
  Call call_;
  Exchange* exchange_ = nullptr;    ///< while it runs, so that a hang-up reaches it
  std::optional<Refusal> refusal_;  ///< of prepare()
  std::string rest_body_;           ///< the JSON-RPC call that a REST request stands for
  std::array<std::string_view, kPartsMax> parts_;
  Tick forwarded_;
  bool chunked_ = false;    ///< the answer being written is chunked
  bool answering_ = false;  ///< bytes of an answer have gone out
  bool settled_ = false;
  std::string answered_id_;        ///< JSON-RPC id of the event that is being settled
  bool event_begun_ = false;       ///< bytes of an event went out before its end was seen
  bool result_going_out_ = false;  ///< unread, because it is too long to be kept back
};

}  // namespace tollhouse::gate
