// api: the documents that say what a gate sells. All come from the one price table, none says more
// than a 402 would, and the challenge always wins over them. Spec: mcp-gateway.md 8, l402.md 18,
// mpp.md 9, sessions-receipts.md 3.12.
#include "api/answers.h"
#include "api/handlers.h"
#include "gate/price.h"
#include "gate/rules.h"
#include "json/writer.h"

namespace tollhouse::api {
namespace {

using gate::Route;
using gate::ToolRow;

/// Terms change with the configuration only; five minutes are the life of a default challenge.
constexpr std::string_view kCaching = "max-age=300";

std::string_view to_text(const std::optional<gate::Surface>& surface) {
  if (!surface) return "auto";
  switch (*surface) {
    case gate::Surface::http:
      return "http";
    case gate::Surface::result:
      return "result";
    case gate::Surface::error:
      break;
  }
  return "error";
}

void write_route(json::Writer& writer, const gate::Policy& policy, const Route& route,
                 const std::string& origin) {
  const bool deny = route.unknown_tools == gate::UnknownTools::deny;
  writer.begin_object().member("path", route.path).member("url", origin + route.path);
  writer.member("surface", to_text(route.surface));
  writer.member("unknownTools", deny ? "deny" : "price");
  writer.name("tools").begin_array();
  for (const ToolRow& row : route.rows) {
    writer.begin_object().member("name", row.name);
    writer.raw_member("price", gate::price_object(policy, row)).end_object();
  }
  writer.end_array();
  if (route.other && !deny)
    writer.raw_member("otherTools", gate::price_object(policy, *route.other));
  writer.end_object();
}

std::string terms_document(const gate::Rules& rules) {
  const std::string& origin = rules.receipts.issuer;
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("gate", "tollhouse").member("issuer", origin);
  writer.raw_member("rails", gate::rails_array(rules.policy));
  writer.name("surfaces").begin_array().string("http").string("result").string("error");
  writer.end_array().member("receiptKeys", origin + "/.well-known/tollhouse-keys");
  writer.name("routes").begin_array();
  for (const Route& route : rules.policy.routes) write_route(writer, rules.policy, route, origin);
  writer.end_array().end_object();
  return text;
}

/// An HMAC key convinces only who holds it and could have made the receipt: it is never served.
std::string keys_document(const gate::Rules&) { return R"({"keys":[]})"; }

void write_service(json::Writer& writer, const gate::Policy& policy, const std::string& path,
                   std::string_view name, const ToolRow& row) {
  writer.begin_object().member("path", path).member("method", "POST").member("name", name);
  writer.member("price_msat", row.terms.price.count());
  writer.raw_member("price", gate::price_object(policy, row)).end_object();
}

std::string services_document(const gate::Rules& rules) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().name("services").begin_array();
  for (const Route& route : rules.policy.routes) {
    for (const ToolRow& row : route.rows)
      write_service(writer, rules.policy, route.path, row.name, row);
    if (route.other) write_service(writer, rules.policy, route.path, "*", *route.other);
  }
  if (!rules.policy.routes.empty()) {
    for (const ToolRow& row : rules.policy.routes.front().rows) {
      if (has_path(row.name))
        write_service(writer, rules.policy, "/tools/" + row.name, row.name, row);
    }
  }
  writer.end_array().end_object();
  return text;
}

/// `amount` in satoshi, rounded up; null where it depends on the tool.
void write_offer(json::Writer& writer, const std::optional<Msat>& price) {
  writer.name("x-payment-info").begin_object().name("offers").begin_array().begin_object();
  writer.member("intent", "charge").member("method", "lightning").name("amount");
  if (price) {
    writer.string(std::to_string(price->sat_rounded_up()));
  } else {
    writer.null();
  }
  writer.member("currency", "sat").end_object().end_array().end_object();
}

void write_responses(json::Writer& writer, bool paid) {
  writer.name("responses").begin_object();
  writer.name("200").begin_object().member("description", "The answer of the tool.").end_object();
  if (paid) {
    writer.name("402").begin_object();
    writer.member("description", "Payment is needed; the challenge says how.").end_object();
  }
  writer.end_object();
}

void begin_operation(json::Writer& writer, std::string_view path, std::string_view summary) {
  writer.name(path).begin_object().name("post").begin_object();
  writer.member("summary", summary);
  writer.name("requestBody").begin_object().name("content").begin_object();
  writer.name("application/json").begin_object().name("schema").begin_object();
  writer.member("type", "object").end_object().end_object().end_object().end_object();
}

void write_tool_list(json::Writer& writer, const gate::Policy& policy, const Route& route) {
  writer.name("x-gate-tools").begin_array();
  for (const ToolRow& row : route.rows) {
    writer.begin_object().member("name", row.name);
    writer.raw_member("price", gate::price_object(policy, row)).end_object();
  }
  writer.end_array();
}

void write_dynamic(json::Writer& writer, const gate::Policy& policy, std::string_view path,
                   std::string_view summary, const Route& route) {
  begin_operation(writer, path, summary);
  write_offer(writer, std::nullopt);
  write_tool_list(writer, policy, route);
  write_responses(writer, true);
  writer.end_object().end_object();
}

void write_tool(json::Writer& writer, const gate::Policy& policy, const ToolRow& row) {
  begin_operation(writer, "/tools/" + row.name, row.title.empty() ? row.name : row.title);
  const bool paid = !row.terms.free();
  if (paid) write_offer(writer, row.terms.price);
  writer.raw_member("x-tollhouse-price", gate::price_object(policy, row));
  write_responses(writer, paid);
  writer.end_object().end_object();
}

std::string openapi_document(const gate::Rules& rules) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("openapi", "3.1.0").name("info").begin_object();
  writer.member("title", "Tools behind a Tollhouse gate").member("version", "1").end_object();
  writer.name("servers").begin_array().begin_object().member("url", rules.receipts.issuer);
  writer.end_object().end_array().name("x-service-info").begin_object().end_object();
  writer.name("paths").begin_object();
  for (const Route& route : rules.policy.routes) {
    write_dynamic(writer, rules.policy, route.path, "MCP, Streamable HTTP", route);
  }
  if (!rules.policy.routes.empty()) {
    const Route& first = rules.policy.routes.front();
    write_dynamic(writer, rules.policy, "/tools/call", "Any tool, by name and arguments", first);
    for (const ToolRow& row : first.rows) {
      if (has_path(row.name)) write_tool(writer, rules.policy, row);
    }
  }
  writer.end_object().end_object();
  return text;
}

class Document final : public gate::Handler {
 public:
  using Make = std::string (*)(const gate::Rules&);
  explicit Document(Make make) : make_(make) {}

  io::Task<gate::LocalAnswer> answer(io::Reactor&, const gate::LocalRequest& request) override {
    if (!is_read(request)) co_return method_not_allowed("GET, HEAD");
    gate::LocalAnswer made;
    made.body = make_(request.rules);
    made.cache_control = kCaching;
    co_return made;
  }

 private:
  Make make_;
};

}  // namespace

void add_discovery(gate::Router& router) {
  const auto add = [&](std::string path, Document::Make make) {
    router.add(std::move(path), std::make_unique<Document>(make));
  };
  add("/.well-known/tollhouse", terms_document);
  add("/.well-known/tollhouse-keys", keys_document);
  add("/.well-known/liveauth-receipt-keys.json", keys_document);
  add("/.well-known/l402-services", services_document);
  add("/openapi.json", openapi_document);
}

}  // namespace tollhouse::api
