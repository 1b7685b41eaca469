// gate: parking and taking up again.
#include "gate/parked.h"

#include <vector>

namespace tollhouse::gate {
namespace {

void let_go(const Standing& standing, ledger::HoldTable& holds) {
  if (standing.redelivery) {
    holds.redelivery_failed(*standing.redelivery, ledger::Sent::request);
  } else if (standing.hold && standing.charged_ahead) {
    holds.lost(standing.hold->key);
  } else if (standing.hold) {
    // Where it was released too often already, the books' own sweep ends it.
    static_cast<void>(holds.release(*standing.hold, ledger::Sent::request));
  }
}

}  // namespace

bool ParkedCalls::place(const std::string& key, const Digest& principal) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kParkedMax) return false;
  const bool is_new = entries_.try_emplace(key, Entry{nullptr, principal}).second;
  size_.store(entries_.size(), std::memory_order_relaxed);
  return is_new;
}

ParkedCalls::Taken ParkedCalls::take(const std::string& key, const Digest& principal) {
  if (size() == 0) return {};
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return {};
  if (found->second.principal != principal) return {Found::foreign};
  if (!found->second.call) return {Found::busy};
  const std::unique_ptr<Parked> call = std::move(found->second.call);
  return {Found::taken, std::move(*call)};
}

void ParkedCalls::put_back(const std::string& key, Parked call) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  found->second.call = std::make_unique<Parked>(std::move(call));
}

void ParkedCalls::end(const std::string& key) {
  const std::lock_guard lock(mutex_);
  entries_.erase(key);
  size_.store(entries_.size(), std::memory_order_relaxed);
}

void ParkedCalls::sweep(Tick now, ledger::HoldTable& holds) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& each) {
    const Entry& entry = each.second;
    const bool over = entry.call && entry.call->until <= now;
    if (over) let_go(entry.call->standing, holds);
    return over;
  });
  size_.store(entries_.size(), std::memory_order_relaxed);
}

}  // namespace tollhouse::gate
