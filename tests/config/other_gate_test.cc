// tests/config: the address of another gate whose tokens are taken here.
#include "config/load.h"
#include "support/precompiled.h"

namespace tollhouse::config {
namespace {

// Random once, used in these tests only.
constexpr const char* kRoot = "b7e0c1a94d52f8360c9d1e7fa2b4586387c0d9e1f2a3b4c5d6e7f8091a2b3c4d";

/// With POW_GATE_URL and no file.
Request request_with(const std::string& url) {
  Request request;
  request.usual_files.clear();
  request.upstream = "http://127.0.0.1:3001/mcp";
  request.environment = {{"LN_GATE_HMAC", kRoot}};
  if (!url.empty()) request.environment["POW_GATE_URL"] = url;
  return request;
}

std::string other_gate(const std::string& url) {
  const auto loaded = load(request_with(url));
  return loaded ? loaded->settings.policy.l402.other_gate.url : to_text(loaded.error());
}

TEST(OtherGateSettings, R_L402_11_ThereIsNoneUnlessItIsNamed) {
  EXPECT_EQ(other_gate(""), "");
  EXPECT_EQ(other_gate("https://gate.example"), "https://gate.example");
  EXPECT_EQ(other_gate("https://gate.example/paid/"), "https://gate.example/paid");
  EXPECT_EQ(other_gate("http://127.0.0.1:8402"), "http://127.0.0.1:8402");
}

TEST(OtherGateSettings, PreimagesDoNotTravelInTheClear) {
  EXPECT_NE(other_gate("http://gate.example").find("plain http"), std::string::npos);
}

TEST(OtherGateSettings, WhatIsNoAddressOfAGateIsToldSo) {
  EXPECT_NE(other_gate("https://gate.example/?a=b").find("no query"), std::string::npos);
  EXPECT_NE(other_gate("gate.example").find("rails.l402.verify.url"), std::string::npos);
}

}  // namespace
}  // namespace tollhouse::config
