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
#include "pow/offer.h"
#include "pow/verify.h"

namespace tollhouse::api {
namespace {

using gate::LocalAnswer;
using gate::LocalRequest;
using gate::ToolRow;

/// Rows that work alone opens.
std::vector<const ToolRow*> rows_by_work(const gate::Rules& rules) {
  std::vector<const ToolRow*> rows;
  if (rules.policy.routes.empty()) return rows;
  const gate::Route& route = rules.policy.routes.front();
  const auto see = [&rows](const ToolRow& row) {
    if (row.terms.work && !row.terms.work->with_price) rows.push_back(&row);
  };
  for (const ToolRow& row : route.rows) see(row);
  if (route.other) see(*route.other);
  return rows;
}

const ToolRow* row_of(const gate::Rules& rules, std::string_view tool) {
  const ToolRow* row =
      rules.policy.routes.empty() ? nullptr : rules.policy.routes.front().row_for(tool);
  return row != nullptr && row->terms.work ? row : nullptr;
}

/// Says when to ask again (R-MET-11).
LocalAnswer too_often(Duration wait) {
  const auto& row = tollhouse::row_of(gate::kReasons, gate::Reason::rate_limited);
  LocalAnswer made = refused(429, row.token,
                             "This client has asked for too many challenges: wait, or call the "
                             "tool and take another way to pay.");
  made.retry_after = wait;
  return made;
}

template <class Row>
LocalAnswer refused_by(int status, const Row& row) {
  return refused(status, row.token, row.said_to_caller);
}

/// Seed 004's word, and ours for why (R-POW-6).
LocalAnswer invalid_solution(pow::Reason reason) {
  const auto& row = tollhouse::row_of(pow::kReasons, reason);
  LocalAnswer made;
  made.status = 400;
  json::Writer(made.body)
      .begin_object()
      .member("error", "invalid_solution")
      .member("code", row.token)
      .member("message", row.said_to_caller)
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
  static std::string bound(const std::string& client) { return "ip:" + client; }

  /// The most that any row asks of this client: a challenge for no tool is good for each of them.
  double bits_for_all(const gate::Rules& rules, const std::string& client, Tick tick) {
    const gate::WorkSettings& settings = rules.policy.work;
    double most = settings.bits;
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
    if (const auto wait = house_.work.may_ask(client, tick)) co_return too_often(*wait);
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
    const std::string client = client_of(request);
    const Tick tick = reactor.clock().tick();
    if (const auto wait = house_.work.may_ask(client, tick)) co_return too_often(*wait);
    const double bits =
        row == nullptr ? bits_for_all(rules, client, tick)
                       : house_.work.bits_for(*row->terms.work, rules.policy.work, client, tick);
    const std::string bound_client = bound(client);
    const std::string route =
        asked->tool ? pow::route_of(*asked->tool) : std::string(pow::kAnyTool);
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
};

/// `POST /mcp/pow/verify` (R-POW-6): work against a credential.
class VerifyWork final : public WorkHandler {
 public:
  using WorkHandler::WorkHandler;

  io::Task<LocalAnswer> answer(io::Reactor& reactor, const LocalRequest& request) override {
    if (request.head.method != http::Method::post) co_return method_not_allowed("POST");
    json::Document workspace;
    const auto solution = pow::read_verify_request(request.body, workspace);
    if (!solution) {
      count(reactor, gate::WorkResult::malformed);
      co_return invalid_solution(pow::Reason::pow_malformed);
    }
    const std::string client = client_of(request);
    const auto good = judge(*solution, request, client);
    if (!good) {
      count(reactor, gate::result_of(good.error()));
      co_return invalid_solution(good.error());
    }
    const Tick tick = reactor.clock().tick();
    switch (house_.work.use(good->challenge, now())) {
      case gate::WorkDesk::Use::fresh:
        break;
      case gate::WorkDesk::Use::replay:
        count(reactor, gate::WorkResult::replay);
        co_return refused_by(409, tollhouse::row_of(gate::kReasons, gate::Reason::pow_replay));
      case gate::WorkDesk::Use::full:
        co_return refused_by(503, tollhouse::row_of(gate::kReasons, gate::Reason::overloaded));
    }
    house_.work.accepted(client, request.rules.policy.work, tick);
    count(reactor, gate::WorkResult::accepted);
    counts(reactor).work_duration.observe(now() - good->challenge.issued_at());
    co_return granted(*good, request.rules, client);
  }

 private:
  /// A credential can be for several tools.
  void count(const io::Reactor& reactor, gate::WorkResult result) const {
    counts(reactor).work(house_.metrics.other_tool(), result);
  }

  struct Good {
    pow::Challenge challenge;
    std::vector<std::string_view> tools;
  };

  /// For every tool that this work opens: the one it was asked for, or all whose floor it meets.
  Result<Good, pow::Reason> judge(const pow::Solution& solution, const LocalRequest& request,
                                  const std::string& client) {
    const gate::Rules& rules = request.rules;
    const std::string bound_client = bound(client);
    pow::Reason first = pow::Reason::invalid_solution;
    Good good;
    bool any = false;
    for (const ToolRow* row : rows_by_work(rules)) {
      const std::string route = pow::route_of(row->name);
      pow::Target target;
      const gate::WorkTerms& work = *row->terms.work;
      target.bits_min = work.automatic ? rules.policy.work.bits_min : work.bits;
      target.binding.client = bound_client;
      target.binding.route = route;
      const auto grant = pow::verify(solution, request.keys.work, target, now());
      if (grant) {
        good.challenge = grant->challenge;
        good.tools.push_back(row->name);
      } else if (!any) {
        first = grant.error();
      }
      any = any || grant.has_value();
    }
    if (!any) return refuse(first);
    return good;
  }

  LocalAnswer granted(const Good& good, const gate::Rules& rules, const std::string& client) {
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
    if (!token) return refused(503, "rails_unavailable", "The credential cannot be made.");
    LocalAnswer made;
    made.body = pow::granted_body(base64(*token), preimage, pow::kMacaroonLifetime);
    return made;
  }
};

}  // namespace

void add_work(gate::Router& router, gate::House& house) {
  router.add("/api/challenge", std::make_unique<Challenge>(house));
  router.add("/mcp/pow/challenge", std::make_unique<NonceChallenge>(house));
  router.add("/mcp/pow/verify", std::make_unique<VerifyWork>(house));
}

}  // namespace tollhouse::api
