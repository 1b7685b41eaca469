// cli: `doctor` on what is outside: each part is asked as the gate and its callers would ask it.
#include <algorithm>

#include "base/format.h"
#include "base/random.h"
#include "cli/doctor.h"
#include "cli/plain_errands.h"
#include "cli/version.h"
#include "client/client.h"
#include "config/fault.h"
#include "dialogue/shown.h"
#include "io/curl_errands.h"
#include "io/resolver.h"

namespace tollhouse::cli {
namespace {

constexpr Duration kPatience = std::chrono::seconds(10);

std::optional<io::Endpoint> address_of(const gate::Upstream& upstream) {
  if (const auto literal = io::Endpoint::parse_address(upstream.host, upstream.port))
    return literal;
  auto found = io::look_up_name(upstream.host);
  if (!found || found->empty()) return std::nullopt;
  io::Endpoint at = found->front();
  at.port = upstream.port;
  return at;
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string all;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    all += (all.empty() ? "" : ", ") + dialogue::for_terminal(names[i]);
  }
  return names.size() > kShown ? all + ", ..." : all;
}

/// Rows of methods are named by the method, which has a slash (`resources/read`).
bool is_tool_row(const gate::ToolRow& row) { return row.name.find('/') == std::string::npos; }

void examine_rows(const std::string& part, const gate::Route& route,
                  const std::vector<dialogue::Tool>& tools, Findings& findings) {
  std::vector<std::string_view> offered;
  offered.reserve(tools.size());
  for (const dialogue::Tool& tool : tools) offered.emplace_back(tool.name);
  for (const gate::ToolRow& row : route.rows) {
    if (!is_tool_row(row) || std::ranges::find(offered, row.name) != offered.end()) continue;
    const auto nearest = config::nearest_name(row.name, offered);
    findings.warn(part, fmt::format("the server has no tool {}", dialogue::for_terminal(row.name)),
                  nearest ? fmt::format("did you mean {}?", dialogue::for_terminal(*nearest))
                          : "it has: " + listed({offered.begin(), offered.end()}));
  }
  std::vector<std::string> refused;
  for (const std::string_view name : offered) {
    if (route.row_for(name) == nullptr) refused.emplace_back(name);
  }
  if (refused.empty()) return;
  findings.warn(part, "no row sells " + listed(refused),
                "add rows, or a row \"*\"; without one they are refused");
}

/// Why the last exchange did not come about, if it did not.
class LastFault final : public client::Witness {
 public:
  void sent(std::string_view, std::string_view, const std::vector<dialogue::FieldLine>&,
            std::string_view) override {
    fault_.reset();
  }
  void failed(io::ErrandFault fault) override { fault_ = fault; }
  const std::optional<io::ErrandFault>& fault() const { return fault_; }

 private:
  std::optional<io::ErrandFault> fault_;
};

/// Asks the server behind a route what it speaks and what it has, as a caller without a gate would.
void ask_server(const std::string& part, const gate::Route& route, const io::Endpoint& at,
                Findings& findings) {
  std::vector<io::ErrandField> fields;
  fields.reserve(route.upstream.fields.size());
  for (const auto& [name, value] : route.upstream.fields) fields.push_back({name, value});
  PlainErrands errands(at, kPatience, std::move(fields));
  const SystemClock clock;
  SystemRandom random;
  const crypto::Secp256k1 curve(random);
  LastFault witness;
  client::Settings settings;
  settings.gate =
      *http::parse_url(fmt::format("http://{}{}", route.upstream.authority, route.upstream.path));
  settings.speaker.version = version();
  settings.pay = false;
  client::Client client({errands, clock, curve, witness}, std::move(settings), nullptr);
  const std::string& who = route.upstream.authority;
  const auto failed = [&](const client::Trouble& trouble) {
    const std::string found = witness.fault() ? client::trouble_of(*witness.fault(), who).message
                                              : fmt::format("{}: {}", who, trouble.message);
    findings.fail(part, found, "start the MCP server, or correct upstream", Exit::unreachable);
  };
  if (const auto connected = client.connect(); !connected) return failed(connected.error());
  const auto tools = client.list_tools();
  client.goodbye();
  if (!tools) return failed(tools.error());
  findings.ok(part,
              fmt::format("{} speaks MCP {}, {} tool{}", route.upstream.authority,
                          client.dialect().version, tools->size(), tools->size() == 1 ? "" : "s"));
  examine_rows(part, route, *tools, findings);
}

void examine_upstream(const gate::Route& route, Findings& findings) {
  const std::string part = "upstream " + route.path;
  const auto at = address_of(route.upstream);
  if (at) return ask_server(part, route, *at, findings);
  findings.fail(part, fmt::format("no address for {}", route.upstream.host),
                "correct upstream, or the machine's name service", Exit::unreachable);
}

/// The row whose 402 can be looked at: one that asks for money.
std::optional<std::string> priced_tool(const gate::Route& route) {
  for (const gate::ToolRow& row : route.rows) {
    if (is_tool_row(row) && !row.terms.free()) return row.name;
  }
  if (route.other && !route.other->terms.free()) return "tollhouse-doctor";
  return std::nullopt;
}

/// A call through `public_url`, as a caller makes it.
client::Replied call_through(const std::string& url, std::string_view tool,
                             const std::string& credential, io::Errands& errands) {
  const dialogue::Dialect dialect{mcp::Era::legacy, std::string(dialogue::kLegacyVersion), {}};
  const dialogue::Phrases phrases({"tollhouse-doctor", std::string(version())});
  dialogue::Request request = phrases.call_tool(1, dialect, tool, "{}", {});
  io::Errand errand;
  errand.method = request.method;
  errand.url = url;
  for (dialogue::FieldLine& field : request.fields) {
    errand.fields.push_back({std::move(field.name), std::move(field.value)});
  }
  if (!credential.empty()) errand.fields.push_back({"Authorization", credential});
  errand.body = std::move(request.body);
  errand.allow_private = true;
  client::Witness nobody;
  return client::ask(errands, std::move(errand), nobody);
}

void fail_public_url(Findings& findings, std::string found, std::string cure) {
  findings.fail("public_url", std::move(found), std::move(cure), Exit::unreachable);
}

/// The longest head that a gate sends: does it come back whole? Mints one invoice, as any caller.
bool challenge_comes_back(const std::string& url, std::string_view tool, io::Errands& errands,
                          Findings& findings) {
  const auto reply = call_through(url, tool, {}, errands);
  if (!reply) {
    fail_public_url(findings,
                    fmt::format("a call to {} ended: {}", url, io::to_text(reply.error())),
                    "let the proxy pass POST and event streams");
    return false;
  }
  if (reply->status != 402) {
    fail_public_url(findings, fmt::format("{} answers {}, not 402", url, reply->status),
                    "nginx: proxy_buffer_size 32k, proxy_buffers 8 32k; and pass the path");
    return false;
  }
  if (reply->find("WWW-Authenticate")) return true;
  fail_public_url(findings, "the proxy takes WWW-Authenticate out of a 402",
                  "let it pass, and every other field");
  return false;
}

/// A credential that is none is refused as that; one that was lost on the way asks for payment.
bool credential_arrives(const std::string& url, std::string_view tool, io::Errands& errands,
                        Findings& findings) {
  const auto reply = call_through(url, tool, "L402 none:none", errands);
  if (reply && reply->body.find(R"("code":"payment_required")") == std::string::npos) return true;
  fail_public_url(findings, "the proxy takes Authorization out of requests",
                  "nginx: proxy_set_header Authorization $http_authorization");
  return false;
}

void examine_calls(const std::string& origin, const gate::Route& route, io::Errands& errands,
                   Findings& findings) {
  const auto tool = priced_tool(route);
  const bool in_status = !route.surface || *route.surface == gate::Surface::http;
  const std::string url = origin + route.path;
  if (!tool || !in_status) return;
  if (!challenge_comes_back(url, *tool, errands, findings)) return;
  if (!credential_arrives(url, *tool, errands, findings)) return;
  findings.ok("public_url",
              fmt::format("{}: credentials go in and challenges come out whole", url));
}

void examine_public_url(const gate::Policy& policy, Findings& findings) {
  const std::string& origin = policy.public_origin;
  if (origin.empty()) return;
  io::CurlErrands errands({.user_agent = fmt::format("tollhouse/{}", version()), .proxy = {}});
  io::Errand errand;
  errand.url = origin + "/healthz";
  errand.allow_private = true;
  client::Witness nobody;
  const auto reply = client::ask(errands, std::move(errand), nobody);
  if (!reply) {
    const client::Trouble trouble = client::trouble_of(reply.error(), origin);
    return fail_public_url(findings, trouble.message,
                           "start gate and proxy, and look at the name and its certificate");
  }
  if (reply->status != 200 || reply->body != R"({"status":"ok"})") {
    return fail_public_url(
        findings, fmt::format("{}/healthz answers {}, not as a gate does", origin, reply->status),
        "start the gate, and let the proxy pass every path to it");
  }
  for (const gate::Route& route : policy.routes) {
    examine_calls(origin, route, errands, findings);
  }
}

}  // namespace

void examine_network(const config::Loaded& loaded, Findings& findings) {
  const gate::Policy& policy = loaded.settings.policy;
  for (const gate::Route& route : policy.routes) examine_upstream(route, findings);
  examine_public_url(policy, findings);
}

}  // namespace tollhouse::cli
