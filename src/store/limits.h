// store: every bound of the embedded store, with the reason for its size.
#pragma once
#include <chrono>
#include <cstddef>

#include "base/time.h"

namespace tollhouse::store {

/// One transaction, one sync (RS-18): above it the gain is small and an error fails too many.
inline constexpr std::size_t kBatchMax = 512;
/// Writes that wait (reliability-security.md 4.1). Beyond: `busy`.
inline constexpr std::size_t kQueueMax = 8'192;
/// A write that has waited so long says that the disk does not follow: no new holds.
inline constexpr Duration kQueueDelayMax = std::chrono::milliseconds(100);
/// Reads that wait: receipts are asked for by people and by retries, not in the flow.
inline constexpr std::size_t kReadQueueMax = 1'024;
/// How long deliveries wait for a batch to go with, and how long nothing happens before it is idle.
inline constexpr Duration kIdle = std::chrono::milliseconds(100);
/// WAL frames that make an idle checkpoint worth its two syncs: 4 MiB.
inline constexpr int kIdleCheckpointPages = 1'024;
/// SQLITE_BUSY: only a checkpoint can meet a reader; then the next batch goes first.
inline constexpr int kBusyMilliseconds = 250;
/// Pages of a backup copied between two batches: some 2 ms.
inline constexpr int kBackupStepPages = 256;

}  // namespace tollhouse::store
