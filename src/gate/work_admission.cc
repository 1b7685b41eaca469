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

/// The client class as challenges are bound to it.
std::string client_of(const Call& call) { return "ip:" + std::string(call.client); }

pow::Binding binding_of_work(const Call& call, const std::string& client,
                             const std::string& route) {
  pow::Binding binding;
  binding.client = client;
  binding.route = route;
  if (planted(PlantedBug::work_for_any_tool)) binding.route = pow::kAnyTool;
  if (call.terms.bind_body) binding.body = call.request_digest;
  return binding;
}

/// What the row asks at least, whatever the controller says meanwhile (R-POW-12).
std::uint8_t least_bits(const Call& call) {
  const WorkTerms& terms = *call.terms.work;
  return terms.automatic ? call.rules.policy.work.bits_min : terms.bits;
}

/// From 0 to below 1.
double dice(Random& random) {
  std::array<std::uint8_t, 4> bytes;
  random.fill(bytes);
  std::uint32_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number / 4294967296.0;
}

Refusal too_often(Worker& worker, Duration wait) {
  worker.metrics.rate_limited.add();
  Refusal refusal = refusal_of(Reason::rate_limited);
  refusal.retry_after = wait;
  return refusal;
}

}  // namespace

std::optional<Refusal> judge_work(Worker& worker, Call& call) {
  const ShownWork shown = find_work(worker, call);
  if (shown.presence == ShownWork::Presence::none) return refusal_of(Reason::pow_required);
  if (shown.presence == ShownWork::Presence::ambiguous) {
    return refusal_of(Reason::conflicting_credentials);
  }
  const auto solution = pow::read_solution(shown.text);
  if (!solution) {
    return count_failure(worker, call, CheckResult::invalid,
                         refusal_of(pow::Reason::pow_malformed));
  }
  if (call.terms.bind_body && !call.request_digest) {
    call.request_digest = mcp::request_digest(*call.message);
  }
  const std::string client = client_of(call);
  const std::string route = pow::route_of(call.tool);
  pow::Target target;
  target.bits_min = least_bits(call);
  target.binding = binding_of_work(call, client, route);
  if (call.terms.bind_body) target.bound_to |= pow::kBoundToBody;
  const pow::Keys& keys = worker.keys_of(*call.route).work;
  const auto grant = pow::verify(*solution, keys, target, worker.utc());
  if (!grant) {
    const bool expired = grant.error() == pow::Reason::pow_expired;
    return count_failure(worker, call, expired ? CheckResult::expired : CheckResult::invalid,
                         refusal_of(grant.error()));
  }
  call.work = grant->challenge;
  return std::nullopt;
}

std::optional<Refusal> use_work(Worker& worker, Call& call) {
  WorkDesk& desk = worker.house.work;
  const std::string client(call.client);
  const Tick now = worker.now();
  switch (desk.use(*call.work, worker.utc())) {
    case WorkDesk::Use::fresh:
      break;
    case WorkDesk::Use::replay:
      call.work.reset();
      worker.metrics.replays.add();
      return count_failure(worker, call, CheckResult::spent, refusal_of(Reason::pow_replay));
    case WorkDesk::Use::full:
      call.work.reset();
      return refusal_of(Reason::overloaded);
  }
  if (const auto wait = desk.may_call(client, call.tool, now)) {
    desk.give_back(*call.work);
    call.work.reset();
    return too_often(worker, *wait);
  }
  desk.accepted(client, call.rules.policy.work, now);
  worker.metrics.checks[static_cast<std::size_t>(CheckResult::valid)].add();
  if (!call.payment) call.record.rail = Rail::pow;
  return std::nullopt;
}

void give_back_work(Worker& worker, Call& call) {
  if (call.work) worker.house.work.give_back(*call.work);
  call.work.reset();
}

std::optional<pow::Issued> offer_work(Worker& worker, const Call& call) {
  if (!call.terms.work) return std::nullopt;
  WorkDesk& desk = worker.house.work;
  const std::string client(call.client);
  const Tick now = worker.now();
  if (desk.may_ask(client, now)) return std::nullopt;
  const WorkSettings& settings = call.rules.policy.work;
  const double bits = desk.bits_for(*call.terms.work, settings, client, now);
  const pow::Difficulty asked = pow::one_puzzle(bits, dice(worker.house.random));
  const std::string bound_client = client_of(call);
  const std::string route = pow::route_of(call.tool);
  pow::Terms terms;
  terms.bits = asked.bits;
  terms.count = asked.count;
  terms.ttl = settings.ttl;
  terms.binding = binding_of_work(call, bound_client, route);
  return pow::issue(terms, worker.keys_of(*call.route).work, worker.utc(), worker.house.random);
}

}  // namespace tollhouse::gate
