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

TEST(Config, R_LN_5_AnLndWalletWithItsMacaroonAndItsCertificate) {
  std::string binary = "\x02macaroon";
  binary += '\n';
  const TemporaryFile macaroon("gate.macaroon", binary);
  const TemporaryFile open_to_others("open.macaroon", binary, 0644);
  const TemporaryFile certificate("tls.cert", "-----BEGIN CERTIFICATE-----\n", 0644);
  const auto with = [](const std::string& members) {
    return Written("{ driver: lnd, " + members + " }");
  };
  const std::string by_file = "macaroon: " + macaroon.path().string();
  const LightningSettings lightning =
      loaded(with(by_file + ", tls_cert: " + certificate.path().string()).request())
          .settings.lightning;
  EXPECT_EQ(lightning.driver, LightningDriver::lnd);
  EXPECT_EQ(lightning.url, "https://localhost:8080") << "where LND listens by itself";
  EXPECT_EQ(lightning.network, LightningNetwork::mainnet) << "a real wallet is on mainnet";
  EXPECT_EQ(text_of(lightning.key.reveal()), binary) << "to the last byte, which is no line end";
  EXPECT_EQ(lightning.certificate, certificate.path());

  const Written written = with("macaroon: \"${LND_MACAROON}\"");
  Request by_variable = written.request();
  by_variable.environment.emplace("LND_MACAROON", "0201036c6e64");
  EXPECT_EQ(text_of(loaded(by_variable).settings.lightning.key.reveal()), "0201036c6e64");

  const std::pair<std::string, const char*> refused[] = {
      {"network: mainnet", "Missing required configuration: lightning.macaroon"},
      {"macaroon: canary", "is neither hex nor the path of a file"},
      {"macaroon: " + open_to_others.path().string(), "lets others read it"},
      {"macaroon: /nowhere/gate.macaroon", "is not a file that can be read"},
      {by_file + ", tls_cert: /nowhere/tls.cert", "is not a file that can be read"},
      {by_file + ", tls_cert: " + macaroon.path().string(), "is no certificate in PEM"},
      {by_file + ", url: http://lnd.example:8080", "plain http"},
      {by_file + ", password: secret", "only the phoenixd wallet takes one"},
  };
  for (const auto& [given, why] : refused) {
    const std::string told = refusal(with(given).request());
    EXPECT_NE(told.find(why), std::string::npos) << given << told;
  }
}

/// `tollhouse serve` without a file says which file would do the same.
TEST(Config, R_LN_5_TheEquivalentFileNamesTheWalletAndHoldsNoSecret) {
  const TemporaryFile certificate("tls.cert", "-----BEGIN CERTIFICATE-----\n", 0644);
  const std::pair<std::string, const char*> rows[] = {
      {"driver: phoenixd, password: " + kPassword, "TOLLHOUSE_LIGHTNING__PASSWORD"},
      {"driver: lnd, macaroon: \"0201036c6e64\", tls_cert: " + certificate.path().string(),
       "TOLLHOUSE_LIGHTNING__MACAROON"}};
  for (const auto& [given, variable] : rows) {
    const Written written("{ " + given + " }");
    const Settings settings = loaded(written.request()).settings;
    const std::string yaml = equivalent_yaml(settings);
    const std::string wallet = yaml.substr(yaml.rfind("lightning: ") + 11);
    EXPECT_NE(wallet.find(variable), std::string::npos) << wallet;
    EXPECT_EQ(yaml.find(text_of(settings.lightning.key.reveal())), std::string::npos) << yaml;
    const Written again(wallet);
    Request request = again.request();
    request.environment.emplace(variable, std::string(text_of(settings.lightning.key.reveal())));
    const LightningSettings same = loaded(request).settings.lightning;
    EXPECT_EQ(same.driver, settings.lightning.driver) << wallet;
    EXPECT_EQ(same.certificate, settings.lightning.certificate) << wallet;
    EXPECT_EQ(text_of(same.key.reveal()), text_of(settings.lightning.key.reveal()));
  }
}

/// Both stand in one environment where somebody calls and serves.
TEST(Config, NamesOfTheCallersWalletAreNoUnknownOnes) {
  const Written written("{ driver: simulated, network: regtest }");
  Request request = written.request();
  for (const char* name : {"TOLLHOUSE_WALLET", "TOLLHOUSE_WALLET_KEY", "TOLLHOUSE_WALLET_KEY_FILE",
                           "TOLLHOUSE_WALLET_TLS_CERT"}) {
    request.environment.emplace(name, "/nowhere/canary");
  }
  for (const std::string& warning : loaded(request).warnings) {
    EXPECT_EQ(warning.find("TOLLHOUSE_WALLET"), std::string::npos) << warning;
  }
}

}  // namespace
}  // namespace tollhouse::config
