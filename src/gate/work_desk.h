// gate: work in place of a payment, or beside it: how much is asked now, which challenges have been
// used, and how often one client may. Shared by the reactors; in memory, since challenges die with
// the start that issued them (`rails.pow.rekey_on_boot`). Spec: pow.md 3, 6, 7.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "gate/load_watch.h"
#include "gate/policy.h"
#include "gate/rate.h"
#include "pow/challenge.h"
#include "pow/difficulty.h"

namespace tollhouse::gate {

class WorkDesk {
 public:
  /// Used challenges that have not expired: 60 s at ten thousand a second.
  static constexpr std::size_t kUsedMax = 600'000;
  /// Client classes whose heat is remembered; the coldest are forgotten.
  static constexpr std::size_t kCallersMax = 100'000;

  explicit WorkDesk(Tick now = {});

  /// Other limits from now on; what was used stays used.
  void allow(const WorkSettings& settings);

  /// Whether a sample of the load is wanted, and the sample.
  bool load_due(Tick now) const;
  void see_load(const LoadSample& sample, Tick now);

  /// log2 of the work that a call of this row costs this client now.
  double bits_for(const WorkTerms& terms, const WorkSettings& settings, const std::string& client,
                  Tick now);
  /// Nothing when one more challenge may be issued to this client (R-POW-16).
  std::optional<Duration> may_ask(const std::string& client, Tick now);

  enum class Use : std::uint8_t { fresh, replay, full };
  /// Uses a challenge, once (R-POW-4).
  Use use(const pow::Challenge& challenge, Time now);
  /// The call was never sent: the challenge is as it was.
  void give_back(const pow::Challenge& challenge);
  /// How long this client has to wait for its next call of this tool by work; counts one where it
  /// need not (R-POW-14).
  std::optional<Duration> may_call(const std::string& client, std::string_view tool, Tick now);
  /// What protects the server behind until the controller has acted: nothing when one more call may
  /// be granted. Two steps, so that what is refused for another reason takes nothing of it.
  std::optional<Duration> may_grant(const WorkSettings& settings, Tick now);
  void granted(const WorkSettings& settings, Tick now);
  /// A good solution: the controller sees it.
  void accepted(const std::string& client, const WorkSettings& settings, Tick now);
  /// What those three counted was not used after all: the call did not go on.
  void call_not_made(const std::string& client, std::string_view tool);
  void grant_not_used(const WorkSettings& settings, Tick now);
  /// `when` it was accepted.
  void not_accepted(const std::string& client, Tick when, Tick now);

  std::size_t used() const;

 private:
  using Ids = std::unordered_set<std::string>;
  struct Caller {
    pow::CallerHeat heat;
  };
  void step(const WorkSettings& settings, Tick now);
  pow::GrantBucket& bucket(const WorkSettings& settings, Tick now);
  void forget_cold_callers(Tick now);
  void drop_expired(Time now);

  mutable std::mutex mutex_;
  std::map<std::int64_t, Ids> used_;  ///< by the second of expiry
  std::size_t used_count_ = 0;
  std::unordered_map<std::string, Caller> callers_;
  Tick forget_after_;  ///< no look for cold callers before
  std::optional<pow::Rate> rate_;
  pow::Interval seen_;
  Tick stepped_;
  LoadWatch load_;
  std::optional<pow::GrantBucket> grants_;
  std::uint32_t grants_rate_ = 0;  ///< the setpoint that the bucket was made for
  RateTable asks_by_client_{600, std::chrono::minutes(1)};
  RateTable calls_by_minute_{60, std::chrono::minutes(1)};
  RateTable calls_by_day_{10'000, std::chrono::hours(24)};
};

}  // namespace tollhouse::gate
