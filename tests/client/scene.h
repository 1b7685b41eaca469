// tests/client: one client at one little gate.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "client/client.h"
#include "client/little_gate.h"
#include "io/curl_errands.h"
#include "support/precompiled.h"

namespace tollhouse::test {

class FixedClock final : public Clock {
 public:
  Time now() const override { return at; }
  Tick tick() const override { return SystemClock().tick(); }
  Time at = kNow;
};

class Steps final : public client::Witness {
 public:
  void asked(const dialogue::Offer&) override { steps += "asked "; }
  void paid(const dialogue::Offer&, std::string_view wallet) override {
    steps += "paid:" + std::string(wallet);
  }
  std::string steps;
};

/// One client at a gate, connected.
struct Scene {
  explicit Scene(Behaviour behaviour = {}) : gate(std::move(behaviour)) {
    settings.gate = *http::parse_url(gate.address());
    settings.limit = *Msat::of_sat(100);
  }
  client::Client& client() {
    if (!made) {
      made.emplace(client::Surroundings{errands, clock, curve, steps}, settings, std::move(wallet));
    }
    return *made;
  }
  Result<client::CallOutcome, client::Trouble> call() {
    const auto connected = client().connect();
    EXPECT_TRUE(connected) << connected.error().message;
    return client().call("echo", R"({"region":"eu"})");
  }

  LittleGate gate;
  client::Settings settings;
  SystemRandom random;
  crypto::Secp256k1 curve{random};
  FixedClock clock;
  Steps steps;
  io::CurlErrands errands;
  std::unique_ptr<client::Wallet> wallet;
  std::optional<client::Client> made;
};

}  // namespace tollhouse::test
