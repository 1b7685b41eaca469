// client: every bound of the caller with sockets, with the reason for its size.
#pragma once
#include <chrono>
#include <cstddef>

#include "base/time.h"

namespace tollhouse::client {

/// Handshake and lists: a server that starts on demand takes seconds, not minutes.
inline constexpr Duration kTalkTimeout = std::chrono::seconds(30);
/// One tool call. The gate itself gives an upstream 60 s by default; tools that search or draw take
/// longer, and a call that was paid for is not given up early.
inline constexpr Duration kCallTimeout = std::chrono::seconds(300);
/// The simulated wallet's fault `slow` takes five seconds, which is no failure.
inline constexpr Duration kWalletTimeout = std::chrono::seconds(15);
/// Paying over Lightning: backends give up after 60 s themselves (lightning-backends.md 11).
inline constexpr Duration kPayTimeout = std::chrono::seconds(75);
/// What is under way then is looked up this often and this long.
inline constexpr Duration kPaymentLookEach = std::chrono::seconds(2);
inline constexpr Duration kPaymentPatience = std::chrono::minutes(10);
/// Saying goodbye to a session is a courtesy: nobody waits for it.
inline constexpr Duration kGoodbyeTimeout = std::chrono::seconds(2);
/// A tool's answer: the largest event that the house reads (images are some MiB).
inline constexpr std::size_t kAnswerBytesMax = 16 * 1024 * 1024;
/// A wallet's answer: a hash, a preimage and some words.
inline constexpr std::size_t kWalletBytesMax = 64 * 1024;
/// Threads of one solver: more than processors do not help.
inline constexpr unsigned kSolverThreadsMax = 256;
/// How often a solver says how far it is.
inline constexpr Duration kSolverWatch = std::chrono::milliseconds(100);
/// Each kernel's trial: long enough to tell 50 from 60 MH/s, short beside any work worth the name.
inline constexpr Duration kSolverTrial = std::chrono::milliseconds(3);
/// And an end for clocks that stand still.
inline constexpr unsigned kSolverTrialBatchesMax = 100;

/// A token without an end of its own is tried this long; a gate that does not take it says so.
inline constexpr Duration kUnstatedTokenLife = std::chrono::hours(1);
/// A kept token: a macaroon of the largest size, an address and a name.
inline constexpr std::size_t kTokenFileBytesMax = 16 * 1024;

/// Payments that were not used up, in one client; older ones are kept in files only.
inline constexpr std::size_t kUnredeemedMax = 64;

}  // namespace tollhouse::client
