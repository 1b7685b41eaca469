// tests/lightning/lnbits_test.cc mirrors src/lightning/http_wallet.cc and lnbits.cc, over sockets
// against a double that is true to the protocol. Goal: only a key that can receive, only invoices
// that were asked for, and a failing LNbits is left in peace.
#include "lightning/lnbits.h"

#include <thread>

#include "base/hex.h"
#include "lightning/http_wallet_test.h"
#include "lightning/payment_watch.h"
#include "support/lnbits.h"
#include "support/precompiled.h"

namespace tollhouse::lightning {
namespace {

using namespace std::chrono_literals;
using test::Lnbits;
using test::LnbitsFault;

struct LnbitsDriver : HttpWalletTest {
  HttpWallet& wallet(const std::string& key = Lnbits::kInvoiceKey, bool may_spend = false,
                     bolt::Network network = bolt::Network::regtest) {
    HttpWalletSettings settings;
    settings.url = backend.url();
    settings.network = network;
    settings.allow_spending_key = may_spend;
    return make(lnbits_protocol(Secret(bytes_of(key))), settings);
  }
  HttpWallet& ready_wallet() {
    HttpWallet& wallet = this->wallet();
    wallet.keep();
    EXPECT_TRUE(log.wait_for("wallet_ready"));
    return wallet;
  }

  Lnbits backend;
};

TEST_F(LnbitsDriver, R_LN_1_R_LN_4_MintsWholeSatoshiAndSeesThemPaid) {
  HttpWallet& wallet = ready_wallet();
  EXPECT_TRUE(wallet.condition().ready);
  EXPECT_TRUE(wallet.unpaid_preimage_public());
  const auto minted = mint(wallet, 1500);
  ASSERT_TRUE(minted);
  EXPECT_EQ(minted->amount, *Msat::of(2000)) << "and the gate quotes what the invoice says";
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::unpaid);
  ASSERT_TRUE(backend.pay(minted->bolt11));
  const auto paid = look_up(wallet, minted->payment_hash);
  ASSERT_TRUE(paid);
  EXPECT_EQ(paid->state, PaymentState::paid);
  EXPECT_EQ(paid->received, *Msat::of(2000));
  EXPECT_EQ(look_up(wallet, PaymentHash{})->state, PaymentState::unknown);
  EXPECT_EQ(backend.heard().find("api-key"), std::string::npos) << "no key in a URL";
}

TEST_F(LnbitsDriver, R_LN_2_AKeyThatCanSpendMintsNothing) {
  HttpWallet& wallet = this->wallet(Lnbits::kAdminKey);
  EXPECT_EQ(mint(wallet).error(), WalletFault::not_ready) << "nothing before the check";
  wallet.keep();
  ASSERT_TRUE(log.wait_for("wallet_check_failed lnbits overpowered_credential"));
  EXPECT_TRUE(wallet.overpowered());
  EXPECT_FALSE(wallet.condition().ready);
  EXPECT_EQ(mint(wallet).error(), WalletFault::overpowered);
  EXPECT_EQ(backend.minted(), 0U);
}

TEST_F(LnbitsDriver, R_LN_2_UnlessTheOperatorAllowsIt) {
  HttpWallet& wallet = this->wallet(Lnbits::kAdminKey, true);
  wallet.keep();
  ASSERT_TRUE(log.wait_for("wallet_ready"));
  EXPECT_TRUE(log.has("wallet_key_can_spend"));
  EXPECT_TRUE(mint(wallet));
}

TEST_F(LnbitsDriver, AWrongKeyAnotherNetworkOrAFreshInstallKeepItFromMinting) {
  HttpWallet& unknown = this->wallet("ffffffffffffffffffffffffffffffff");
  unknown.keep();
  EXPECT_TRUE(log.wait_for("wallet_check_failed lnbits unauthenticated"));
  EXPECT_EQ(mint(unknown).error(), WalletFault::unauthenticated);

  HttpWallet& elsewhere = this->wallet(Lnbits::kInvoiceKey, false, bolt::Network::mainnet);
  elsewhere.keep();
  EXPECT_TRUE(log.wait_for("wallet_check_failed lnbits wrong_network"));
  EXPECT_EQ(mint(elsewhere).error(), WalletFault::wrong_network);

  backend.set_fault(LnbitsFault::first_install);
  HttpWallet& fresh = this->wallet();
  fresh.keep();
  EXPECT_TRUE(log.wait_for("wallet_check_failed lnbits not_ready"));
  EXPECT_FALSE(fresh.condition().ready);
}

TEST_F(LnbitsDriver, ALateLnbitsIsTakenWhenItComes) {
  backend.stop();
  HttpWallet& wallet = this->wallet();
  wallet.keep();
  EXPECT_TRUE(log.wait_for("wallet_check_failed lnbits unreachable"));
  backend.start();
  clock.advance(31s);
  wallet.keep();
  EXPECT_TRUE(log.wait_for("wallet_ready"));
  EXPECT_TRUE(mint(wallet));
}

TEST_F(LnbitsDriver, PreimagesThatAnybodyCanReadAreWarnedOf) {
  EXPECT_TRUE(ready_wallet().condition().ready);
  EXPECT_FALSE(log.has("wallet_shows_preimages"));
  Lnbits leaking(bolt::Network::regtest, true);
  HttpWalletSettings settings;
  settings.url = leaking.url();
  settings.network = bolt::Network::regtest;
  HttpWallet wallet(lnbits_protocol(Secret(bytes_of(Lnbits::kInvoiceKey))), settings,
                    {*errands, clock, random, curve, log});
  wallet.keep();
  EXPECT_TRUE(log.wait_for("wallet_shows_preimages"));
  wallet.close();
  errands.reset();  // before the double ends
}

TEST_F(LnbitsDriver, AnInvoiceThatWasNotAskedForIsNotUsedAndOpensTheCircuit) {
  for (const LnbitsFault lie :
       {LnbitsFault::wrong_amount, LnbitsFault::wrong_hash, LnbitsFault::same_invoice,
        LnbitsFault::endless, LnbitsFault::cut_invoice}) {
    backend.set_fault(LnbitsFault::none);
    clock.advance(31s);
    log.forget();
    HttpWallet& wallet = ready_wallet();
    ASSERT_TRUE(mint(wallet));
    backend.set_fault(lie);
    EXPECT_EQ(mint(wallet).error(), WalletFault::contradiction) << static_cast<int>(lie);
    EXPECT_TRUE(wallet.condition().circuit_open);
    EXPECT_EQ(mint(wallet).error(), WalletFault::resting);
  }
}

TEST_F(LnbitsDriver, ALookUpOfAnotherPaymentIsAContradiction) {
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  backend.pay(minted->bolt11);
  backend.set_fault(LnbitsFault::other_payment);
  EXPECT_EQ(look_up(wallet, minted->payment_hash).error(), WalletFault::contradiction);
  backend.set_fault(LnbitsFault::underpaid);
  clock.advance(5s);
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->received, *Msat::of(1500));
}

TEST_F(LnbitsDriver, AnInvoiceOfAnotherNodeThanTheFirstIsNotUsed) {
  HttpWallet& wallet = ready_wallet();
  ASSERT_TRUE(mint(wallet));
  backend.set_fault(LnbitsFault::other_node);
  EXPECT_EQ(mint(wallet).error(), WalletFault::wrong_payee);
  EXPECT_TRUE(log.has("wallet_circuit_open lnbits wrong_payee"));
  backend.set_fault(LnbitsFault::none);
  clock.advance(5s);
  EXPECT_TRUE(mint(wallet)) << "the pinned one signs again";
  // A gate that starts takes the node that it finds.
  backend.set_fault(LnbitsFault::other_node);
  log.forget();
  EXPECT_TRUE(mint(ready_wallet()));
}

// --- What it tells of payments is a hint ---

struct LnbitsTells : LnbitsDriver {
  /// The counts are made behind an answer, on the errand thread.
  template <class Holds>
  static bool eventually(const Holds& holds) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  /// Until what one listening heard has been dealt with: the errand thread brings answers one by
  /// one, and this one comes behind it.
  void dealt_with(HttpWallet& wallet) {
    ASSERT_TRUE(backend.wait_for_gone(1));
    ASSERT_TRUE(look_up(wallet, PaymentHash{}));
  }
  /// Listens once more for what is watched.
  void next_listening(HttpWallet& wallet) {
    clock.advance(PaymentWatch::kListenEach);
    wallet.keep();
  }
  std::size_t lookups() const {
    const std::string heard = backend.heard();
    std::size_t count = 0;
    const std::string start = "GET /api/v1/payments/";
    for (std::size_t at = heard.find(start); at != std::string::npos;
         at = heard.find(start, at + 1)) {
      ++count;
    }
    return count;
  }
};

TEST_F(LnbitsTells, WhatItsHintLedToIsKnownWhenItIsDown) {
  backend.tell(true);
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  wallet.watch(minted->payment_hash);
  ASSERT_TRUE(backend.wait_for_listeners(1));
  ASSERT_TRUE(backend.pay(minted->bolt11));
  ASSERT_TRUE(eventually([&] { return wallet.hints().paid == 1; }));
  backend.stop();
  const auto known = look_up(wallet, minted->payment_hash);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->state, PaymentState::paid);
  EXPECT_EQ(known->received, *Msat::of(3000)) << "as the look-up said, not the hint";
  EXPECT_EQ(backend.heard().find("/ws/" + std::string(Lnbits::kInvoiceKey)), std::string::npos);
  EXPECT_NE(backend.heard().find("/ws/" + hex(minted->payment_hash.view()) + " \n"),
            std::string::npos)
      << "and without the key";
}

TEST_F(LnbitsTells, AFalseHintMakesNothingPaidAndIsHeardThreeTimes) {
  backend.tell(true);
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  wallet.watch(minted->payment_hash);
  for (std::size_t hint = 1; hint <= PaymentWatch::kFalseHintsMax; ++hint) {
    ASSERT_TRUE(backend.wait_for_listeners(hint));
    backend.forge(minted->bolt11);
    ASSERT_TRUE(eventually([&] { return wallet.hints().not_paid == hint; })) << hint;
    EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::unpaid);
    next_listening(wallet);
  }
  EXPECT_EQ(wallet.hints().paid, 0U);
  next_listening(wallet);
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::unpaid);
  EXPECT_EQ(backend.listeners(), static_cast<std::size_t>(PaymentWatch::kFalseHintsMax));
  backend.pay(minted->bolt11);
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::paid) << "asked, as ever";
}

TEST_F(LnbitsTells, HintsLeaveTheLookUpsToCallers) {
  backend.tell(true);
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  for (int i = 0; i < HttpWallet::kLookupsAtOnce / 2 + 1; ++i) {
    ASSERT_TRUE(look_up(wallet, PaymentHash{}));
  }
  const std::size_t before = lookups();
  wallet.watch(minted->payment_hash);
  ASSERT_TRUE(backend.wait_for_listeners(1));
  backend.forge(minted->bolt11);
  dealt_with(wallet);
  EXPECT_EQ(lookups(), before + 1) << "the one of dealt_with()";
  EXPECT_EQ(wallet.hints().not_paid, 0U);
  next_listening(wallet);
  EXPECT_TRUE(backend.wait_for_listeners(2));
}

TEST_F(LnbitsTells, APingIsNoHintAndListeningGoesOn) {
  backend.tell(true);
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  wallet.watch(minted->payment_hash);
  ASSERT_TRUE(backend.wait_for_listeners(1));
  const std::size_t before = lookups();
  backend.ping();
  dealt_with(wallet);
  EXPECT_EQ(lookups(), before + 1) << "the one of dealt_with()";
  next_listening(wallet);
  ASSERT_TRUE(backend.wait_for_listeners(2));
  backend.pay(minted->bolt11);
  EXPECT_TRUE(eventually([&] { return wallet.hints().paid == 1; }));
}

TEST_F(LnbitsTells, ADeadChannelChangesNothingAndIsTriedAgain) {
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  wallet.watch(minted->payment_hash);
  ASSERT_TRUE(log.wait_for("wallet_watch_down"));
  EXPECT_EQ(wallet.hints().channel_failures, 1U);
  EXPECT_TRUE(wallet.condition().ready);
  EXPECT_TRUE(mint(wallet));
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::unpaid);
  backend.tell(true);
  clock.advance(BackOff::kLongest);
  wallet.keep();
  ASSERT_TRUE(backend.wait_for_listeners(1));
  backend.pay(minted->bolt11);
  EXPECT_TRUE(log.wait_for("wallet_watch_up"));
  EXPECT_TRUE(eventually([&] { return wallet.hints().paid == 1; }));
}

TEST_F(LnbitsTells, ClosedItListensToNothing) {
  backend.tell(true);
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  wallet.watch(minted->payment_hash);
  ASSERT_TRUE(backend.wait_for_listeners(1));
  wallet.close();
  wallet.watch(PaymentHash{});
  made.reset();
  errands.reset();
  EXPECT_EQ(backend.listeners(), 1U);
  EXPECT_FALSE(log.has("wallet_watch_down")) << "an end is no failure";
}

TEST_F(LnbitsDriver, FaultsAreTriedTwiceThenLeftInPeaceUntilItAnswers) {
  HttpWallet& wallet = ready_wallet();
  backend.set_fault(LnbitsFault::no_node);
  const std::size_t before = backend.heard().size();
  EXPECT_EQ(mint(wallet).error(), WalletFault::backend_error);
  EXPECT_GT(backend.heard().size(), before);
  const std::pair<LnbitsFault, WalletFault> faults[] = {
      {LnbitsFault::garbage, WalletFault::bad_answer},
      {LnbitsFault::drop, WalletFault::unreachable}};
  for (const auto& [fault, seen] : faults) {
    backend.set_fault(fault);
    EXPECT_EQ(mint(wallet).error(), seen) << static_cast<int>(fault);
  }
  EXPECT_TRUE(wallet.condition().circuit_open) << "five failures";
  EXPECT_TRUE(log.has("wallet_circuit_open"));
  EXPECT_EQ(mint(wallet).error(), WalletFault::resting);
  backend.set_fault(LnbitsFault::none);
  EXPECT_EQ(mint(wallet).error(), WalletFault::resting) << "its time has not come";
  clock.advance(5s);
  EXPECT_TRUE(mint(wallet)) << "the trial";
  EXPECT_TRUE(wallet.condition().ready);
}

TEST_F(LnbitsDriver, AStalledOneCostsNoMoreThanItsTime) {
  HttpWallet& wallet = ready_wallet();
  backend.set_fault(LnbitsFault::stall);
  EXPECT_EQ(look_up(wallet, PaymentHash{}).error(), WalletFault::timed_out);
  backend.set_fault(LnbitsFault::none);
  EXPECT_TRUE(mint(wallet));
}

TEST_F(LnbitsDriver, ARateLimitIsWaitedOut) {
  HttpWallet& wallet = ready_wallet();
  backend.set_fault(LnbitsFault::rate_limit);
  EXPECT_EQ(mint(wallet).error(), WalletFault::rate_limited);
  backend.set_fault(LnbitsFault::none);
  const std::string heard = backend.heard();
  EXPECT_EQ(mint(wallet).error(), WalletFault::rate_limited);
  EXPECT_EQ(look_up(wallet, PaymentHash{}).error(), WalletFault::rate_limited);
  EXPECT_EQ(backend.heard(), heard) << "not asked meanwhile";
  EXPECT_EQ(wallet.condition().retry_after, Duration(60s));
  clock.advance(60s);
  EXPECT_TRUE(mint(wallet));
}

TEST_F(LnbitsDriver, LookUpsAreBoundedByTheSecond) {
  HttpWallet& wallet = ready_wallet();
  for (int i = 0; i < HttpWallet::kLookupsAtOnce; ++i) {
    ASSERT_TRUE(look_up(wallet, PaymentHash{})) << i;
  }
  EXPECT_EQ(look_up(wallet, PaymentHash{}).error(), WalletFault::resting);
  clock.advance(1s);
  EXPECT_TRUE(look_up(wallet, PaymentHash{}));
}

TEST_F(LnbitsDriver, RestartedItKnowsItsPayments) {
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  backend.stop();
  EXPECT_EQ(look_up(wallet, minted->payment_hash).error(), WalletFault::unreachable);
  backend.start();
  backend.pay(minted->bolt11);
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::paid);
}

TEST_F(LnbitsDriver, EndedWhileItWaitsItAnswersAll) {
  HttpWallet& wallet = ready_wallet();
  backend.set_fault(LnbitsFault::stall);
  std::promise<Minted> minted;
  wallet.mint({*Msat::of(1000), 300s, "x"}, [&](Minted got) { minted.set_value(std::move(got)); });
  wallet.close();
  made.reset();
  errands.reset();
  EXPECT_FALSE(minted.get_future().get());
}

}  // namespace
}  // namespace tollhouse::lightning
