// base: switches that only tests turn: crash points K0 to K10 (reliability-security.md 3.2) and
// planted bugs that measure the simulator. The program links switches_off.cc, where both are dead.
#pragma once
#include <cstdint>

namespace tollhouse {

enum class CrashPoint : std::uint8_t {
  k0_before_hold,
  k1_after_hold,
  k2_after_connect,
  k3_after_request,
  k4_after_result,
  k5a_before_sync,
  k5b_after_sync,
  k6_before_answer,
  k7_within_answer,
  k8_after_answer,
  k9_after_delivered,
  k10_power_cut,
};

/// Known-wrong variants; each must be found by the simulator within 10 000 seeds.
enum class PlantedBug : std::uint8_t {
  none,
  hold_not_exclusive,         ///< two holds at once on one credential
  spent_forgotten_on_start,   ///< the hold table is not filled from the store
  answer_before_sync,         ///< 200 leaves before the charge is durable
  receipt_outside_charge,     ///< a charge can be found without its receipt
  release_after_charge,       ///< a committed hold is released as well
  expiry_inclusive,           ///< `now <= valid_until`
  pool_reuse_after_surplus,   ///< an upstream connection with left-over bytes is used again
  retry_after_bytes_written,  ///< a POST goes out a second time
  redeliver_to_anyone,        ///< redelivery without looking at the request digest
  releases_unbounded,         ///< hanging up buys free compute
  given_back_to_anyone,       ///< a use given back is good after its proof's end for any request
  echo_without_look_up,       ///< x402 P1 passes without the wallet's word
  underpaid_accepted,         ///< a payment that brought too little counts
  paid_word_forgotten,        ///< the wallet is asked again about what it called paid
  spent_by_rail,              ///< what is spent by L402 is not spent by x402
  echo_one_second_late,       ///< P1 passes after its invoice's end
  request_unchecked,          ///< x402 P2 passes for another request than it was sold for
  seal_unchecked,             ///< the terms of P1 count without their MAC
  payment_forwarded,          ///< an x402 payment reaches the upstream
  work_use_forgotten,         ///< one solution opens many calls
  work_for_any_tool,          ///< challenges are not bound to their tool
  work_key_kept,              ///< challenges outlive the start that knows which were used
  hold_kept_by_bad_work,      ///< work that is refused keeps the payment beside it held
  charge_id_unchecked,        ///< challenges of the Payment scheme count without their MAC
  charge_for_any_tool,        ///< they are good for another tool than they were sold for
  charge_spent_apart,         ///< what is spent by L402 is not spent by the Payment scheme
  charge_after_its_end,       ///< who may ask for a lost answer may buy, after the challenge's end
  charge_preimage_unchecked,  ///< the Payment scheme passes without the preimage
  charge_receipt_unearned,    ///< its receipt comes with an answer that was not charged
};

/// Ends the process at once (SIGKILL) where TOLLHOUSE_CRASH_AT names this point, or does what
/// the simulator has put in its place. Nothing in release builds.
void crash_point(CrashPoint point);

/// True where a test has planted this bug. Always false in release builds.
bool planted(PlantedBug bug);

/// True where this binary has live switches: `serve` refuses TOLLHOUSE_CRASH_AT without them.
bool switches_live();

/// For tests, in switches_on only: plants one bug, or hooks the crash points (nullptr: SIGKILL by
/// environment again).
void plant(PlantedBug bug);
void hook_crash_points(void (*hook)(CrashPoint));

}  // namespace tollhouse
