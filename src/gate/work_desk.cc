// gate: the desk of work.
#include "gate/work_desk.h"

#include <algorithm>

#include "base/invariant.h"
#include "base/switches.h"

namespace tollhouse::gate {
namespace {

/// Steps that are made up for after a quiet time: from the highest bits to the lowest, by 0.05.
constexpr int kStepsAtOnceMax = 600;
/// A caller whose heat asks for less of it is as one that was never seen.
constexpr double kColdBits = 0.1;
/// A full desk looks through its callers for cold ones no more often: a look is at all of them.
constexpr Duration kForgetEvery = std::chrono::seconds(1);

std::string text_of_id(const pow::Challenge& challenge) {
  return std::string(challenge.id.begin(), challenge.id.end());
}

std::int64_t expiry_of(const pow::Challenge& challenge) {
  return std::int64_t{challenge.issued} + challenge.ttl_seconds;
}

pow::Control control_of(const WorkSettings& settings) {
  return {static_cast<double>(settings.bits_min), static_cast<double>(settings.bits_max),
          static_cast<double>(settings.target_rate), pow::gain_for(settings.ttl)};
}

/// One client and one tool: lengths first, so that no two share a text.
std::string key_of(const std::string& client, std::string_view tool) {
  return std::to_string(client.size()) + ':' + client + std::string(tool);
}

}  // namespace

WorkDesk::WorkDesk(Tick now) : forget_after_(now), stepped_(now), load_(now) {}

void WorkDesk::allow(const WorkSettings& settings) {
  asks_by_client_.allow(settings.challenges_per_minute);
  calls_by_minute_.allow(settings.per_minute);
  calls_by_day_.allow(settings.per_day);
}

bool WorkDesk::load_due(Tick now) const {
  const std::lock_guard lock(mutex_);
  return load_.due(now);
}

void WorkDesk::see_load(const LoadSample& sample, Tick now) {
  const std::lock_guard lock(mutex_);
  load_.look(sample, now);
}

double WorkDesk::bits_for(const WorkTerms& terms, const WorkSettings& settings,
                          const std::string& client, Tick now) {
  const double floor = terms.automatic ? settings.bits_min : terms.bits;
  if (!settings.adaptive && !terms.automatic) return floor;
  const std::lock_guard lock(mutex_);
  step(settings, now);
  const auto caller = callers_.find(client);
  const double heat = caller == callers_.end() ? 0 : pow::caller_bits(caller->second.heat, now);
  const pow::Layers layers{rate_->base, load_.bits(now), heat};
  return pow::total_bits(layers, floor, std::max<double>(floor, settings.bits_max));
}

std::optional<Duration> WorkDesk::may_ask(const std::string& client, Tick now) {
  return asks_by_client_.take(client, now);
}

WorkDesk::Use WorkDesk::use(const pow::Challenge& challenge, Time now) {
  const std::lock_guard lock(mutex_);
  drop_expired(now);
  if (used_count_ >= kUsedMax) return Use::full;
  if (planted(PlantedBug::work_use_forgotten)) return Use::fresh;
  const bool fresh = used_[expiry_of(challenge)].insert(text_of_id(challenge)).second;
  if (fresh) ++used_count_;
  return fresh ? Use::fresh : Use::replay;
}

void WorkDesk::give_back(const pow::Challenge& challenge) {
  const std::lock_guard lock(mutex_);
  const auto found = used_.find(expiry_of(challenge));
  if (found == used_.end()) return;
  used_count_ -= found->second.erase(text_of_id(challenge));
}

std::optional<Duration> WorkDesk::may_call(const std::string& client, std::string_view tool,
                                           Tick now) {
  const std::string key = key_of(client, tool);
  if (const auto wait = calls_by_day_.wait_of(key, now)) return wait;
  if (const auto wait = calls_by_minute_.take(key, now)) return wait;
  return calls_by_day_.take(key, now);
}

pow::GrantBucket& WorkDesk::bucket(const WorkSettings& settings, Tick now) {
  if (!grants_ || grants_rate_ != settings.target_rate) {
    grants_rate_ = settings.target_rate;
    grants_.emplace(static_cast<double>(settings.target_rate), now);
  }
  return *grants_;
}

std::optional<Duration> WorkDesk::may_grant(const WorkSettings& settings, Tick now) {
  const std::lock_guard lock(mutex_);
  step(settings, now);
  const pow::GrantBucket& grants = bucket(settings, now);
  if (grants.any(now)) return std::nullopt;
  seen_.throttled = true;
  return grants.wait();
}

void WorkDesk::granted(const WorkSettings& settings, Tick now) {
  const std::lock_guard lock(mutex_);
  bucket(settings, now).take(now);
}

void WorkDesk::accepted(const std::string& client, const WorkSettings& settings, Tick now) {
  const std::lock_guard lock(mutex_);
  step(settings, now);
  ++seen_.accepted;
  if (callers_.size() >= kCallersMax && now >= forget_after_) forget_cold_callers(now);
  if (callers_.size() >= kCallersMax) return;
  Caller& caller = callers_[client];
  caller.heat = pow::after_solution(caller.heat, now);
}

void WorkDesk::call_not_made(const std::string& client, std::string_view tool) {
  const std::string key = key_of(client, tool);
  calls_by_minute_.give_back(key);
  calls_by_day_.give_back(key);
}

void WorkDesk::grant_not_used(const WorkSettings& settings, Tick now) {
  const std::lock_guard lock(mutex_);
  bucket(settings, now).give_back(now);
}

/// Of an interval that the controller has dealt with nothing can be taken back: the next one has
/// one less.
void WorkDesk::not_accepted(const std::string& client, Tick when, Tick now) {
  const std::lock_guard lock(mutex_);
  if (seen_.accepted > 0) --seen_.accepted;
  const auto caller = callers_.find(client);
  if (caller == callers_.end()) return;
  caller->second.heat = pow::without_solution(caller->second.heat, when, now);
}

std::size_t WorkDesk::used() const {
  const std::lock_guard lock(mutex_);
  return used_count_;
}

/// Makes up for the intervals that have passed; nobody else keeps the time.
void WorkDesk::step(const WorkSettings& settings, Tick now) {
  const pow::Control control = control_of(settings);
  if (!rate_) rate_ = pow::start(control);
  for (int i = 0; now - stepped_ >= pow::kInterval; ++i) {
    if (i == kStepsAtOnceMax) {
      stepped_ = now;
      break;
    }
    rate_ = pow::step(*rate_, seen_, control);
    seen_ = {};
    stepped_ += pow::kInterval;
  }
}

void WorkDesk::forget_cold_callers(Tick now) {
  forget_after_ = now + kForgetEvery;
  std::erase_if(callers_, [now](const auto& each) {
    return pow::caller_bits(each.second.heat, now) < kColdBits;
  });
}

void WorkDesk::drop_expired(Time now) {
  const std::int64_t second = unix_seconds(now);
  while (!used_.empty() && used_.begin()->first <= second) {
    used_count_ -= used_.begin()->second.size();
    used_.erase(used_.begin());
  }
}

}  // namespace tollhouse::gate
