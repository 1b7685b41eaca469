// ledger: every bound of the books in memory, with the reason for its size.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace tollhouse::ledger {

/// One mutex each: with a reactor per core, two callers rarely meet on one of 64.
inline constexpr std::size_t kStripes = 64;
/// 300 s lives at 10 000 paid calls a second, and a third more (reliability-security.md 4.1).
/// Charges whose answer was not seen to arrive count as well. Beyond: `overloaded`.
inline constexpr std::size_t kHoldEntriesMax = 4'000'000;
/// RS-21, `limits.releases`: three failures are bad luck, the fourth is free compute.
inline constexpr std::uint8_t kReleasesMax = 3;
/// How long a charge whose answer was lost is answered once more (DESIGN.md 6); charges are kept
/// as long beyond their delivery.
inline constexpr Duration kRedeliveryWindow = std::chrono::seconds(600);
/// A spent hash outlives its credential by this much: other clocks of a house differ by less.
inline constexpr Duration kExpirySkew = std::chrono::seconds(60);
/// How far the wall clock may fall back before lives stop following it
/// (reliability-security.md 2.6).
inline constexpr Duration kClockBackMax = std::chrono::seconds(2);
/// Charges of one payment that wait for their caller: looked through under a lock. The oldest
/// leaves.
inline constexpr std::size_t kMarksPerPaymentMax = 64;
/// Free use numbers below one that is spent, remembered at start: gaps come from calls that ran
/// side by side, so a larger one is a damaged row.
inline constexpr std::uint32_t kUseGapsMax = 4'096;
/// Buckets looked at under one lock while sweeping: some 50 microseconds.
inline constexpr std::size_t kSweepStep = 512;
/// A stored result: what answers to ordinary tool calls need (reliability-security.md 4.1).
inline constexpr std::size_t kKeptResultBytesMax = std::size_t{64} << 10;
/// How long one is stored: redelivery, after the longest call there is (a stream of one hour).
inline constexpr Duration kKeptResultWindow = kRedeliveryWindow + std::chrono::hours(1);
/// All stored results together.
inline constexpr std::size_t kKeptResultsBytesMax = std::size_t{256} << 20;
/// How long a receipt can be fetched by its request id (DESIGN.md 6). Not longer, because the
/// request id is no secret and the credential that opens it dies.
inline constexpr Duration kReceiptFetchWindow = std::chrono::hours(24);

}  // namespace tollhouse::ledger
