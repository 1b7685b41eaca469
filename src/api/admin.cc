// api: the admin listener's token, and reloading.
#include "api/admin.h"

#include "api/answers.h"
#include "crypto/sha256.h"
#include "gate/rules.h"
#include "http/authorization.h"
#include "json/writer.h"

namespace tollhouse::api {
namespace {

/// Names are looked up and files read meanwhile; a caller is not kept longer than this.
constexpr Duration kReloadWait = std::chrono::seconds(60);

/// The text is hashed before it is compared: neither time nor memory shows the token.
bool shows_token(const http::FieldList& fields, const Digest& token) {
  const http::CredentialList shown = http::read_authorization(fields);
  if (shown.size() != 1 || shown.overflow() || !shown[0].is("Bearer")) return false;
  return crypto::equal(crypto::sha256(bytes_of(shown[0].rest)).view(), token.view());
}

class ForOperators final : public gate::Handler {
 public:
  explicit ForOperators(std::unique_ptr<gate::Handler> handler) : handler_(std::move(handler)) {}

  io::Task<gate::LocalAnswer> answer(io::Reactor& reactor,
                                     const gate::LocalRequest& request) override {
    const auto& token = request.rules.admin_token;
    if (token && !shows_token(request.head.fields, *token)) {
      gate::LocalAnswer made =
          refused(401, "admin_token", "Show the admin token: Authorization: Bearer TOKEN");
      made.authenticate = R"(Bearer realm="tollhouse admin")";
      co_return made;
    }
    gate::LocalAnswer made = co_await handler_->answer(reactor, request);
    co_return made;
  }

 private:
  std::unique_ptr<gate::Handler> handler_;
};

void write_keys(json::Writer& writer, std::string_view name, const std::vector<std::string>& keys) {
  writer.name(name).begin_array();
  for (const std::string& key : keys) writer.string(key);
  writer.end_array();
}

void write_fault(json::Writer& writer, const config::Fault& fault) {
  writer.begin_object().member("file", fault.place.source);
  writer.member("line", fault.place.line).member("column", fault.place.column);
  writer.member("key", fault.key).member("message", fault.message);
  writer.member("cure", fault.cure).end_object();
}

int status_of(const ReloadReport& report) {
  if (report.done()) return 200;
  return report.code == "restart_required" ? 409 : 422;
}

std::string body_of(const ReloadReport& report) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  if (report.done()) {
    writer.member("status", "reloaded");
  } else {
    writer.member("error", report.code).member("code", report.code);
    writer.member("message", report.message).member("cure", report.cure);
    write_keys(writer, "restart", report.restart);
    writer.name("faults").begin_array();
    for (const config::Fault& fault : report.faults) write_fault(writer, fault);
    writer.end_array();
  }
  write_keys(writer, "changed", report.changed);
  write_keys(writer, "warnings", report.warnings);
  writer.end_object();
  return body;
}

class Reload final : public gate::Handler {
 public:
  explicit Reload(AskReload ask) : ask_(std::move(ask)) {}

  io::Task<gate::LocalAnswer> answer(io::Reactor& reactor,
                                     const gate::LocalRequest& request) override {
    if (request.head.method != http::Method::post) co_return method_not_allowed("POST");
    io::Reply<ReloadReport> reply(reactor);
    ask_([sender = reply.sender()](const ReloadReport& report) { sender(report); });
    const Tick deadline = reactor.clock().tick() + kReloadWait;
    const auto report = co_await reply.until(deadline);
    if (!report) co_return refused(503, "reload_in_progress", "The reload still runs.");
    gate::LocalAnswer made;
    made.status = status_of(*report);
    made.body = body_of(*report);
    co_return made;
  }

 private:
  AskReload ask_;
};

}  // namespace

std::unique_ptr<gate::Handler> for_operators(std::unique_ptr<gate::Handler> handler) {
  return std::make_unique<ForOperators>(std::move(handler));
}

std::unique_ptr<gate::Handler> reload_handler(AskReload ask) {
  return std::make_unique<Reload>(std::move(ask));
}

}  // namespace tollhouse::api
