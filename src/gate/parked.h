// gate: paid calls between two requests. A server may answer with a question or a task, or let a
// stream go that is resumed later: what was paid stays reserved until the call has its end
// (mcp-gateway.md 1.5, 5.2, 6.6). In memory: after a restart the credential itself works again.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "gate/call.h"

namespace tollhouse::gate {

/// Calls that wait at one time; each is a payment of its own. Beyond: they are not carried on.
inline constexpr std::size_t kParkedMax = 100'000;
/// The hold outlives its place here by this much, so that it is let go here and not by a sweep of
/// the books.
inline constexpr Duration kParkedSlack = std::chrono::seconds(60);

struct Parked {
  Digest principal;
  Payment payment;
  Standing standing;  ///< without hold and redelivery: settled, and kept for its principal only
  Purchase purchase;
  std::optional<ledger::ChargeId> charge;  ///< written before the upstream was asked
  Msat charged;
  std::string receipt;
  Tick until;  ///< so long it waits

  bool open() const { return standing.hold || standing.redelivery; }
};

/// Any number of threads.
class ParkedCalls {
 public:
  enum class Found : std::uint8_t {
    none,
    taken,    ///< this request has it now: put_back() or end() is owed
    busy,     ///< another request has it
    foreign,  ///< it is another principal's
  };
  struct Taken {
    Found found = Found::none;
    Parked call = {};
  };

  /// A place for a call of this principal, who has it: put_back() or end() is owed. False where
  /// there are too many, or the key is in use.
  bool place(const std::string& key, const Digest& principal);
  Taken take(const std::string& key, const Digest& principal);
  /// Of a taken one: it waits from now on.
  void put_back(const std::string& key, Parked call);
  /// Of a taken one: it is not waited for any more.
  void end(const std::string& key);
  /// Lets go of what nobody came back for: the payment works again, once more counted against it.
  void sweep(Tick now, ledger::HoldTable& holds);

  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    std::unique_ptr<Parked> call;  ///< null while a request has it
    Digest principal;
  };

  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace tollhouse::gate
