// gate: judging work.
#include "gate/work_admission.h"

#include <array>

#include "base/switches.h"
#include "gate/admission.h"
#include "gate/credential_keys.h"
#include "gate/shown.h"
#include "mcp/request_digest.h"
#include "pow/verify.h"

namespace tollhouse::gate {
namespace {

pow::Binding binding_of_work(Call& call, const std::string& client, const std::string& route) {
  pow::Binding binding;
  binding.client = client;
  binding.route = route;
  if (planted(PlantedBug::work_for_any_tool)) binding.route = pow::kAnyTool;
  if (call.terms.bind_body) {
    if (!call.request_digest) call.request_digest = mcp::request_digest(*call.message);
    binding.body = call.request_digest;
  }
  return binding;
}

/// From 0 to below 1.
double dice(Random& random) {
  std::array<std::uint8_t, 4> bytes;
  random.fill(bytes);
  std::uint32_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number / 4294967296.0;
}

/// 429, with words for what opens the call meanwhile.
Refusal too_often(Worker& worker, Duration wait, std::string_view words) {
  worker.metrics.rate_limited.add();
  Refusal refusal = refusal_of(Reason::rate_limited);
  refusal.retry_after = wait;
  refusal.detail = words;
  return refusal;
}

bool can_be_paid(const Call& call) { return call.terms.priced() && !call.terms.work->with_price; }

std::string_view words_for_quota(const Call& call) {
  if (can_be_paid(call)) {
    return "This client has had its calls of this tool by work: pay for the call, or wait.";
  }
  return "This client has had its calls of this tool by work: wait.";
}

std::string_view words_for_grants(const Call& call) {
  if (can_be_paid(call)) {
    return "Too many calls are worked for: pay for the call, or show the same work again later.";
  }
  return "Too many calls are worked for: show the same work again after the wait.";
}

void count_work(Worker& worker, const Call& call, WorkResult result) {
  worker.metrics.work(call.tool_metric, result);
}

void see_load(Worker& worker, const Call& call, Tick now) {
  WorkDesk& desk = worker.house.work;
  const WorkSettings& settings = call.rules.policy.work;
  if (!adapts(*call.terms.work, settings) || !desk.load_due(now)) return;
  LoadSample sample;
  sample.connections = worker.pool_of(*call.route).use();
  sample.latencies = worker.house.metrics.upstream_latencies();
  sample.latency_target = settings.latency_target;
  desk.see_load(sample, now);
}

/// Quota and grants, for one more call by work.
std::optional<Refusal> limit_work(Worker& worker, Call& call, Tick now) {
  WorkDesk& desk = worker.house.work;
  const WorkSettings& settings = call.rules.policy.work;
  const bool adaptive = adapts(*call.terms.work, settings);
  if (adaptive) {
    const auto wait = desk.may_grant(settings, now);
    if (wait) return too_often(worker, *wait, words_for_grants(call));
  }
  if (const auto wait = desk.may_call(std::string(call.client), call.tool, now)) {
    return too_often(worker, *wait, words_for_quota(call));
  }
  if (adaptive) desk.granted(settings, now);
  call.work_share = WorkShare{adaptive, std::nullopt};
  return std::nullopt;
}

Refusal work_is_no_good(Worker& worker, const Call& call, pow::Reason reason) {
  count_work(worker, call, result_of(reason));
  const bool expired = reason == pow::Reason::pow_expired;
  return count_failure(worker, call, expired ? CheckResult::expired : CheckResult::invalid,
                       refusal_of(reason));
}

/// Steps 5 to 7, of a challenge that is ours.
Result<void, pow::Reason> judge_for_call(Call& call, const pow::Challenge& challenge,
                                         const pow::Solution& solution, const pow::Keys& keys) {
  const std::string client = client_of_work(call.client);
  const std::string route = pow::route_of(call.tool);
  pow::Target target;
  target.bits_min = least_bits(*call.terms.work, call.rules.policy.work);
  target.binding = binding_of_work(call, client, route);
  if (call.terms.bind_body) target.bound_to |= pow::kBoundToBody;
  const auto fitting = pow::fits(challenge, target, keys);
  if (!fitting) return fitting;
  if (!pow::solved(challenge, solution)) return refuse(pow::Reason::invalid_solution);
  return {};
}

/// Only the first route's tools are behind `/mcp/pow/verify`, and no credential is for one body.
std::uint32_t calls_for(const Call& call) {
  const bool first = call.route == &call.rules.policy.routes.front();
  const bool credential = first && !call.terms.work->with_price && !call.terms.bind_body;
  return credential ? call.rules.policy.work.calls_per_solve : 1;
}

}  // namespace

bool adapts(const WorkTerms& terms, const WorkSettings& settings) {
  return settings.adaptive || terms.automatic;
}

WorkResult result_of(pow::Reason reason) {
  switch (reason) {
    case pow::Reason::pow_malformed:
    case pow::Reason::pow_unsupported:
      return WorkResult::malformed;
    case pow::Reason::pow_expired:
      return WorkResult::expired;
    case pow::Reason::pow_not_yet_valid:
    case pow::Reason::pow_bad_mac:
      return WorkResult::forged;
    case pow::Reason::pow_too_easy:
      return WorkResult::easy;
    case pow::Reason::pow_binding:
      return WorkResult::unbound;
    case pow::Reason::invalid_solution:
      return WorkResult::wrong;
  }
  return WorkResult::malformed;
}

std::optional<Refusal> judge_work(Worker& worker, Call& call) {
  const ShownWork shown = find_work(worker, call);
  if (shown.presence == ShownWork::Presence::none) return refusal_of(Reason::pow_required);
  if (shown.presence == ShownWork::Presence::ambiguous) {
    return refusal_of(Reason::conflicting_credentials);
  }
  const auto solution = pow::read_solution(shown.text);
  if (!solution) {
    count_work(worker, call, WorkResult::malformed);
    return count_failure(worker, call, CheckResult::invalid,
                         refusal_of(pow::Reason::pow_malformed));
  }
  const pow::Keys& keys = worker.keys_of(*call.route).work;
  // Nothing is written down for a challenge that is not ours (R-POW-15).
  const auto challenge = pow::authenticate(*solution, keys, worker.utc());
  if (!challenge) return work_is_no_good(worker, call, challenge.error());
  const auto good = judge_for_call(call, *challenge, *solution, keys);
  if (!good) return work_is_no_good(worker, call, good.error());
  call.work = *challenge;
  return std::nullopt;
}

std::optional<Refusal> use_work(Worker& worker, Call& call) {
  WorkDesk& desk = worker.house.work;
  const Tick now = worker.now();
  const Time utc = worker.utc();
  switch (desk.use(*call.work, utc)) {
    case WorkDesk::Use::fresh:
      break;
    case WorkDesk::Use::replay:
      call.work.reset();
      worker.metrics.replays.add();
      count_work(worker, call, WorkResult::replay);
      return count_failure(worker, call, CheckResult::spent, refusal_of(Reason::pow_replay));
    case WorkDesk::Use::full:
      call.work.reset();
      return refusal_of(Reason::overloaded);
  }
  see_load(worker, call, now);
  if (auto refusal = limit_work(worker, call, now)) {
    desk.give_back(*call.work);
    call.work.reset();
    count_work(worker, call, WorkResult::limited);
    return refusal;
  }
  if (!call.payment) call.record.rail = Rail::pow;
  return std::nullopt;
}

void accept_work(Worker& worker, Call& call) {
  if (!call.work || !call.work_share) return;
  const Tick now = worker.now();
  worker.house.work.accepted(std::string(call.client), call.rules.policy.work, now);
  call.work_share->accepted = now;
  worker.metrics.checks[static_cast<std::size_t>(CheckResult::valid)].add();
  count_work(worker, call, WorkResult::accepted);
  worker.metrics.work_duration.observe(worker.utc() - call.work->issued_at());
}

void give_back_work(Worker& worker, Call& call) {
  WorkDesk& desk = worker.house.work;
  if (call.work) desk.give_back(*call.work);
  call.work.reset();
  if (!call.work_share) return;
  const std::string client(call.client);
  const Tick now = worker.now();
  const WorkShare share = *call.work_share;
  call.work_share.reset();
  desk.call_not_made(client, call.tool);
  if (share.granted) desk.grant_not_used(call.rules.policy.work, now);
  if (share.accepted) desk.not_accepted(client, *share.accepted, now);
}

std::optional<Refusal> count_worked_call(Worker& worker, Call& call) {
  return limit_work(worker, call, worker.now());
}

std::string client_of_work(std::string_view client_class) {
  std::string client = "ip:" + std::string(client_class);
  const bool network = client_class.find('/') != std::string_view::npos;
  const bool ipv4 = !network && client_class.find('.') != std::string_view::npos;
  if (ipv4) client += "/32";
  return client;
}

Refusal asked_too_often(Worker& worker, Duration wait) {
  return too_often(worker, wait, "This client has asked for too many challenges: wait.");
}

WorkOffer offer_work(Worker& worker, Call& call) {
  WorkOffer offer;
  if (!call.terms.work) return offer;
  WorkDesk& desk = worker.house.work;
  const std::string client(call.client);
  const Tick now = worker.now();
  offer.wait = desk.may_ask(client, now);
  if (offer.wait) return offer;
  const WorkSettings& settings = call.rules.policy.work;
  see_load(worker, call, now);
  const double bits = desk.bits_for(*call.terms.work, settings, client, now);
  const pow::Difficulty asked = pow::one_puzzle(bits, dice(worker.house.random));
  const std::string bound_client = client_of_work(call.client);
  const std::string route = pow::route_of(call.tool);
  pow::Terms terms;
  terms.bits = asked.bits;
  terms.count = asked.count;
  terms.ttl = settings.ttl;
  terms.binding = binding_of_work(call, bound_client, route);
  const pow::Keys& keys = worker.keys_of(*call.route).work;
  offer.issued = pow::issue(terms, keys, worker.utc(), worker.house.random);
  offer.calls = calls_for(call);
  worker.metrics.tools[call.tool_metric].work_challenges.add();
  return offer;
}

}  // namespace tollhouse::gate
