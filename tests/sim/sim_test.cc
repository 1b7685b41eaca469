// sim: seeds. TOLLHOUSE_SIM_SEEDS is how many, TOLLHOUSE_SIM_FIRST where they begin;
// TOLLHOUSE_SIM_SEED=S runs that one alone and prints all that happens (docs/simulation.md).
#include <cstdlib>

#include "sim/world.h"
#include "support/precompiled.h"

namespace tollhouse::sim {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string story(const Report& report) {
  return fmt::format("seed {}: {}\nfaults: {}\n{}replay with TOLLHOUSE_SIM_SEED={}", report.seed,
                     report.violation, report.faults, report.last_lines, report.seed);
}

TEST(SimTest, Seeds) {
  if (const std::uint64_t one = number_from("TOLLHOUSE_SIM_SEED", 0)) {
    const Report report = run_world(one, true);
    EXPECT_EQ(report.violation, "") << "seed " << one;
    return;
  }
  const std::uint64_t seeds = number_from("TOLLHOUSE_SIM_SEEDS", 500);
  const std::uint64_t first = number_from("TOLLHOUSE_SIM_FIRST", 1);
  Report all;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const Report report = run_world(seed);
    all.events += report.events;
    all.paid_answers += report.paid_answers;
    all.worked_answers += report.worked_answers;
    all.redeliveries += report.redeliveries;
    all.kills += report.kills;
    all.charges += report.charges;
    all.power_cuts += report.power_cuts;
    for (std::size_t i = 0; i < all.kills_at.size(); ++i) all.kills_at[i] += report.kills_at[i];
    for (std::size_t i = 0; i < all.answers_by.size(); ++i) {
      all.answers_by[i] += report.answers_by[i];
    }
    EXPECT_EQ(report.violation, "") << story(report);
    if (::testing::Test::HasFailure() && number_from("TOLLHOUSE_SIM_GO_ON", 0) == 0) return;
  }
  fmt::print("{} seeds: {} events, {} charges, {} paid answers, {} redeliveries, {} kills\n", seeds,
             all.events, all.charges, all.paid_answers, all.redeliveries, all.kills);
  fmt::print("paid by L402 {}, x402 P1 {} and with preimage {}, P2 {}, Payment {}; by work {}\n",
             all.answers_by[0], all.answers_by[1], all.answers_by[2], all.answers_by[3],
             all.answers_by[4], all.worked_answers);
  // A generator that does not reach a point says nothing about it.
  if (seeds < 500) return;
  for (std::size_t i = 0; i < all.kills_at.size(); ++i) {
    EXPECT_GT(all.kills_at[i], 0) << "no process died at crash point " << i;
  }
  EXPECT_GT(all.power_cuts, 0);
  EXPECT_GT(all.redeliveries, 0);
  EXPECT_GT(all.worked_answers, 0);
  for (const std::uint64_t answers : all.answers_by) EXPECT_GT(answers, 0);
}

TEST(SimTest, OneSeedIsOneStory) {
  for (const std::uint64_t seed : {3U, 17U, 40U, 91U}) {
    const Report once = run_world(seed);
    const Report twice = run_world(seed);
    EXPECT_EQ(once.trace_hash, twice.trace_hash) << "seed " << seed;
    EXPECT_EQ(once.events, twice.events) << "seed " << seed;
  }
}

struct Planted {
  PlantedBug bug;
  const char* name;
};
constexpr Planted kPlanted[] = {
    {PlantedBug::hold_not_exclusive, "hold_not_exclusive"},
    {PlantedBug::spent_forgotten_on_start, "spent_forgotten_on_start"},
    {PlantedBug::answer_before_sync, "answer_before_sync"},
    {PlantedBug::receipt_outside_charge, "receipt_outside_charge"},
    {PlantedBug::release_after_charge, "release_after_charge"},
    {PlantedBug::expiry_inclusive, "expiry_inclusive"},
    {PlantedBug::pool_reuse_after_surplus, "pool_reuse_after_surplus"},
    {PlantedBug::retry_after_bytes_written, "retry_after_bytes_written"},
    {PlantedBug::redeliver_to_anyone, "redeliver_to_anyone"},
    {PlantedBug::releases_unbounded, "releases_unbounded"},
    {PlantedBug::given_back_to_anyone, "given_back_to_anyone"},
    {PlantedBug::echo_without_look_up, "echo_without_look_up"},
    {PlantedBug::underpaid_accepted, "underpaid_accepted"},
    {PlantedBug::paid_word_forgotten, "paid_word_forgotten"},
    {PlantedBug::spent_by_rail, "spent_by_rail"},
    {PlantedBug::echo_one_second_late, "echo_one_second_late"},
    {PlantedBug::request_unchecked, "request_unchecked"},
    {PlantedBug::seal_unchecked, "seal_unchecked"},
    {PlantedBug::payment_forwarded, "payment_forwarded"},
    {PlantedBug::work_use_forgotten, "work_use_forgotten"},
    {PlantedBug::work_for_any_tool, "work_for_any_tool"},
    {PlantedBug::work_key_kept, "work_key_kept"},
    {PlantedBug::hold_kept_by_bad_work, "hold_kept_by_bad_work"},
    {PlantedBug::charge_id_unchecked, "charge_id_unchecked"},
    {PlantedBug::charge_for_any_tool, "charge_for_any_tool"},
    {PlantedBug::charge_spent_apart, "charge_spent_apart"},
    {PlantedBug::charge_after_its_end, "charge_after_its_end"},
    {PlantedBug::charge_preimage_unchecked, "charge_preimage_unchecked"},
    {PlantedBug::charge_receipt_unearned, "charge_receipt_unearned"},
};

TEST(PlantedBugs, EachIsFound) {
  constexpr std::uint64_t kSeedsMost = 10'000;
  for (const Planted& planted : kPlanted) {
    std::uint64_t seed = 0;
    Report report;
    plant(planted.bug);
    while (report.violation.empty() && seed < kSeedsMost) report = run_world(++seed);
    plant(PlantedBug::none);
    EXPECT_NE(report.violation, "") << planted.name << " was not found";
    fmt::print("{:<26} seed {:>5}: {}\n", planted.name, seed, report.violation);
  }
}

}  // namespace
}  // namespace tollhouse::sim
