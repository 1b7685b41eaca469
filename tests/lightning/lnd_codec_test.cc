// tests/lightning/lnd_codec_test.cc mirrors src/lightning/lnd_codec.cc and lnd_macaroon.cc. Goal:
// what a real LND answered is read as it was meant, and a macaroon's power is seen before it is
// used.
#include "lightning/lnd_codec.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "lightning/lnd_macaroon.h"
#include "support/lnd.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::lightning {
namespace {

using nlohmann::json;

json recorded(const std::string& name) {
  static const json all = json::parse(test::vector_file("lnd/answers.json"));
  for (const json& row : all["answers"]) {
    if (row["case"] == name) return row;
  }
  ADD_FAILURE() << name;
  return {};
}

std::string body_of(const std::string& name) { return recorded(name)["body"]; }

constexpr Time kWhileGood = time_from_unix(1'795'247'400);
constexpr Time kLater = time_from_unix(1'795'333'800);

Result<Payment, WalletFault> look_up(const std::string& name, Time now = kWhileGood) {
  const json row = recorded(name);
  const std::string path = row["path"];
  const std::string last = path.substr(path.rfind('/') + 1);
  const auto asked = value_from_hex<PaymentHash>(last).value_or(PaymentHash{});
  return lnd::read_payment(row["status"], row["body"].get<std::string>(), asked, now);
}

Result<Outgoing, PayFault> sent(const std::string& name) {
  const json row = recorded(name);
  return lnd::read_paid(row["status"], row["body"].get<std::string>());
}

TEST(LndCodec, R_LN_5_AMintedInvoiceAndItsHash) {
  const auto minted = lnd::read_minted(200, body_of("mint-msat"));
  ASSERT_TRUE(minted);
  EXPECT_EQ(hex(minted->payment_hash.view()),
            "7c05cd9c1c3e15193e594175c9386001775484f83b3b489f51a2030f29cb448d");
  EXPECT_TRUE(minted->bolt11.starts_with("lnbcrt210n1"));
  EXPECT_EQ(lnd::read_minted(500, body_of("mint-huge")).error(), WalletFault::amount_unsupported);
  EXPECT_EQ(lnd::read_minted(400, body_of("mint-unknown-field")).error(), WalletFault::bad_request);
  EXPECT_EQ(lnd::read_minted(500, body_of("locked-mint")).error(), WalletFault::not_ready);
  EXPECT_EQ(lnd::read_minted(500, body_of("no-wallet-mint")).error(), WalletFault::not_ready);
  EXPECT_EQ(lnd::read_minted(500, body_of("macaroon-readonly-mint")).error(),
            WalletFault::forbidden);
}

TEST(LndCodec, ItAsksForExactlyOneAmountAndATimeThatLndTakes) {
  MintRequest request{*Msat::of(1500), std::chrono::seconds(300), std::string(640, 'x')};
  json order = json::parse(lnd::mint_body(request));
  EXPECT_EQ(order["value_msat"], "1500");
  EXPECT_EQ(order["expiry"], "300");
  EXPECT_EQ(order["memo"].get<std::string>().size(), 639U);
  EXPECT_FALSE(order.contains("value"));
  request.expiry = std::chrono::seconds(0);
  EXPECT_EQ(json::parse(lnd::mint_body(request))["expiry"], "1") << "0 would be a day";
  request.description_hash.emplace();
  order = json::parse(lnd::mint_body(request));
  EXPECT_FALSE(order.contains("memo"));
  EXPECT_EQ(order["description_hash"], "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
  const json pay = json::parse(lnd::pay_body("lnbc1", *Msat::of(5000)));
  EXPECT_EQ(pay["fee_limit_msat"], "5000");
  EXPECT_EQ(lnd::track_path(PaymentHash{}),
            "/v2/router/track/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
            "?no_inflight_updates=true");
}

TEST(LndCodec, R_LN_5_LookUpsAreReadByTheirState) {
  EXPECT_EQ(look_up("lookup-v1-open")->state, PaymentState::unpaid);
  EXPECT_EQ(look_up("lookup-v1-settled")->state, PaymentState::paid);
  EXPECT_EQ(look_up("lookup-v1-settled")->received, *Msat::of(21'000));
  EXPECT_EQ(look_up("lookup-v1-overpaid-3x")->received, *Msat::of(63'000));
  EXPECT_EQ(look_up("lookup-v1-mpp-settled")->state, PaymentState::paid);
  EXPECT_EQ(look_up("lookup-v1-canceled", kWhileGood)->state, PaymentState::failed);
  EXPECT_EQ(look_up("lookup-v1-expired", kLater)->state, PaymentState::expired);
  EXPECT_EQ(look_up("lookup-v1-unknown")->state, PaymentState::unknown);
  EXPECT_EQ(look_up("lookup-v1-short-hex").error(), WalletFault::backend_error);
  EXPECT_EQ(lnd::read_payment(404, body_of("http-unknown-path"), PaymentHash{}, kLater).error(),
            WalletFault::bad_answer)
      << "not an unknown invoice";
  EXPECT_EQ(lnd::read_payment(200, body_of("lookup-v1-settled"), PaymentHash{}, kLater).error(),
            WalletFault::contradiction);
}

TEST(LndCodec, R_LN_5_AHeldOrPartialPaymentIsInFlightAndWhatWentBackIsNone) {
  EXPECT_EQ(look_up("lookup-v1-accepted-settle")->state, PaymentState::in_flight);
  EXPECT_EQ(look_up("lookup-v1-partial-mpp")->state, PaymentState::in_flight);
  EXPECT_EQ(look_up("lookup-v1-hold-open")->state, PaymentState::unpaid);
  EXPECT_EQ(look_up("lookup-v1-hold-after-settle")->state, PaymentState::paid);
  const auto back = look_up("lookup-v1-hold-after-cancel");
  EXPECT_NE(back->state, PaymentState::paid) << "although amt_paid_msat is filled";
  EXPECT_EQ(back->received, Msat{});
}

TEST(LndCodec, EveryMacaroonFaultIsSeenAsOne) {
  static const json all = json::parse(test::vector_file("lnd/answers.json"));
  int seen = 0;
  for (const json& row : all["answers"]) {
    const std::string name = row["case"];
    const bool faulty = (name.starts_with("macaroon-") || name.starts_with("caveat-")) &&
                        row["status"] == 500 &&
                        row["path"].get<std::string>().starts_with("/v1/invoice/");
    if (!faulty) continue;
    ++seen;
    EXPECT_EQ(look_up(name).error(), WalletFault::unauthenticated) << name;
  }
  EXPECT_GE(seen, 10);
}

TEST(LndCodec, OnlyAnActiveServerIsReady) {
  EXPECT_TRUE(lnd::read_state(200, body_of("state-active")));
  EXPECT_EQ(lnd::read_state(200, body_of("locked-state")).error(), WalletFault::not_ready);
  EXPECT_EQ(lnd::read_state(200, body_of("no-wallet-state")).error(), WalletFault::not_ready);
  EXPECT_EQ(lnd::read_state(200, R"({"state":"RPC_ACTIVE"})").error(), WalletFault::not_ready);
  EXPECT_EQ(lnd::read_state(200, "[]").error(), WalletFault::bad_answer);
}

TEST(LndCodec, PayingGivesThePreimageOnlyOfASuccess) {
  const auto paid = sent("send-ok");
  ASSERT_TRUE(paid && paid->preimage);
  EXPECT_EQ(paid->state, Outgoing::State::paid);
  EXPECT_EQ(hex(paid->preimage->reveal()),
            "09056126526d77eb345f1830277e6bd562f7e2540a142128acca76b67a664dab");
  const auto updates = sent("send-ok-inflight-updates");
  ASSERT_TRUE(updates);
  EXPECT_EQ(updates->state, Outgoing::State::paid) << "the last line counts";
  const auto poor = sent("send-insufficient");
  ASSERT_TRUE(poor);
  EXPECT_EQ(poor->state, Outgoing::State::failed) << "200 all the same";
  EXPECT_EQ(poor->said, "FAILURE_REASON_INSUFFICIENT_BALANCE");
  EXPECT_FALSE(poor->preimage) << "zeros are none";
  EXPECT_EQ(sent("send-no-route")->state, Outgoing::State::failed);
  EXPECT_TRUE(sent("send-already-paid").error().maybe_paid);
  EXPECT_TRUE(sent("send-in-transition").error().maybe_paid);
  for (const char* name : {"send-expired", "send-self", "send-mainnet-invoice"}) {
    EXPECT_FALSE(sent(name).error().maybe_paid) << name;
    EXPECT_FALSE(sent(name).error().said.empty()) << name;
  }
  EXPECT_EQ(sent("locked-send").error().fault, WalletFault::not_ready);
  EXPECT_EQ(sent("macaroon-gate-pay").error().fault, WalletFault::forbidden);
  EXPECT_TRUE(lnd::read_paid(502, "").error().maybe_paid);
  EXPECT_TRUE(lnd::read_paid(500, R"({"error":{"code":2,"message":"the sky is falling"}})")
                  .error()
                  .maybe_paid)
      << "not a sentence that is known to come before";
  EXPECT_TRUE(lnd::read_paid(200, "").error().maybe_paid);
  const std::string line = body_of("send-ok");
  EXPECT_FALSE(lnd::read_paid(200, line.substr(0, line.size() / 2))) << "cut off in its line";
}

TEST(LndCodec, ALookUpOfAPaymentSaysPaidFailedOrNothingYet) {
  const auto track = [](const std::string& name) {
    const json row = recorded(name);
    return lnd::read_outgoing(row["status"], row["body"].get<std::string>());
  };
  EXPECT_TRUE(track("track-succeeded")->preimage);
  EXPECT_EQ(track("track-unknown")->state, Outgoing::State::failed) << "it never began";
  EXPECT_TRUE(lnd::read_outgoing(500, body_of("locked-send")).error().maybe_paid);
}

Bytes macaroon(const std::vector<std::pair<std::string, std::vector<std::string>>>& operations,
               const std::vector<std::string>& caveats = {}) {
  return *bytes_from_hex(test::lnd_macaroon_hex(operations, caveats));
}

TEST(LndMacaroon, R_LN_2_WhatItMayDoIsReadOutOfIt) {
  const auto recorded_one = json::parse(body_of("bake-entity-list"));
  const auto real = *bytes_from_hex(recorded_one["macaroon"].get<std::string>());
  const auto power = lnd::read_power(real);
  ASSERT_TRUE(power) << "a macaroon that a real LND baked";
  EXPECT_FALSE(power->can_spend);
  EXPECT_FALSE(power->sees_more);

  const auto spends = [](const std::string& entity, const std::string& action) {
    return lnd::read_power(macaroon({{"invoices", {"read", "write"}}, {entity, {action}}}))
        ->can_spend;
  };
  for (const auto& [entity, action] :
       {std::pair("offchain", "write"), std::pair("onchain", "write"),
        std::pair("macaroon", "generate"), std::pair("macaroon", "write"),
        std::pair("peers", "write"), std::pair("info", "write"), std::pair("message", "write"),
        std::pair("signer", "generate"), std::pair("uri", "/lnrpc.Lightning/SendPaymentSync"),
        std::pair("uri", "/routerrpc.Router/SendPaymentV2"), std::pair("something", "new")}) {
    EXPECT_TRUE(spends(entity, action)) << entity << action;
  }
  for (const auto& [entity, action] :
       {std::pair("info", "read"), std::pair("offchain", "read"), std::pair("onchain", "read"),
        std::pair("address", "write"), std::pair("uri", "/lnrpc.Lightning/AddInvoice")}) {
    EXPECT_FALSE(spends(entity, action)) << entity << action;
  }
  EXPECT_TRUE(
      lnd::read_power(macaroon({{"invoices", {"read"}}, {"onchain", {"read"}}}))->sees_more);
}

TEST(LndMacaroon, ItsEarliestEndIsSeenAndWhatIsNoneIsRefused) {
  const auto ends = lnd::read_power(macaroon({{"invoices", {"read"}}},
                                             {"time-before 2027-01-01T00:00:00Z", "ipaddr 10.0.0.1",
                                              "time-before 2026-12-01T00:00:00Z"}))
                        ->ends;
  ASSERT_TRUE(ends);
  EXPECT_EQ(rfc3339(*ends, 0), "2026-12-01T00:00:00Z");
  EXPECT_FALSE(lnd::read_power(bytes_of("no macaroon")));
  Bytes cut = macaroon({{"offchain", {"write"}}});
  for (std::size_t at = 0; at < cut.size(); ++at) {
    Bytes damaged = cut;
    damaged.resize(at);
    EXPECT_FALSE(lnd::read_power(damaged)) << at;
  }
}

TEST(LndMacaroon, ItStandsInHexOrInAFileAsItIs) {
  const Bytes bytes = macaroon({{"invoices", {"read"}}});
  const auto given = [](ByteView text) {
    const auto found = lnd::macaroon_from(text);
    return found ? hex(found->reveal()) : std::string("none");
  };
  EXPECT_EQ(given(bytes), hex(bytes));
  EXPECT_EQ(given(bytes_of(hex(bytes) + "\n")), hex(bytes));
  Bytes ends_like_a_line = bytes;
  ends_like_a_line.back() = '\n';
  EXPECT_EQ(given(ends_like_a_line), hex(ends_like_a_line));
  EXPECT_EQ(given(bytes_of(std::string("0x12"))), "none");
  EXPECT_EQ(given({}), "none");
}

}  // namespace
}  // namespace tollhouse::lightning
