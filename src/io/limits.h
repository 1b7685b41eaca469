// io: every bound of the machinery, with the reason for its size. Those marked (c) come from the
// configuration and stand here as defaults.
#pragma once
#include <chrono>
#include <cstddef>

#include "base/time.h"

namespace tollhouse::io {

/// Step of the timer wheel: deadlines are coarse, a wheel is cheap (reliability-security.md 4.2).
inline constexpr Duration kTimerStep = std::chrono::milliseconds(10);
/// Steps of one round of the wheel: 81.9 s, so that the idle keep-alive of 75 s fits in one round.
inline constexpr std::size_t kTimerSteps = 8192;

/// Events taken from the kernel in one turn: large enough to make epoll_wait rare under load.
inline constexpr std::size_t kEventsPerTurn = 256;
/// What one stream may read in one turn before the others have theirs
/// (reliability-security.md 4.3).
inline constexpr std::size_t kBytesPerTurn = 64 * 1024;
inline constexpr std::size_t kReadsPerTurn = 32;
/// Parts gathered by one sendmsg: head, body and a few event pieces; more parts take more calls.
inline constexpr std::size_t kPartsPerWrite = 16;
/// Window over which the longest turn is reported: shedding looks at 200 ms of two windows.
inline constexpr Duration kLoopDelayWindow = std::chrono::milliseconds(100);

/// Connections of all clients (c): the smaller of this and 0.8 of the descriptors.
inline constexpr std::size_t kConnectionsMax = 60'000;
/// Connections of one client class, an address or an IPv6 /64 (c).
inline constexpr std::size_t kConnectionsPerClientMax = 1024;
/// Accepting pauses at 95 % of the descriptors and resumes at 90 %.
inline constexpr std::size_t kDescriptorsPausePercent = 95;
inline constexpr std::size_t kDescriptorsResumePercent = 90;
/// Descriptors kept back from connections: books, log, wallets, epoll.
inline constexpr std::size_t kDescriptorsKeptBack = 64;
/// How often a paused acceptor looks again: no spin, and no wait a caller would notice.
inline constexpr std::chrono::milliseconds kAcceptPause{10};
/// Queue of the kernel before accept (c): a burst at start or after a pause waits here.
inline constexpr int kListenBacklog = 4096;
/// Sockets taken from one listener before the next listener has its turn.
inline constexpr int kAcceptBatch = 64;
/// TCP keep-alive: dead peers of idle streams are found after some 30 s of silence.
inline constexpr int kKeepAliveSeconds = 30;

/// Errands under way; more wait (32 wallet, 64 oracle and the key sets fit).
inline constexpr std::size_t kErrandsRunningMax = 128;
/// Errands waiting for a place; beyond that the answer is `refused` at once.
inline constexpr std::size_t kErrandsWaitingMax = 1024;
/// Outbound reply: body (c) and all its header lines.
inline constexpr std::size_t kErrandBytesMax = 256 * 1024;
inline constexpr std::size_t kErrandHeadBytesMax = 64 * 1024;
/// An errand that names no time gets this one.
inline constexpr Duration kErrandTimeout = std::chrono::seconds(5);
/// Connections kept open by the errand thread for the next errand.
inline constexpr long kErrandConnectionsKept = 32;

/// Names remembered by the resolver: upstreams are configured, so few; oldest go first.
inline constexpr std::size_t kNamesMax = 256;
/// getaddrinfo tells no time to live: a moved upstream is found within this time.
inline constexpr Duration kNameLife = std::chrono::seconds(30);
/// A name that was not found is asked for again after this time.
inline constexpr Duration kNameFaultLife = std::chrono::seconds(2);
/// Look-ups waiting for the helper thread.
inline constexpr std::size_t kLookupsWaitingMax = 1024;

/// Log lines between the threads that write and the one that prints; the oldest are dropped.
inline constexpr std::size_t kLogLinesMax = 8192;
/// Bytes of one text value in a line; the rest is cut off and shows as `...`.
inline constexpr std::size_t kLogValueBytesMax = 4096;

}  // namespace tollhouse::io
