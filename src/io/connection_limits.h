// io: how many connections there are, of whom, and how many descriptors are left. Shared by the
// acceptor and the reactors; outlives both.
#pragma once
#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "io/limits.h"

namespace tollhouse::io {

class ConnectionCensus;

/// One place in the census, given back when destroyed.
class ConnectionTicket {
 public:
  ConnectionTicket() = default;
  ConnectionTicket(ConnectionTicket&& other) noexcept;
  ConnectionTicket& operator=(ConnectionTicket&& other) noexcept;
  ~ConnectionTicket() { give_back(); }
  void give_back();

 private:
  friend class ConnectionCensus;
  using Entry = std::pair<const std::string, std::size_t>;
  ConnectionTicket(ConnectionCensus& census, Entry& entry) : census_(&census), entry_(&entry) {}
  ConnectionCensus* census_ = nullptr;
  Entry* entry_ = nullptr;
};

struct ConnectionLimits {
  std::size_t total = kConnectionsMax;
  std::size_t per_client = kConnectionsPerClientMax;
};

/// The total that goes with a number of descriptors: two per proxied call, some for the rest.
std::size_t connections_for(std::size_t descriptors);

class ConnectionCensus {
 public:
  explicit ConnectionCensus(ConnectionLimits limits) : limits_(limits) {}
  ConnectionCensus(const ConnectionCensus&) = delete;
  ConnectionCensus& operator=(const ConnectionCensus&) = delete;

  /// A ticket for one more connection of `client_class`; nothing where a limit is reached.
  std::optional<ConnectionTicket> admit(const std::string& client_class);
  bool full() const { return total_.load(std::memory_order_relaxed) >= limits_.total; }
  std::size_t total() const { return total_.load(std::memory_order_relaxed); }
  const ConnectionLimits& limits() const { return limits_; }

 private:
  friend class ConnectionTicket;
  void leave(ConnectionTicket::Entry& entry);

  const ConnectionLimits limits_;
  std::atomic<std::size_t> total_{0};
  std::mutex mutex_;
  std::map<std::string, std::size_t> clients_;
};

/// Counts the descriptors of all streams against what the process may have.
class DescriptorBudget {
 public:
  /// `limit`: descriptors for connections, what is kept back taken off already.
  explicit DescriptorBudget(std::size_t limit) : limit_(limit) {}

  void take() { used_.fetch_add(1, std::memory_order_relaxed); }
  void give_back() { used_.fetch_sub(1, std::memory_order_relaxed); }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t limit() const { return limit_; }
  bool above_pause() const { return used() * 100 >= limit_ * kDescriptorsPausePercent; }
  bool below_resume() const { return used() * 100 < limit_ * kDescriptorsResumePercent; }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace tollhouse::io
