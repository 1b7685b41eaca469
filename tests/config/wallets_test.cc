// tests/config/wallets_test.cc mirrors src/config/lightning.cc for wallets other than LNbits
// (R-LN-5): each driver takes its own credential, from the environment or a file, and no other's.
#include "config/loading.h"

namespace tollhouse::config {
namespace {

const std::string kPassword = "canary-limited-access";

struct Written {
  explicit Written(const std::string& lightning)
      : file("tollhouse.yaml", "upstream: " + std::string(kUpstream) +
                                   "\ntools: { \"*\": { price: 1 sat } }\nsecrets: { root: " +
                                   kRoot + " }\nlightning: " + lightning + "\n") {}
  Request request() const {
    Request made = request_of(file.path());
    made.environment.emplace("PHOENIXD_PASSWORD", kPassword);
    return made;
  }
  TemporaryFile file;
};

TEST(Config, R_LN_5_APhoenixdWallet) {
  const std::string password = "password: \"${PHOENIXD_PASSWORD}\"";
  const LightningSettings lightning =
      loaded(Written("{ driver: phoenixd, " + password + " }").request()).settings.lightning;
  EXPECT_EQ(lightning.driver, LightningDriver::phoenixd);
  EXPECT_EQ(lightning.url, "http://127.0.0.1:9740") << "where phoenixd listens by itself";
  EXPECT_EQ(lightning.network, LightningNetwork::mainnet) << "a real wallet is on mainnet";
  EXPECT_EQ(text_of(lightning.key.reveal()), kPassword);

  const std::pair<std::string, const char*> refused[] = {
      {"{ driver: phoenixd }", "Missing required configuration: lightning.password"},
      {"{ driver: phoenixd, " + password + ", url: http://phoenixd.example }", "plain http"},
      {"{ driver: phoenixd, " + password + ", key: 00112233445566778899aabbccddeeff }",
       "only the lnbits wallet takes one"},
      {"{ driver: lnbits, url: https://l.example, key: 00112233445566778899aabbccddeeff, " +
           password + " }",
       "only the phoenixd wallet takes one"},
      {"{ driver: simulated, " + password + " }", "only the phoenixd wallet takes one"},
  };
  for (const auto& [given, why] : refused) {
    const std::string told = refusal(Written(given).request());
    EXPECT_NE(told.find(why), std::string::npos) << given << told;
    EXPECT_EQ(told.find(kPassword), std::string::npos) << told;
  }
}

}  // namespace
}  // namespace tollhouse::config
