// ledger: HoldTable. Exits of take: granted, or a Reason under one short lock; nothing here waits.
#include "ledger/hold_table.h"

#include <algorithm>
#include <mutex>

#include "base/invariant.h"
#include "base/switches.h"
#include "ledger/hold_table_entry.h"

namespace tollhouse::ledger {

HoldTable::HoldTable(HoldLimits limits)
    : limits_(limits),
      stripes_(std::make_unique<Stripe[]>(kStripes)),
      purged_before_(Time::min().time_since_epoch().count()) {}

HoldTable::~HoldTable() = default;

HoldTable::Stripe& HoldTable::stripe_of(const PaymentHash& hash) const {
  static_assert(256 % kStripes == 0);
  return stripes_[hash.bytes[0] % kStripes];
}

Result<Grant, Reason> HoldTable::take(const HoldRequest& request) {
  if (poisoned()) return refuse(Reason::ledger_unavailable);
  Stripe& stripe = stripe_of(request.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  if (auto redelivery = find_lost(stripe, request)) return Grant{*redelivery};
  if (dead(request)) return refuse(Reason::expired);

  const auto found = stripe.entries.find(request.payment_hash);
  if (found != stripe.entries.end()) {
    if (request.uses.is_pass() && found->second.spent > 0) {
      return Grant{PassUse{request.payment_hash}};
    }
    if (const auto reason = refusal_of(stripe, found->second, request)) return refuse(*reason);
    return Grant{open_hold(stripe, found->second, request)};
  }
  if (size() >= limits_.entries_max) return refuse(Reason::overloaded);
  Entry& entry = stripe.entries[request.payment_hash];
  entry.expires = request.expires;
  ++entries_;
  return Grant{open_hold(stripe, entry, request)};
}

bool HoldTable::is_spent(const HoldRequest& request) const {
  Stripe& stripe = stripe_of(request.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.entries.find(request.payment_hash);
  if (found == stripe.entries.end() || request.uses.is_pass()) return false;
  return found->second.spent >= request.uses.count;
}

std::optional<Redelivery> HoldTable::redeliver(const HoldRequest& request) {
  if (poisoned()) return std::nullopt;
  Stripe& stripe = stripe_of(request.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  return find_lost(stripe, request);
}

std::optional<Redelivery> HoldTable::find_lost(Stripe& stripe, const HoldRequest& request) {
  const auto found = stripe.marks.find(request.payment_hash);
  if (found == stripe.marks.end()) return std::nullopt;
  for (Mark& mark : found->second) {
    if (mark.state != Mark::State::lost || mark.past(request.now) || !mark.asked_by(request)) {
      continue;
    }
    mark.state = Mark::State::redelivering;  // once
    return Redelivery{{request.payment_hash, mark.use_no}, mark.charge, mark.result_kept};
  }
  return std::nullopt;
}

bool HoldTable::given_back(const HoldRequest& request) const {
  if (poisoned() || dead(request)) return false;
  Stripe& stripe = stripe_of(request.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.given_back.find(request.payment_hash);
  if (found == stripe.given_back.end()) return false;
  const GivenBack& known = found->second;
  return request.now < known.until &&
         (known.is_of(request) || planted(PlantedBug::given_back_to_anyone));
}

bool HoldTable::dead(const HoldRequest& request) const {
  const Time watermark{Duration(purged_before_.load(std::memory_order_relaxed))};
  if (planted(PlantedBug::expiry_inclusive) && request.expires == request.now) return false;
  return request.expires <= request.now || request.expires <= watermark;
}

std::optional<Reason> HoldTable::refusal_of(const Stripe& stripe, const Entry& entry,
                                            const HoldRequest& request) const {
  if (request.uses.is_pass()) {
    // The first showing writes the one charge; who comes meanwhile asks again.
    if (entry.held > 0) return Reason::call_in_progress;
    return std::nullopt;
  }
  if (planted(PlantedBug::hold_not_exclusive) && entry.spent == 0) return std::nullopt;
  if (entry.spent >= request.uses.count) {
    const auto marks = stripe.marks.find(request.payment_hash);
    const bool answer_runs =
        marks != stripe.marks.end() && std::ranges::any_of(marks->second, [&](const Mark& mark) {
          return mark.state != Mark::State::lost && !mark.past(request.now) &&
                 mark.asked_by(request);
        });
    if (answer_runs) return Reason::call_in_progress;
    return request.uses.count == 1 ? Reason::replay : Reason::uses_spent;
  }
  // Never spent + held: with nearly all uses sold both are near the end of 32 bits.
  if (entry.held >= request.uses.count - entry.spent) return Reason::call_in_progress;
  return std::nullopt;
}

Hold HoldTable::open_hold(Stripe& stripe, Entry& entry, const HoldRequest& request) {
  const bool of_pass = request.uses.is_pass();
  Hold hold;
  hold.key = {request.payment_hash, entry.take_use()};
  hold.serial = serial_.fetch_add(1, std::memory_order_relaxed) + 1;
  hold.first_showing = of_pass;
  hold.must_commit = of_pass || (entry.releases >= limits_.releases_max &&
                                 !planted(PlantedBug::releases_unbounded));
  ++entry.held;
  // A credential that its holder narrowed expires earlier; the payment lives as long as the last.
  entry.expires = std::max(entry.expires, request.expires);
  const auto [at, is_new] = stripe.open.insert_or_assign(
      hold.key, OpenHold{hold.serial, request.until, request.request_digest, request.caller,
                         request.expires, request.now, of_pass, request.proof_ends});
  invariant(is_new);
  ++open_;
  return hold;
}

/// Takes the hold out of the open ones, where it still is. The entry's counters are the caller's.
std::optional<HoldTable::OpenHold> HoldTable::close_hold(Stripe& stripe, const Hold& hold) {
  const auto found = stripe.open.find(hold.key);
  if (found == stripe.open.end() || found->second.serial != hold.serial) return std::nullopt;
  const OpenHold closed = found->second;
  stripe.open.erase(found);
  --open_;
  return closed;
}

void HoldTable::prolong(const Hold& hold, Tick until) {
  Stripe& stripe = stripe_of(hold.key.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.open.find(hold.key);
  const bool open = found != stripe.open.end() && found->second.serial == hold.serial;
  if (open) found->second.until = std::max(found->second.until, until);
}

void HoldTable::charging(const Hold& hold) {
  Stripe& stripe = stripe_of(hold.key.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.open.find(hold.key);
  const bool open = found != stripe.open.end() && found->second.serial == hold.serial;
  if (open) found->second.until = kNever;
}

bool HoldTable::commit(const Hold& hold, const ChargeMark& mark) {
  Stripe& stripe = stripe_of(hold.key.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  const auto closed = close_hold(stripe, hold);
  if (!closed) {
    // Swept: the charge stands all the same, so nobody else shall begin this use.
    const auto found = stripe.entries.find(hold.key.payment_hash);
    if (found != stripe.entries.end() && found->second.claim_use(hold.key.use_no)) {
      ++found->second.spent;
    }
    return false;
  }
  Entry& entry = stripe.entries.at(hold.key.payment_hash);
  --entry.held;
  given_back_ -= stripe.given_back.erase(hold.key.payment_hash);
  if (planted(PlantedBug::release_after_charge)) return true;
  ++entry.spent;
  entry.keep_until = std::max(entry.keep_until, redeliverable_until(mark.committed_at));
  if (closed->of_pass) return true;  // a pass that lost an answer just asks again
  Mark kept;
  kept.use_no = hold.key.use_no;
  kept.result_kept = mark.result_kept;
  kept.charge = mark.charge;
  kept.request_digest = closed->request_digest;
  kept.caller = closed->caller;
  kept.committed_at = mark.committed_at;
  add_mark(stripe, hold.key, kept);
  return true;
}

void HoldTable::conflicted(const Hold& hold) {
  Stripe& stripe = stripe_of(hold.key.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  if (!close_hold(stripe, hold)) return;
  Entry& entry = stripe.entries.at(hold.key.payment_hash);
  --entry.held;
  ++entry.spent;
}

void HoldTable::cancelled(const Hold& hold) {
  Stripe& stripe = stripe_of(hold.key.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  // The mark says that this use was committed and nobody has seen an answer.
  if (drop_mark(stripe, hold.key) == 0) return;
  const auto found = stripe.entries.find(hold.key.payment_hash);
  if (found == stripe.entries.end()) return;
  Entry& entry = found->second;
  invariant(entry.spent > 0);
  --entry.spent;
  entry.give_use(hold.key.use_no);
  if (!entry.blank()) return;
  stripe.entries.erase(found);
  --entries_;
}

bool HoldTable::release(const Hold& hold, Sent sent) {
  Stripe& stripe = stripe_of(hold.key.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  const auto open = stripe.open.find(hold.key);
  if (open == stripe.open.end() || open->second.serial != hold.serial) return true;  // swept
  const Entry& entry = stripe.entries.at(hold.key.payment_hash);
  if (sent == Sent::request && entry.releases >= limits_.releases_max &&
      !planted(PlantedBug::releases_unbounded)) {
    return false;
  }
  let_go(stripe, hold.key, sent);
  return true;
}

void HoldTable::unpaid(const Hold& hold) {
  Stripe& stripe = stripe_of(hold.key.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  const auto open = stripe.open.find(hold.key);
  if (open == stripe.open.end() || open->second.serial != hold.serial) return;  // swept
  open->second.proof_ends = false;
  let_go(stripe, hold.key, Sent::nothing);
}

void HoldTable::let_go(Stripe& stripe, const UseKey& key, Sent sent) {
  const auto open = stripe.open.find(key);
  invariant(open != stripe.open.end());
  if (open->second.proof_ends) remember_release(stripe, key.payment_hash, open->second);
  stripe.open.erase(open);
  --open_;
  const auto found = stripe.entries.find(key.payment_hash);
  invariant(found != stripe.entries.end() && found->second.held > 0);
  Entry& entry = found->second;
  --entry.held;
  entry.give_use(key.use_no);
  if (sent == Sent::request && entry.releases < UINT8_MAX) ++entry.releases;
  if (!entry.blank()) return;
  stripe.entries.erase(found);
  --entries_;
}

/// Of one request its first release counts: a use is not kept for ever by showing it again and
/// again. Of several, which only came in time, the last, which its caller will show again.
void HoldTable::remember_release(Stripe& stripe, const PaymentHash& hash, const OpenHold& hold) {
  if (size() >= limits_.entries_max) return;
  const GivenBack given{hold.request_digest, hold.caller, redeliverable_until(hold.since)};
  const auto [known, is_new] = stripe.given_back.try_emplace(hash, given);
  if (is_new) ++given_back_;
  const bool kept = known->second.is_of(hold) && hold.since < known->second.until;
  if (!is_new && !kept) known->second = given;
}

void HoldTable::add_mark(Stripe& stripe, const UseKey& key, const Mark& mark) {
  std::vector<Mark>& marks = stripe.marks[key.payment_hash];
  if (marks.size() >= kMarksPerPaymentMax) {
    marks.erase(marks.begin());
    --marks_;
  }
  marks.push_back(mark);
  ++marks_;
}

std::size_t HoldTable::drop_mark(Stripe& stripe, const UseKey& key) {
  const auto found = stripe.marks.find(key.payment_hash);
  if (found == stripe.marks.end()) return 0;
  const std::size_t dropped =
      std::erase_if(found->second, [&](const Mark& mark) { return mark.use_no == key.use_no; });
  marks_ -= dropped;
  if (found->second.empty()) stripe.marks.erase(found);
  return dropped;
}

void HoldTable::delivered(const UseKey& key, Time now) {
  Stripe& stripe = stripe_of(key.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  drop_mark(stripe, key);
  const auto found = stripe.entries.find(key.payment_hash);
  if (found == stripe.entries.end()) return;
  found->second.keep_until = std::max(found->second.keep_until, redeliverable_until(now));
}

void HoldTable::lost(const UseKey& key) {
  Stripe& stripe = stripe_of(key.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.marks.find(key.payment_hash);
  if (found == stripe.marks.end()) return;
  for (Mark& mark : found->second) {
    const bool same = mark.use_no == key.use_no && mark.state == Mark::State::answering;
    if (same) mark.state = Mark::State::lost;
  }
}

void HoldTable::redelivered(const Redelivery& redelivery) {
  Stripe& stripe = stripe_of(redelivery.key.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  drop_mark(stripe, redelivery.key);
}

void HoldTable::redelivery_failed(const Redelivery& redelivery, Sent sent) {
  Stripe& stripe = stripe_of(redelivery.key.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.entries.find(redelivery.key.payment_hash);
  if (sent == Sent::request && found != stripe.entries.end() && !count_release(found->second)) {
    drop_mark(stripe, redelivery.key);
    return;
  }
  const auto marks = stripe.marks.find(redelivery.key.payment_hash);
  if (marks == stripe.marks.end()) return;
  for (Mark& mark : marks->second) {
    if (mark.charge == redelivery.charge) mark.state = Mark::State::lost;
  }
}

/// False where the credential was released as often as is allowed: nothing is given back any more.
bool HoldTable::count_release(Entry& entry) const {
  const bool used_up =
      entry.releases >= limits_.releases_max && !planted(PlantedBug::releases_unbounded);
  if (!used_up && entry.releases < UINT8_MAX) ++entry.releases;
  return !used_up;
}

void HoldTable::restore(const SpentRow& row) {
  Stripe& stripe = stripe_of(row.key.payment_hash);
  const std::lock_guard lock(stripe.mutex);
  const auto [at, is_new] = stripe.entries.try_emplace(row.key.payment_hash);
  Entry& entry = at->second;
  if (is_new) {
    entry.expires = row.expires;
    ++entries_;
  }
  entry.expires = std::max(entry.expires, row.expires);
  entry.keep_until = std::max(entry.keep_until, redeliverable_until(row.committed));
  if (!entry.claim_use(row.key.use_no)) return;
  ++entry.spent;
  if (row.delivered || row.redelivered || row.uses.is_pass()) return;
  Mark mark;
  mark.use_no = row.key.use_no;
  mark.state = Mark::State::lost;
  mark.result_kept = row.result_kept;
  mark.charge = row.charge;
  mark.request_digest = row.request_digest;
  mark.caller = row.caller;
  mark.committed_at = row.committed;
  add_mark(stripe, row.key, mark);
}

void HoldTable::purged_before(Time watermark) {
  const std::int64_t wanted = watermark.time_since_epoch().count();
  std::int64_t known = purged_before_.load(std::memory_order_relaxed);
  while (known < wanted &&
         !purged_before_.compare_exchange_weak(known, wanted, std::memory_order_relaxed)) {
  }
}

}  // namespace tollhouse::ledger
