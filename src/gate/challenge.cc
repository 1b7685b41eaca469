// gate: the table of unpaid offers.
#include "gate/challenge.h"

#include <algorithm>

#include "base/invariant.h"

namespace tollhouse::gate {
namespace {

/// An invoice may be offered again while at least half of its life is left.
bool offered_again(const Challenge& challenge, Time now) {
  return now - challenge.minted < (challenge.expires - challenge.minted) / 2;
}

}  // namespace

std::string OfferKey::text() const {
  std::string joined;
  joined.reserve(client.size() + service.size() + tool.size() + binding.size() + 32);
  // Lengths first: no two keys share a text, whatever a tool is called.
  for (const std::string* part : {&client, &service, &tool, &binding}) {
    joined += std::to_string(part->size());
    joined += ':';
    joined += *part;
  }
  return joined + std::to_string(price.count());
}

void OpenChallenges::allow(const Limits& limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
}

std::shared_ptr<const Challenge> OpenChallenges::find(const OfferKey& key, Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key.text());
  if (found == by_key_.end()) return nullptr;
  const auto& challenge = found->second->second.challenge;
  return offered_again(*challenge, now) ? challenge : nullptr;
}

std::shared_ptr<const Challenge> OpenChallenges::find(const PaymentHash& hash) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_hash_.find(hash);
  return found == by_hash_.end() ? nullptr : found->second->second.challenge;
}

bool OpenChallenges::reserve(const std::string& client, Time now) {
  const std::lock_guard lock(mutex_);
  drop_expired(now);
  if (open_ + reserved_ >= limits_.unpaid_in_all) return false;
  std::uint32_t& open = open_by_client_[client];
  if (open >= limits_.unpaid_per_client) return false;
  ++open;
  ++reserved_;
  return true;
}

void OpenChallenges::give_back(const std::string& client) {
  const std::lock_guard lock(mutex_);
  invariant(reserved_ > 0);
  --reserved_;
  const auto open = open_by_client_.find(client);
  if (open != open_by_client_.end() && --open->second == 0) open_by_client_.erase(open);
}

void OpenChallenges::keep(const OfferKey& key, std::shared_ptr<const Challenge> challenge) {
  const std::lock_guard lock(mutex_);
  invariant(reserved_ > 0);
  --reserved_;
  ++open_;
  std::string text = key.text();
  // The older invoice of this key stays open with its client until it expires, but is not offered.
  by_key_.erase(text);
  const PaymentHash hash = challenge->payment_hash;
  const Time expires = challenge->expires;
  const auto entry = entries_.emplace(expires, Entry{text, key.client, std::move(challenge)});
  by_key_.emplace(std::move(text), entry);
  by_hash_.emplace(hash, entry);
}

std::optional<Time> OpenChallenges::paid(const PaymentHash& hash) {
  const std::lock_guard lock(mutex_);
  in_flight_.erase(hash);
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end() || found->second->second.paid) return std::nullopt;
  close(found->second);
  return found->second->second.challenge->minted;
}

Duration OpenChallenges::wait_in_flight(const PaymentHash& hash, Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = in_flight_.find(hash);
  if (found != in_flight_.end()) {
    found->second = {now, std::min(found->second.wait * 2, kInFlightWaitMax)};
    return found->second.wait;
  }
  if (in_flight_.size() >= kInFlightMax) {
    std::erase_if(in_flight_, [now](const auto& entry) {
      return now - entry.second.shown >= kInFlightForgotten;
    });
  }
  if (in_flight_.size() < kInFlightMax) in_flight_.emplace(hash, InFlight{now, kInFlightWait});
  return kInFlightWait;
}

std::size_t OpenChallenges::size() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

void OpenChallenges::drop_expired(Time now) {
  while (!entries_.empty() && entries_.begin()->first <= now) erase(entries_.begin());
}

void OpenChallenges::close(Entries::iterator entry) {
  Entry& closed = entry->second;
  const auto by_key = by_key_.find(closed.key);
  if (by_key != by_key_.end() && by_key->second == entry) by_key_.erase(by_key);
  const auto open = open_by_client_.find(closed.client);
  if (open != open_by_client_.end() && --open->second == 0) open_by_client_.erase(open);
  --open_;
  closed.paid = true;
}

void OpenChallenges::erase(Entries::iterator entry) {
  if (!entry->second.paid) close(entry);
  by_hash_.erase(entry->second.challenge->payment_hash);
  entries_.erase(entry);
}

}  // namespace tollhouse::gate
