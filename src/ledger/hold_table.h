// ledger: where a spent credential is recognised. In memory, one per process, filled from the store
// at start; the store's unique key is the second guard, not the first (DESIGN.md 6).
#pragma once
#include <atomic>
#include <memory>
#include <variant>

#include "base/result.h"
#include "ledger/limits.h"
#include "ledger/reason.h"
#include "ledger/store.h"

namespace tollhouse::ledger {

struct HoldLimits {
  std::size_t entries_max = kHoldEntriesMax;
  std::uint8_t releases_max = kReleasesMax;  ///< `limits.releases`
};

struct HoldRequest {
  PaymentHash payment_hash;  ///< of a credential whose MAC and preimage were checked
  Uses uses;
  Digest request_digest;
  Digest caller;               ///< of credential and client as principal
  Time expires = Time::max();  ///< of the credential
  Time now;                    ///< through ClockGuard
  Tick until = kNever;         ///< the call's deadline and 60 s: then sweep() lets go
  bool proof_ends = false;     ///< before the payment does: given_back() shall know a release
};

/// A use that is nobody else's until commit or release. Exactly one of the two ends it.
struct Hold {
  UseKey key;
  std::uint64_t serial = 0;    ///< tells this hold from a later one of the same use
  bool must_commit = false;    ///< RS-21: released too often, so a failure keeps it
  bool first_showing = false;  ///< of a pass: charge before the upstream is asked, whatever comes
};
/// A pass that is charged already: go ahead, nothing to settle.
struct PassUse {
  PaymentHash payment_hash;
};
/// A charge whose answer was lost: answer once more, free, from the stored result or the upstream.
struct Redelivery {
  UseKey key;
  ChargeId charge;
  bool result_kept = false;
  friend bool operator==(const Redelivery&, const Redelivery&) = default;
};
using Grant = std::variant<Hold, PassUse, Redelivery>;

/// Whether one byte of the request went upstream.
enum class Sent : std::uint8_t { nothing, request };

/// What commit keeps to recognise a caller whose answer is lost.
struct ChargeMark {
  ChargeId charge;
  Time committed_at;
  bool result_kept = false;
};

/// Any number of threads. 64 stripes; no lock is held over anything long.
///
/// The way of a use:  take -> Hold -> commit -> delivered | lost -> take -> Redelivery -> done
///                                 \-> release       \-> cancelled
/// Of a pass:         take -> Hold{first_showing}; write the charge; commit; from then on PassUse.
/// Meanwhile others are told call_in_progress (try again in a second).
class HoldTable {
 public:
  explicit HoldTable(HoldLimits limits = {});
  ~HoldTable();
  HoldTable(const HoldTable&) = delete;
  HoldTable& operator=(const HoldTable&) = delete;

  /// Of any number of racing callers exactly as many get a hold as there are uses. A charge of this
  /// payment that was lost, of the same request and caller, within 600 s comes back as Redelivery,
  /// before expiry is looked at. Errors in the order of Reason.
  Result<Grant, Reason> take(const HoldRequest& request);

  /// Whether every use is charged for. Takes nothing.
  bool is_spent(const HoldRequest& request) const;

  /// Only the look-up of take(): for a credential that is sound but expired.
  std::optional<Redelivery> redeliver(const HoldRequest& request);

  /// Whether a use of this payment was given back to the same request and caller, of a hold that
  /// began less than 600 s ago (x402-bip122.md 6.5): then it may be taken although its proof has
  /// ended meanwhile. Known for requests with `proof_ends`, and not over restarts. Takes nothing.
  bool given_back(const HoldRequest& request) const;

  /// The call goes on later: its hold is not let go before `until`.
  void prolong(const Hold& hold, Tick until);

  /// The charge of this hold is on its way to the store: nothing lets go of the hold until the
  /// store's answer is told by commit(), release() or conflicted(), however late it comes.
  void charging(const Hold& hold);

  /// After the charge is durable. False where the hold is not open any more (swept): the use may be
  /// somebody else's, the charge stands. From now on others are told `replay`, the same request of
  /// the same caller `call_in_progress` until delivered() or lost().
  bool commit(const Hold& hold, const ChargeMark& mark);

  /// The store says that this use is charged already: it is spent, nobody is answered again.
  void conflicted(const Hold& hold);

  /// The store has cancelled the charge of a committed hold (CancelCharge: charged on attempt, and
  /// nothing was sent): the use is free again. Only before delivered() and lost().
  void cancelled(const Hold& hold);

  /// Gives the use back. False where the credential was released `releases_max` times already after
  /// sending: the hold stays open, charge it (RS-21). `Sent::nothing` always works and is not
  /// counted.
  [[nodiscard]] bool release(const Hold& hold, Sent sent);

  /// Nothing was paid, says the wallet: as release() where nothing was sent, and given_back() does
  /// not know of it.
  void unpaid(const Hold& hold);

  /// The answer arrived (our TCP peer acknowledged it): no redelivery any more.
  void delivered(const UseKey& key, Time now);
  /// The connection ended before that: the charge waits for its caller, 600 s from its commit.
  void lost(const UseKey& key);
  /// The free answer was given, or the books know that it was given before: it is used up.
  void redelivered(const Redelivery& redelivery);
  /// The free answer failed: the charge waits for its caller again. After sending this counts as a
  /// release of the credential, and behind the last of those it is used up (RS-21).
  void redelivery_failed(const Redelivery& redelivery, Sent sent);

  /// At start, each row once, before any take.
  void restore(const SpentRow& row);
  /// Sets the watermark of the store: what expires at or before it is expired for ever (RS-10).
  void purged_before(Time watermark);

  struct Swept {
    std::size_t entries = 0;  ///< forgotten, expired beyond skew and redelivery
    std::size_t lapsed = 0;   ///< holds let go after their deadline; each is a bug elsewhere
  };
  Swept sweep(Time now, Tick tick);

  /// After a store's io_error: no hold is granted until the next start.
  void poison() { poisoned_ = true; }
  bool poisoned() const { return poisoned_; }

  /// Entries, charges that wait for their caller and uses given back: what entries_max bounds.
  std::size_t size() const { return entries_ + marks_ + given_back_; }
  std::size_t holds_open() const { return open_; }

 private:
  struct Entry;
  struct OpenHold;
  struct Mark;
  struct GivenBack;
  struct Stripe;
  Stripe& stripe_of(const PaymentHash& hash) const;
  std::optional<Redelivery> find_lost(Stripe& stripe, const HoldRequest& request);
  bool dead(const HoldRequest& request) const;
  std::optional<Reason> refusal_of(const Stripe& stripe, const Entry& entry,
                                   const HoldRequest& request) const;
  Hold open_hold(Stripe& stripe, Entry& entry, const HoldRequest& request);
  std::optional<OpenHold> close_hold(Stripe& stripe, const Hold& hold);
  void let_go(Stripe& stripe, const UseKey& key, Sent sent);
  void remember_release(Stripe& stripe, const PaymentHash& hash, const OpenHold& hold);
  bool count_release(Entry& entry) const;
  void add_mark(Stripe& stripe, const UseKey& key, const Mark& mark);
  std::size_t drop_mark(Stripe& stripe, const UseKey& key);
  void sweep_open(Stripe& stripe, Tick tick, Swept& swept);
  void sweep_entries(Stripe& stripe, Time now, Swept& swept);
  void sweep_marks(Stripe& stripe, Time now);
  void sweep_given_back(Stripe& stripe, Time now);

  HoldLimits limits_;
  std::unique_ptr<Stripe[]> stripes_;
  std::atomic<std::int64_t> purged_before_;
  std::atomic<std::uint64_t> serial_{0};
  std::atomic<std::size_t> entries_{0};
  std::atomic<std::size_t> marks_{0};
  std::atomic<std::size_t> given_back_{0};
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> poisoned_{false};
};

}  // namespace tollhouse::ledger
