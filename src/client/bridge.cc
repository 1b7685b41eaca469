// client: one request of a desktop client after the other.
#include "client/bridge.h"

#include "base/format.h"
#include "mcp/meta_names.h"
#include "mcp/reason.h"
#include "mcp/splice.h"

namespace tollhouse::client {
namespace {

constexpr int kMethodNotFound = -32601;
constexpr int kHttpNotFound = 404;

bool is_tool_call(const dialogue::DesktopMessage& request) {
  return mcp::method_of(request.method) == mcp::Method::tools_call;
}

/// What a server says later, by itself, cannot be told here: nothing is promised that would need
/// it.
bool needs_later_words(mcp::Method method) {
  return method == mcp::Method::subscriptions_listen ||
         method == mcp::Method::resources_subscribe || method == mcp::Method::resources_unsubscribe;
}

/// The server's own error is handed on; for what happened on the way there is an internal one.
std::int64_t rpc_code_of(const Trouble& trouble) {
  if (trouble.rpc_code != 0) return trouble.rpc_code;
  return trouble.status != 0 ? trouble.status : mcp::kInternalError;
}

/// What the first attempt of a call has paid is told with the second one's outcome.
Result<CallOutcome, Trouble> with_payment_of(const Trouble& first,
                                             Result<CallOutcome, Trouble> second) {
  if (!first.paid) return second;
  if (second) {
    second->paid = first.paid;
    const bool failed = second->answered->is_error && !second->answered->receipt;
    if (failed) second->unredeemed = first.unredeemed;
    return second;
  }
  second.error().paid = first.paid;
  second.error().unredeemed = first.unredeemed;
  return second;
}

}  // namespace

std::string pong(const dialogue::DesktopMessage& request) {
  return dialogue::result_message(request.id, dialogue::result_for(request.era, "{}"));
}

std::string Bridge::answer(const dialogue::DesktopMessage& request) {
  const mcp::Method method = mcp::method_of(request.method);
  if (method == mcp::Method::ping) return pong(request);
  if (needs_later_words(method)) {
    return dialogue::error_message(request.id, kMethodNotFound, "Method not found", "");
  }
  const auto connected = connect();
  if (!connected) return refused(request, connected.error());
  if (method == mcp::Method::initialize || method == mcp::Method::server_discover) {
    return greet(request);
  }
  auto outcome = ask(request);
  if (!outcome) return refused(request, outcome.error());
  return answered(request, std::move(*outcome));
}

Result<void, Trouble> Bridge::connect() {
  if (connected_) return {};
  auto connected = client_.connect();
  connected_ = connected.has_value();
  return connected;
}

/// A server that has forgotten the session has not done the call either: it is greeted anew, and
/// asked again. What was paid meanwhile is good still, and is shown then; nothing more is paid.
Result<CallOutcome, Trouble> Bridge::ask(const dialogue::DesktopMessage& request) {
  auto outcome = client_.relay(request.method, request.params);
  if (outcome) return outcome;
  const Trouble& trouble = outcome.error();
  const bool had_session = !client_.dialect().session_id.empty();
  const bool forgotten = trouble.status == kHttpNotFound && trouble.rpc_code != kMethodNotFound;
  if (!had_session || !forgotten) return outcome;
  connected_ = false;
  const auto connected = connect();
  if (!connected) return with_payment_of(trouble, refuse(connected.error()));
  const Spending spending = trouble.paid ? Spending::over : Spending::allowed;
  return with_payment_of(trouble, client_.relay(request.method, request.params, spending));
}

std::string Bridge::greet(const dialogue::DesktopMessage& request) {
  const bool discover = mcp::method_of(request.method) == mcp::Method::server_discover;
  const std::string result =
      discover ? dialogue::discover_result(client_.server(), speaker_)
               : dialogue::initialize_result(request.params, client_.server(), speaker_);
  return dialogue::result_message(request.id, result);
}

std::string Bridge::with_meta(const std::string& message, Msat paid,
                              const std::string& receipt) const {
  const Budget::State state = budget_.state();
  const std::string spent = dialogue::spent_json({paid, state.spent, state.total, state.payments});
  std::vector<mcp::MetaMember> members{{dialogue::kMetaSpent, spent}};
  if (!receipt.empty()) members.push_back({mcp::kMetaReceipt, receipt});
  json::Document workspace;
  auto made = mcp::with_result_meta(message, members, workspace);
  return made ? *std::move(made) : std::string(message);
}

std::string Bridge::answered(const dialogue::DesktopMessage& request, CallOutcome outcome) {
  if (outcome.paid) news_.spent(*outcome.paid, budget_.state());
  if (outcome.unredeemed) news_.unredeemed(*outcome.unredeemed);
  const std::string result = dialogue::result_for(request.era, outcome.answered->result);
  std::string message = dialogue::result_message(request.id, result);
  if (!is_tool_call(request) && !outcome.paid) return message;
  return with_meta(message, outcome.paid ? outcome.paid->price : Msat(),
                   outcome.answered->receipt.value_or(""));
}

std::string Bridge::refused(const dialogue::DesktopMessage& request, const Trouble& trouble) {
  news_.refused(trouble);
  if (trouble.unredeemed) news_.unredeemed(*trouble.unredeemed);
  const bool of_the_server = trouble.rpc_code < 0 && !trouble.unredeemed;
  if (!is_tool_call(request) || of_the_server) {
    return dialogue::error_message(request.id, rpc_code_of(trouble), trouble.message,
                                   dialogue::refused_data(trouble.code, trouble.cure));
  }
  const std::string result = dialogue::refused_result(trouble.code, trouble.message, trouble.cure);
  const Msat paid = trouble.unredeemed ? trouble.unredeemed->price : Msat();
  return with_meta(dialogue::result_message(request.id, dialogue::result_for(request.era, result)),
                   paid, "");
}

void Bridge::goodbye() { client_.goodbye(); }

}  // namespace tollhouse::client
