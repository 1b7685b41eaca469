// ledger: the hold table against a model of it, over random histories.
#include <map>
#include <random>
#include <set>

#include "base/switches.h"
#include "ledger/hold_request.h"
#include "support/precompiled.h"

namespace tollhouse::ledger {
namespace {

/// The rules again, written for reading: sets instead of counters, no sharing, no speed.
struct Model {
  struct Lost {
    int digest;
    std::uint32_t use;
    enum { answering, lost, redelivering } state;
  };
  struct Payment {
    std::map<std::uint32_t, int> held;  // use -> digest
    std::set<std::uint32_t> spent;
    std::vector<Lost> unanswered;
    int releases = 0;
  };
  std::map<int, Payment> payments;

  std::string take(int hash, std::uint32_t uses, int digest) {
    Payment& payment = payments[hash];
    for (Lost& one : payment.unanswered) {
      if (one.state == Lost::lost && one.digest == digest) {
        one.state = Lost::redelivering;
        return "redelivery";
      }
    }
    if (uses == 0) {
      if (!payment.spent.empty()) return "pass";
      if (!payment.held.empty()) return "call_in_progress";
      return "hold!";
    }
    if (payment.spent.size() >= uses) {
      for (const Lost& one : payment.unanswered) {
        if (one.state != Lost::lost && one.digest == digest) return "call_in_progress";
      }
      return uses == 1 ? "replay" : "uses_spent";
    }
    if (payment.spent.size() + payment.held.size() >= uses) return "call_in_progress";
    return payment.releases >= kReleasesMax ? "hold!" : "hold";
  }
};

using History = std::vector<std::array<std::uint8_t, 4>>;

/// Runs one history on both: the first difference, or an empty text.
std::string difference(const History& steps) {
  HoldTable table;
  Model model;
  std::vector<std::pair<int, Hold>> open;  // payment, hold
  std::vector<std::pair<int, Redelivery>> redeliveries;
  for (const auto& [action, a, b, c] : steps) {
    const int payment = a % 4;
    const std::uint32_t uses = std::array{1U, 1U, 3U, 0U}[payment];
    const int digest = b % 3;
    if (action % 8 < 4) {
      const auto taken = table.take(request(payment, Uses::of(uses), digest));
      if (!(word(taken) == model.take(payment, uses, digest)))
        return "word(taken) == model.take(payment, uses, digest)";
      if (!taken) continue;
      if (const auto* hold = std::get_if<Hold>(&*taken)) {
        // No use is ever two callers'.
        if (!(model.payments[payment].held.emplace(hold->key.use_no, digest).second))
          return "model.payments[payment].held.emplace(hold->key.use_no, digest).second";
        if (!(!model.payments[payment].spent.contains(hold->key.use_no)))
          return "!model.payments[payment].spent.contains(hold->key.use_no)";
        if (!(uses == 0 || hold->key.use_no < uses)) return "uses == 0 || hold->key.use_no < uses";
        open.emplace_back(payment, *hold);
      }
      if (const auto* given = std::get_if<Redelivery>(&*taken)) {
        redeliveries.emplace_back(payment, *given);
      }
      continue;
    }
    if (action % 8 == 7 && !redeliveries.empty()) {
      const auto [of, given] = redeliveries.back();
      redeliveries.pop_back();
      auto& unanswered = model.payments[of].unanswered;
      const bool counts = c % 3 == 1;
      const bool owed = c % 3 == 0 || (counts && model.payments[of].releases < kReleasesMax);
      if (c % 3 == 2) {
        table.redelivered(given);
      } else {
        table.redelivery_failed(given, counts ? Sent::request : Sent::nothing);
      }
      if (owed) {
        model.payments[of].releases += counts;
        for (auto& one : unanswered) {
          if (one.use == given.key.use_no) one.state = Model::Lost::lost;
        }
      } else {
        std::erase_if(unanswered, [&](const auto& one) { return one.use == given.key.use_no; });
      }
      continue;
    }
    if (open.empty()) continue;
    const auto [of, hold] = open[c % open.size()];
    open.erase(open.begin() + c % open.size());
    Model::Payment& known = model.payments[of];
    const int asked = known.held[hold.key.use_no];
    const bool of_pass = hold.first_showing;
    if (action % 8 == 4 && !of_pass) {
      const Sent sent = b % 2 == 0 ? Sent::nothing : Sent::request;
      const bool may = sent == Sent::nothing || known.releases < kReleasesMax;
      if (!(table.release(hold, sent) == may)) return "table.release(hold, sent) == may";
      if (!may) {
        open.emplace_back(of, hold);
        continue;
      }
      known.held.erase(hold.key.use_no);
      known.releases += sent == Sent::request;
      continue;
    }
    ChargeId charge = charge_of(of);
    charge.bytes[0] = static_cast<std::uint8_t>(hold.key.use_no);
    if (!(table.commit(hold, {charge, kNow, false})))
      return "table.commit(hold, {charge, kNow, false})";
    known.held.erase(hold.key.use_no);
    known.spent.insert(hold.key.use_no);
    if (of_pass) continue;
    if (action % 8 == 5) {
      table.delivered(hold.key, kNow);
    } else {
      table.lost(hold.key);
      known.unanswered.push_back({asked, hold.key.use_no, Model::Lost::lost});
    }
  }
  std::size_t held = 0;
  for (const auto& [payment, known] : model.payments) held += known.held.size();
  if (!(table.holds_open() == held)) return "table.holds_open() == held";
  return "";
}

RC_GTEST_PROP(HoldTableProperty, BehavesLikeItsModel, (const History& steps)) {
  RC_ASSERT(difference(steps) == "");
}

History random_history(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  History history(100);
  for (auto& step : history) {
    for (auto& byte : step) byte = static_cast<std::uint8_t>(random());
  }
  return history;
}

TEST(HoldTableProperty, TheModelFindsPlantedBugs) {
  for (const PlantedBug bug : {PlantedBug::hold_not_exclusive, PlantedBug::release_after_charge,
                               PlantedBug::redeliver_to_anyone, PlantedBug::releases_unbounded}) {
    plant(bug);
    bool found = false;
    for (std::uint64_t seed = 0; seed < 1000 && !found; ++seed) {
      found = !difference(random_history(seed)).empty();
    }
    plant(PlantedBug::none);
    EXPECT_TRUE(found) << static_cast<int>(bug);
  }
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    ASSERT_EQ(difference(random_history(seed)), "") << seed;
  }
}

}  // namespace
}  // namespace tollhouse::ledger
