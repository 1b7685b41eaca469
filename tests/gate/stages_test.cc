// tests/gate/stages_test.cc: the stages a call passes, each as values in and a value out, without a
// gate around them; and what holds for all parsers that strangers reach.
#include <filesystem>

#include "crypto/sha256.h"
#include "io/endpoint.h"
#include "l402/challenge.h"
#include "l402/verify.h"
#include "ledger/hold_table.h"
#include "ledger/rules.h"
#include "mcp/ingress.h"
#include "mcp/pricing.h"
#include "support/precompiled.h"

namespace tollhouse::gate {
namespace {

using namespace std::chrono_literals;

const Time kNow = time_from_unix(1'771'329'600);

class Sold : public ::testing::Test {
 protected:
  Sold() {
    const std::array<std::uint8_t, 32> master{5};
    keys.add(1, master);
    const std::array<std::string_view, 1> tools{"echo"};
    l402::Sale sale;
    preimage.bytes.fill(3);
    sale.payment_hash = PaymentHash::from(crypto::sha256(preimage.reveal()).view());
    sale.price = *Msat::of(3000);
    sale.minted = kNow;
    sale.terms.service = "mcp";
    sale.terms.capabilities = tools;
    const auto token = l402::mint(sale, keys, random);
    EXPECT_TRUE(credential.assign(*token, preimage));
    target.service = "mcp";
    target.capability = "echo";
    target.method = "tools/call";
  }
  SystemRandom random;
  l402::RootKeys keys;
  Preimage preimage;
  l402::Credential credential;
  l402::Target target;
};

TEST_F(Sold, R_CORE_2_EachStageStandsAlone) {
  // Terms: which row prices a message.
  json::Document workspace(1);
  mcp::RoutingHeaders headers;
  headers.see("Content-Type", "application/json");
  const auto message = mcp::read_message(
      headers, R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}})", {},
      workspace);
  ASSERT_TRUE(message);
  EXPECT_EQ(mcp::priced_as(*message).name, "echo");
  // Payment: whose token, and for this call?
  const auto grant = l402::authenticate(credential, keys, "mcp");
  ASSERT_TRUE(grant);
  EXPECT_TRUE(l402::authorise(*grant, target, kNow));
  // Books: one hold, nobody else's.
  ledger::HoldTable holds;
  ledger::HoldRequest request;
  request.payment_hash = grant->payment_hash;
  request.now = kNow;
  const auto taken = holds.take(request);
  ASSERT_TRUE(taken);
  EXPECT_EQ(holds.take(request).error(), ledger::Reason::call_in_progress);
  // Metering: what the upstream's answer means.
  EXPECT_EQ(ledger::settle(ledger::CallEnd::result, {}), ledger::Settlement::commit);
  EXPECT_EQ(ledger::settle(ledger::CallEnd::error_answer, {}), ledger::Settlement::release);
  EXPECT_TRUE(holds.release(std::get<ledger::Hold>(*taken), ledger::Sent::nothing));
  EXPECT_TRUE(holds.take(request));
}

TEST_F(Sold, R_SEC_5_ATokenEndsAtItsSecondWithoutGrace) {
  const auto grant = l402::authenticate(credential, keys, "mcp");
  ASSERT_TRUE(grant);
  EXPECT_TRUE(l402::authorise(*grant, target, kNow + 300s - 1ns));
  EXPECT_EQ(l402::authorise(*grant, target, kNow + 300s).error(), l402::Reason::expired);
}

TEST(Requirement, R_SEC_6_OneClientIsAnAddressOrAnIpv6Network) {
  const auto client = [](std::string_view text) {
    return io::Endpoint::parse_address(text, 1)->client_class();
  };
  EXPECT_EQ(client("203.0.113.7"), "203.0.113.7");
  EXPECT_NE(client("203.0.113.7"), client("203.0.113.8"));
  EXPECT_EQ(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::9"));
  EXPECT_NE(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
}

TEST(Requirement, R_SEC_1_EveryParserIsFuzzedWithACorpus) {
  const std::filesystem::path fuzz = std::filesystem::path(TOLLHOUSE_SOURCE) / "fuzz";
  for (const char* name :
       {"bolt_bech32", "bolt_bolt11", "config_yaml", "http_challenge", "http_chunk", "http_request",
        "http_response", "http_sse", "json_reader", "l402_caveat", "l402_header", "macaroon_v2",
        "mcp_ingress", "receipt_envelope"}) {
    EXPECT_TRUE(std::filesystem::exists(fuzz / (std::string(name) + ".cc"))) << name;
    const auto corpus = fuzz / "corpus" / name;
    ASSERT_TRUE(std::filesystem::is_directory(corpus)) << name;
    EXPECT_FALSE(std::filesystem::is_empty(corpus)) << name;
  }
  // Secrets are compared by length and all bytes, wherever they differ.
  const std::array<std::uint8_t, 4> a{1, 2, 3, 4};
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto b = a;
    b[i] ^= 0x80;
    EXPECT_FALSE(crypto::equal(a, b)) << i;
  }
  EXPECT_TRUE(crypto::equal(a, a));
  EXPECT_FALSE(crypto::equal(a, ByteView(a).first(3)));
}

}  // namespace
}  // namespace tollhouse::gate
