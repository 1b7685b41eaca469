// io: the census of connections.
#include "io/connection_limits.h"

#include <algorithm>
#include <utility>

#include "base/invariant.h"

namespace tollhouse::io {

ConnectionTicket::ConnectionTicket(ConnectionTicket&& other) noexcept
    : census_(std::exchange(other.census_, nullptr)), entry_(other.entry_) {}

ConnectionTicket& ConnectionTicket::operator=(ConnectionTicket&& other) noexcept {
  if (this != &other) {
    give_back();
    census_ = std::exchange(other.census_, nullptr);
    entry_ = other.entry_;
  }
  return *this;
}

void ConnectionTicket::give_back() {
  if (census_ != nullptr) std::exchange(census_, nullptr)->leave(*entry_);
}

std::size_t connections_for(std::size_t descriptors) {
  return std::clamp<std::size_t>(descriptors * 8 / 10, 1, kConnectionsMax);
}

std::optional<ConnectionTicket> ConnectionCensus::admit(const std::string& client_class) {
  const std::lock_guard lock(mutex_);
  if (full()) return std::nullopt;
  const auto [entry, fresh] = clients_.try_emplace(client_class, 0);
  if (entry->second >= limits_.per_client) {
    if (fresh) clients_.erase(entry);
    return std::nullopt;
  }
  ++entry->second;
  total_.fetch_add(1, std::memory_order_relaxed);
  return ConnectionTicket(*this, *entry);
}

void ConnectionCensus::leave(ConnectionTicket::Entry& entry) {
  const std::lock_guard lock(mutex_);
  invariant(entry.second > 0);
  total_.fetch_sub(1, std::memory_order_relaxed);
  if (--entry.second == 0) clients_.erase(clients_.find(entry.first));
}

}  // namespace tollhouse::io
