// api: work before a call: `GET /api/challenge`, `POST /mcp/pow/challenge` and
// `POST /mcp/pow/verify`, for the tools of the first route as the REST paths serve them. One signed
// challenge behind all forms; nothing is kept until it is redeemed. Spec: pow.md 1 to 3, R-POW-1,
// 5, 6, 16.
#include <algorithm>

#include "api/answers.h"
#include "api/handlers.h"
#include "base/base64.h"
#include "crypto/sha256.h"
#include "gate/credential_keys.h"
#include "gate/reasons.h"
#include "gate/rules.h"
#include "gate/sale.h"
#include "gate/work_admission.h"
#include "json/writer.h"
#include "l402/challenge.h"
#include "l402/limits.h"
#include "pow/offer.h"
#include "pow/verify.h"
#include "pow/work.h"

namespace tollhouse::api {
namespace {

using gate::LocalAnswer;
using gate::LocalRequest;
using gate::ToolRow;

/// Whether work alone opens it, also work that was done before the call was known.
bool is_by_work(const ToolRow& row) {
  return gate::opened_by_work(row.terms) && !row.terms.bind_body;
}

/// The rows of a route: the named ones, and the one for all other tools where it counts.
std::vector<const ToolRow*> rows_of(const gate::Route& route) {
  std::vector<const ToolRow*> rows;
  rows.reserve(route.rows.size() + 1);
  for (const ToolRow& row : route.rows) rows.push_back(&row);
  if (route.other && route.unknown_tools == gate::UnknownTools::price) {
    rows.push_back(&*route.other);
  }
  return rows;
}

/// Rows that work alone opens.
std::vector<const ToolRow*> rows_by_work(const gate::Rules& rules) {
  if (rules.policy.routes.empty()) return {};
  std::vector<const ToolRow*> rows = rows_of(rules.policy.routes.front());
  std::erase_if(rows, [](const ToolRow* row) { return !is_by_work(*row); });
  return rows;
}

/// Whether work opens every call that asks anything: then a credential need not say for which tools
/// it is.
bool all_by_work(const gate::Rules& rules) {
  return std::ranges::all_of(rows_of(rules.policy.routes.front()), [](const ToolRow* row) {
    return row->terms.free() || is_by_work(*row);
  });
}

/// Whether it is the row for tools that have none of their own, so that its name names no tool.
bool is_for_others(const gate::Rules& rules, const ToolRow* row) {
  const auto& other = rules.policy.routes.front().other;
  return other && row == &*other;
}

/// The tools of these rows as a credential names them; nothing where it cannot: there is none with
/// a row of its own, or there are too many.
std::optional<std::vector<std::string_view>> names_of(const gate::Rules& rules,
                                                      const std::vector<const ToolRow*>& rows) {
  std::vector<std::string_view> names;
  for (const ToolRow* row : rows) {
    if (!is_for_others(rules, row)) names.push_back(row->name);
  }
  if (names.empty() || names.size() > l402::kListEntriesMax) return std::nullopt;
  return names;
}

std::uint8_t least_bits(const ToolRow& row, const gate::Rules& rules) {
  return gate::least_bits(*row.terms.work, rules.policy.work);
}

const ToolRow* row_of(const gate::Rules& rules, std::string_view tool) {
  const ToolRow* row =
      rules.policy.routes.empty() ? nullptr : rules.policy.routes.front().row_for(tool);
  return row != nullptr && row->terms.work ? row : nullptr;
}

constexpr std::string_view kBoundToItsCall =
    "Work for this tool is bound to the call: call it, and the refusal has its challenge.";
constexpr std::string_view kTooManyChallenges =
    "This client has asked for too many challenges: wait, or call the tool and take another way to "
    "pay.";
constexpr std::string_view kTooManyFailures =
    "This client has shown too much work that is no good: wait, or call the tool and take another "
    "way to pay.";
constexpr std::string_view kToolNotSaid =
    "The challenge opens no call by itself: say the tool too, as {\"nonce\", \"solution\", "
    "\"tool\"}.";

/// Says when to ask again (R-MET-11).
LocalAnswer too_often(Duration wait, std::string_view words) {
  const auto& row = tollhouse::row_of(gate::kReasons, gate::Reason::rate_limited);
  LocalAnswer made = refused(429, row.token, words);
  made.retry_after = wait;
  return made;
}

template <class Row>
LocalAnswer refused_by(int status, const Row& row) {
  return refused(status, row.token, row.said_to_caller);
}

/// Seed 004's word, and ours for why (R-POW-6). `words`: in place of the reason's.
LocalAnswer invalid_solution(pow::Reason reason, std::string_view words = {}) {
  const auto& row = tollhouse::row_of(pow::kReasons, reason);
  LocalAnswer made;
  made.status = 400;
  json::Writer(made.body)
      .begin_object()
      .member("error", "invalid_solution")
      .member("code", row.token)
      .member("message", words.empty() ? row.said_to_caller : words)
      .end_object();
  return made;
}

/// Rails that open calls of the tools that take work.
std::vector<std::string_view> alternatives(const gate::Policy& policy,
                                           const std::vector<const ToolRow*>& rows) {
  const auto any = [&](auto opens) {
    return std::ranges::any_of(
        rows, [&](const ToolRow* row) { return row->terms.priced() && opens(row->terms); });
  };
  std::vector<std::string_view> rails;
  if (any([](const gate::Terms& terms) { return terms.rails.l402; })) rails.emplace_back("l402");
  if (any([&](const gate::Terms& terms) { return gate::takes_x402(policy, terms); })) {
    rails.emplace_back("x402");
  }
  if (any([&](const gate::Terms& terms) { return gate::takes_mpp(policy, terms); })) {
    rails.emplace_back("mpp");
  }
  return rails;
}

class WorkHandler : public gate::Handler {
 public:
  explicit WorkHandler(gate::House& house) : house_(house) {}

 protected:
  Time now() const { return house_.lives.now(house_.clock.now()); }
  gate::ReactorMetrics& counts(const io::Reactor& reactor) const {
    return house_.metrics.of_reactor(reactor.index());
  }
  void count_challenge(const io::Reactor& reactor, std::size_t tool) const {
    counts(reactor).tools[tool].work_challenges.add();
  }
  std::string client_of(const LocalRequest& request) const { return request.client.client_class(); }
  /// Whom a challenge is bound to; the text outlives the binding.
  static std::string bound(const std::string& client) { return gate::client_of_work(client); }

  /// The most that any row asks of this client: a challenge for no tool is good for each of them.
  double bits_for_all(const gate::Rules& rules, const std::string& client, Tick tick) {
    return std::max<double>(rules.policy.work.bits, bits_for_rows(rules, client, tick));
  }
  double bits_for_rows(const gate::Rules& rules, const std::string& client, Tick tick) {
    const gate::WorkSettings& settings = rules.policy.work;
    double most = 0;
    for (const ToolRow* row : rows_by_work(rules)) {
      most = std::max(most, house_.work.bits_for(*row->terms.work, settings, client, tick));
    }
    return most;
  }

  gate::House& house_;
};

/// `GET /api/challenge` (R-POW-1).
class Challenge final : public WorkHandler {
 public:
  using WorkHandler::WorkHandler;

  io::Task<LocalAnswer> answer(io::Reactor& reactor, const LocalRequest& request) override {
    if (!is_read(request)) co_return method_not_allowed("GET, HEAD");
    const gate::Rules& rules = request.rules;
    if (rows_by_work(rules).empty()) co_return refused(404, "not_found", "No tool takes work.");
    const std::string_view target = request.head.target();
    const std::size_t mark = target.find('?');
    const auto query = pow::read_challenge_query(
        mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1));
    if (!query) co_return refused(400, "bad_query", "Known are unit=bits and count=auto.");
    const std::string client = client_of(request);
    const Tick tick = reactor.clock().tick();
    if (const auto wait = house_.work.may_ask(client, tick)) {
      co_return too_often(*wait, kTooManyChallenges);
    }
    const double bits = bits_for_all(rules, client, tick);
    pow::Difficulty asked = pow::one_puzzle_of_digits(bits, bits);
    if (query->bits_unit) asked = pow::one_puzzle(bits, 0);
    if (query->count_auto) asked = pow::many_puzzles(bits);
    const std::string bound_client = bound(client);
    pow::Terms terms;
    terms.bits = asked.bits;
    terms.count = asked.count;
    terms.hex_unit = !query->bits_unit && asked.bits % 4 == 0;
    terms.ttl = rules.policy.work.ttl;
    terms.binding.client = bound_client;
    terms.binding.route = pow::kAnyTool;
    const pow::Issued issued = pow::issue(terms, request.keys.work, now(), house_.random);
    LocalAnswer made;
    made.body = pow::challenge_body(issued, alternatives(rules.policy, rows_by_work(rules)));
    count_challenge(reactor, house_.metrics.other_tool());
    co_return made;
  }
};

/// `POST /mcp/pow/challenge` (R-POW-5).
class NonceChallenge final : public WorkHandler {
 public:
  using WorkHandler::WorkHandler;

  io::Task<LocalAnswer> answer(io::Reactor& reactor, const LocalRequest& request) override {
    if (request.head.method != http::Method::post) co_return method_not_allowed("POST");
    const gate::Rules& rules = request.rules;
    if (rows_by_work(rules).empty()) co_return refused(404, "not_found", "No tool takes work.");
    const auto asked = pow::read_challenge_request(request.body);
    if (!asked) co_return refused(400, "bad_request", "Send nothing, or {\"tool\": NAME}.");
    const ToolRow* row = asked->tool ? row_of(rules, *asked->tool) : nullptr;
    if (asked->tool && row == nullptr) {
      co_return refused_by(404, tollhouse::row_of(gate::kReasons, gate::Reason::unknown_tool));
    }
    if (row != nullptr && row->terms.bind_body) {
      co_return refused(400, "bad_request", kBoundToItsCall);
    }
    const bool every_tool = all_by_work(rules);
    if (row == nullptr && !every_tool && !names_of(rules, rows_by_work(rules))) {
      co_return refused(400, "bad_request", "Say for which tool: {\"tool\": NAME}.");
    }
    const std::string client = client_of(request);
    const Tick tick = reactor.clock().tick();
    if (const auto wait = house_.work.may_ask(client, tick)) {
      co_return too_often(*wait, kTooManyChallenges);
    }
    // What is verified without the tool's name has to be good without it: at the price of the
    // dearest.
    const bool for_any = row == nullptr || (every_tool && is_for_others(rules, row));
    const double bits =
        for_any ? bits_for_any(rules, row, client, tick)
                : house_.work.bits_for(*row->terms.work, rules.policy.work, client, tick);
    const std::string bound_client = bound(client);
    const std::string route = for_any ? std::string(pow::kAnyTool) : pow::route_of(*asked->tool);
    pow::Terms terms;
    terms.bits = pow::one_puzzle(bits, 0).bits;
    terms.ttl = rules.policy.work.ttl;
    terms.binding.client = bound_client;
    terms.binding.route = route;
    count_challenge(reactor, row == nullptr ? house_.metrics.other_tool()
                                            : house_.metrics.tool_index(*asked->tool));
    LocalAnswer made;
    made.body = pow::nonce_body(pow::issue(terms, request.keys.work, now(), house_.random));
    co_return made;
  }

 private:
  /// `row`: of the tool that was named; null where none was.
  double bits_for_any(const gate::Rules& rules, const ToolRow* row, const std::string& client,
                      Tick tick) {
    if (row == nullptr) return bits_for_all(rules, client, tick);
    return bits_for_rows(rules, client, tick);
  }
};

/// `POST /mcp/pow/verify` (R-POW-6): work against a credential.
class VerifyWork final : public WorkHandler {
 public:
  using WorkHandler::WorkHandler;

  io::Task<LocalAnswer> answer(io::Reactor& reactor, const LocalRequest& request) override {
    if (request.head.method != http::Method::post) co_return method_not_allowed("POST");
    json::Document workspace;
    const auto shown = pow::read_verify_request(request.body, workspace);
    if (!shown) co_return refuse_work(reactor, request, pow::Reason::pow_malformed);
    const std::string client = client_of(request);
    const auto good = judge(*shown, request, client);
    if (!good) {
      const bool named = shown->tool || good.error() != pow::Reason::pow_binding;
      co_return refuse_work(reactor, request, good.error(), named ? "" : kToolNotSaid);
    }
    // Before the work is used: who gets no credential keeps it.
    const auto granted = credential(*good, request.rules, client);
    if (!granted && !shown->tool) {  // more names than a credential holds
      co_return invalid_solution(pow::Reason::pow_binding, kToolNotSaid);
    }
    if (!granted) co_return refused(503, "rails_unavailable", "The credential cannot be made.");
    switch (house_.work.use(good->challenge, now())) {
      case gate::WorkDesk::Use::fresh:
        break;
      case gate::WorkDesk::Use::replay:
        count(reactor, gate::WorkResult::replay);
        co_return count_failure(
            reactor, client,
            refused_by(409, tollhouse::row_of(gate::kReasons, gate::Reason::pow_replay)));
      case gate::WorkDesk::Use::full:
        co_return refused_by(503, tollhouse::row_of(gate::kReasons, gate::Reason::overloaded));
    }
    house_.work.accepted(client, request.rules.policy.work, reactor.clock().tick());
    count(reactor, gate::WorkResult::accepted);
    counts(reactor).work_duration.observe(now() - good->challenge.issued_at());
    LocalAnswer made;
    made.body = *granted;
    co_return made;
  }

 private:
  /// A credential can be for several tools.
  void count(const io::Reactor& reactor, gate::WorkResult result) const {
    counts(reactor).work(house_.metrics.other_tool(), result);
  }

  /// Work that is no good counts against its client, as on the way of a call (R-L402-16).
  LocalAnswer count_failure(const io::Reactor& reactor, const std::string& client,
                            LocalAnswer refusal) {
    const auto wait = house_.failures_by_client.take(client, reactor.clock().tick());
    if (!wait) return refusal;
    counts(reactor).rate_limited.add();
    return too_often(*wait, kTooManyFailures);
  }

  LocalAnswer refuse_work(const io::Reactor& reactor, const LocalRequest& request,
                          pow::Reason reason, std::string_view words = {}) {
    count(reactor, gate::result_of(reason));
    LocalAnswer refusal = invalid_solution(reason, words);
    if (reason == pow::Reason::pow_expired) return refusal;
    return count_failure(reactor, client_of(request), std::move(refusal));
  }

  struct Good {
    pow::Challenge challenge;
    std::vector<std::string_view> tools;  ///< that it opens; none: every one
  };
  using Tools = Result<std::vector<std::string_view>, pow::Reason>;

  /// Whose challenge it is once, then for which tools, then the hashes.
  Result<Good, pow::Reason> judge(const pow::VerifyRequest& shown, const LocalRequest& request,
                                  const std::string& client) {
    const auto challenge = pow::authenticate(shown.solution, request.keys.work, now());
    if (!challenge) return refuse(challenge.error());
    auto tools = shown.tool ? tool_named(*shown.tool, *challenge, request, client)
                            : tools_opened(*challenge, request, client);
    if (!tools) return refuse(tools.error());
    if (!pow::solved(*challenge, shown.solution)) return refuse(pow::Reason::invalid_solution);
    return Good{*challenge, *std::move(tools)};
  }

  static Result<void, pow::Reason> fits(const pow::Challenge& challenge,
                                        const LocalRequest& request, const std::string& client,
                                        std::string_view route, std::uint8_t bits_min) {
    const std::string bound_client = bound(client);
    pow::Target target;
    target.bits_min = bits_min;
    target.binding.client = bound_client;
    target.binding.route = route;
    return pow::fits(challenge, target, request.keys.work);
  }

  static Tools tool_named(std::string_view tool, const pow::Challenge& challenge,
                          const LocalRequest& request, const std::string& client) {
    const ToolRow* row = row_of(request.rules, tool);
    if (row == nullptr || !is_by_work(*row)) return refuse(pow::Reason::pow_binding);
    const auto fitting =
        fits(challenge, request, client, pow::route_of(tool), least_bits(*row, request.rules));
    if (!fitting) return refuse(fitting.error());
    return std::vector{tool};
  }

  /// The tool it was asked for; where it was asked for none, all whose floor it meets.
  static Tools tools_opened(const pow::Challenge& challenge, const LocalRequest& request,
                            const std::string& client) {
    const gate::Rules& rules = request.rules;
    if (fits(challenge, request, client, pow::kAnyTool, 0)) return tools_met(challenge, rules);
    for (const ToolRow* row : rows_by_work(rules)) {
      if (is_for_others(rules, row)) continue;
      const auto fitting = fits(challenge, request, client, pow::route_of(row->name), 0);
      if (!fitting) continue;
      if (!meets(challenge, *row, rules)) return refuse(pow::Reason::pow_too_easy);
      return std::vector{std::string_view(row->name)};
    }
    return refuse(pow::Reason::pow_binding);
  }

  static bool meets(const pow::Challenge& challenge, const ToolRow& row, const gate::Rules& rules) {
    return pow::work_suffices(challenge.bits, challenge.count, least_bits(row, rules));
  }

  static Tools tools_met(const pow::Challenge& challenge, const gate::Rules& rules) {
    std::vector<const ToolRow*> met = rows_by_work(rules);
    const std::size_t all = met.size();
    std::erase_if(met, [&](const ToolRow* row) { return !meets(challenge, *row, rules); });
    if (met.empty()) return refuse(pow::Reason::pow_too_easy);
    if (met.size() == all && all_by_work(rules)) return std::vector<std::string_view>();
    auto names = names_of(rules, met);
    if (!names) return refuse(pow::Reason::pow_binding);
    return *std::move(names);
  }

  /// The body that grants it; nothing where it cannot be written.
  std::optional<std::string> credential(const Good& good, const gate::Rules& rules,
                                        const std::string& client) {
    Preimage preimage;
    house_.random.fill(preimage.bytes);
    const PaymentHash hash = PaymentHash::from(crypto::sha256(preimage.reveal()).view());
    l402::Terms terms;
    terms.service = rules.policy.routes.front().service;
    terms.capabilities = good.tools;
    terms.valid_for = pow::kMacaroonLifetime;
    terms.uses = rules.policy.work.calls_per_solve;
    terms.address = client;
    // No price: that is how it is told from what was paid for.
    const l402::Sale sale{hash, Msat(), now(), house_.epoch, terms};
    const auto token = l402::mint(sale, rules.keys, house_.random);
    if (!token) return std::nullopt;
    return pow::granted_body(base64(*token), preimage, pow::kMacaroonLifetime);
  }
};

}  // namespace

void add_work(gate::Router& router, gate::House& house) {
  router.add("/api/challenge", std::make_unique<Challenge>(house));
  router.add("/mcp/pow/challenge", std::make_unique<NonceChallenge>(house));
  router.add("/mcp/pow/verify", std::make_unique<VerifyWork>(house));
}

}  // namespace tollhouse::api
