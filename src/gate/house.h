// gate: what all reactors of one process share, by reference, for the life of the process. The
// pieces live in the program's wiring (or in a simulation's world) and outlive every worker. What a
// reload may change is in rules.h.
#pragma once
#include <atomic>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "base/time.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"
#include "gate/challenge.h"
#include "gate/metrics.h"
#include "gate/parked.h"
#include "gate/rate.h"
#include "gate/settled_payments.h"
#include "gate/work_desk.h"
#include "io/errand.h"
#include "ledger/clock_guard.h"
#include "ledger/deny_list.h"
#include "ledger/hold_table.h"
#include "ledger/store.h"
#include "lightning/wallet.h"

namespace tollhouse::gate {

struct House {
  const Clock& clock;
  Random& random;  ///< thread-safe
  Log& log;
  const crypto::Secp256k1& curve;
  ledger::HoldTable& holds;
  ledger::Store& store;
  ledger::ClockGuard& lives;
  lightning::Wallet& wallet;
  OpenChallenges& open_challenges;
  RateTable& mints_by_client;
  RateTable& mints_in_all;
  RateTable& failures_by_client;
  Metrics& metrics;
  std::uint32_t epoch = 1;         ///< of the books, in each token id (RS-11)
  std::string version{};           ///< of the program, for those who ask
  std::uint64_t boot = 0;          ///< random; makes request ids of two starts differ
  Digest log_key;                  ///< keys the digests of addresses and credentials in logs
  ledger::DenyList revoked{};      ///< payments that were taken back
  ParkedCalls parked{};            ///< calls between two requests
  io::Errands* errands = nullptr;  ///< for questions to another gate; absent: none is asked
  WorkDesk work{};
  SettledPayments settled{};  ///< only of wallets that show preimages of unpaid invoices
  std::atomic<bool> draining{false};
  std::atomic<bool> wallet_up{true};  ///< as the last minting found it
};

}  // namespace tollhouse::gate
