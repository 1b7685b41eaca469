// client: the handshake and the lists. What costs money is in purchase.cc.
#include "client/client.h"

#include "base/format.h"
#include "client/limits.h"
#include "dialogue/limits.h"
#include "dialogue/shown.h"

namespace tollhouse::client {
namespace {

/// A reply that is no answer, where no payment can help.
Trouble trouble_of_heard(const dialogue::Heard& heard) {
  if (const auto* refused = std::get_if<dialogue::Refused>(&heard)) return trouble_of(*refused);
  if (const auto* what = std::get_if<dialogue::NotUnderstood>(&heard)) return trouble_of(*what);
  if (std::holds_alternative<dialogue::PaymentAsked>(heard)) {
    return {TroubleKind::refused, "payment_required",
            "the gate wants to be paid for what should be free (handshake or list)", ""};
  }
  return {TroubleKind::unreachable, "unsupported_version",
          "the server speaks no version of MCP that this program speaks", ""};
}

Trouble bad_list() {
  return {TroubleKind::unreachable, "bad_answer", "the server's list of tools cannot be read", ""};
}

}  // namespace

Client::Client(Surroundings surroundings, Settings settings, std::unique_ptr<Wallet> wallet)
    : around_(surroundings),
      settings_(std::move(settings)),
      phrases_(settings_.speaker),
      wallet_(std::move(wallet)) {}

Replied Client::send(dialogue::Request request, Duration timeout) {
  return send_to(settings_.gate.text(), std::move(request), timeout);
}

Replied Client::send_to(const std::string& url, dialogue::Request request, Duration timeout) {
  io::Errand errand;
  errand.method = std::move(request.method);
  errand.url = url;
  for (dialogue::FieldLine& field : request.fields) {
    errand.fields.push_back({std::move(field.name), std::move(field.value)});
  }
  errand.body = std::move(request.body);
  errand.timeout = timeout;
  errand.bytes_max = kAnswerBytesMax;
  errand.allow_private = true;  // the address was typed by the caller, not sent by a stranger
  return ask(around_.errands, std::move(errand), around_.witness);
}

Result<dialogue::Heard, Trouble> Client::exchange(dialogue::Request request, Duration timeout,
                                                  dialogue::Reply* reply_out) {
  Replied reply = send(std::move(request), timeout);
  if (!reply) return refuse(trouble_of(reply.error(), "the gate"));
  dialogue::Heard heard = dialogue::hear(*reply, waiting_id_);
  if (reply_out != nullptr) *reply_out = std::move(*reply);
  return heard;
}

Result<void, Trouble> Client::connect() {
  const std::uint64_t id = next_id_++;
  waiting_id_ = std::to_string(id);
  dialogue::Reply reply;
  auto heard = exchange(phrases_.initialize(id), kTalkTimeout, &reply);
  if (!heard) return refuse(std::move(heard.error()));
  switch (dialogue::read_initialize(*heard, reply, dialect_)) {
    case dialogue::Handshake::failed:
      return refuse(trouble_of_heard(*heard));
    case dialogue::Handshake::try_modern:
      return connect_modern(*heard);
    case dialogue::Handshake::agreed:
      break;
  }
  server_ = std::get<dialogue::Answered>(*heard).result;
  // Many servers answer this with anything; one that minds says so at the next request.
  const Replied ended = send(phrases_.initialized(dialect_), kTalkTimeout);
  if (!ended) return refuse(trouble_of(ended.error(), "the gate"));
  return {};
}

Result<void, Trouble> Client::connect_modern(const dialogue::Heard& heard_before) {
  const std::uint64_t id = next_id_++;
  waiting_id_ = std::to_string(id);
  const auto heard = exchange(phrases_.discover(id), kTalkTimeout);
  if (!heard) return refuse(heard.error());
  // The first no is the better one to tell: this was only a second try.
  if (dialogue::read_discover(*heard, dialect_) != dialogue::Handshake::agreed) {
    return refuse(trouble_of_heard(heard_before));
  }
  server_ = std::get<dialogue::Answered>(*heard).result;
  return {};
}

Result<std::vector<dialogue::Tool>, Trouble> Client::list_tools() {
  std::vector<dialogue::Tool> tools;
  std::string cursor;
  for (std::size_t pages = 0; pages < dialogue::kToolPagesMax; ++pages) {
    const std::uint64_t id = next_id_++;
    waiting_id_ = std::to_string(id);
    const auto heard = exchange(phrases_.list_tools(id, dialect_, cursor), kTalkTimeout);
    if (!heard) return refuse(heard.error());
    const auto* answered = std::get_if<dialogue::Answered>(&*heard);
    if (answered == nullptr) return refuse(trouble_of_heard(*heard));
    auto page = dialogue::read_tools(answered->result);
    if (!page) return refuse(bad_list());
    for (dialogue::Tool& tool : page->tools) tools.push_back(std::move(tool));
    cursor = std::move(page->next_cursor);
    if (cursor.empty() || tools.size() >= dialogue::kToolsMax) return tools;
  }
  return tools;
}

/// A modern call repeats in its head what the tool's schema says, so the schema is asked for first.
Result<dialogue::ParamFields, Trouble> Client::mirrored_of(std::string_view tool,
                                                           std::string_view arguments) {
  if (dialect_.era == mcp::Era::legacy) return dialogue::ParamFields{};
  const auto tools = list_tools();
  if (!tools) return refuse(tools.error());
  for (const dialogue::Tool& candidate : *tools) {
    if (candidate.name != tool) continue;
    auto fields = dialogue::param_fields(candidate.input_schema, arguments);
    if (fields) return std::move(*fields);
    return refuse(Trouble{TroubleKind::refused, "bad_tool",
                          "the tool's schema breaks the rules for mirrored arguments", ""});
  }
  return dialogue::ParamFields{};
}

void Client::goodbye() {
  if (dialect_.session_id.empty()) return;
  static_cast<void>(send(phrases_.end_session(dialect_), kGoodbyeTimeout));
  dialect_.session_id.clear();
}

}  // namespace tollhouse::client
