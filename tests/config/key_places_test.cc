// tests/config: root keys that the environment names, as a file or as a credential of a service.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/hex.h"
#include "config/load.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::config {
namespace {

const std::string kNewer = "7d0f5a1c93be46e2a8b1540c9f3e62d718c4b7e0f59a2d8361e4c0b97f2a5d63";
const std::string kOlder = "3c81e6d2047fa95be1d60c8f72b39a4e5d07c6b18ea24f93d05b7c16e8f42a90";

class KeyPlaces : public ::testing::Test {
 protected:
  test::OwnFolder folder_;

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = (folder_.path() / name).string();
    std::ofstream(path) << text;
    ::chmod(path.c_str(), 0600);
    return path;
  }
  Request request_with(const std::string& name, const std::string& value) {
    Request request;
    request.upstream = "http://127.0.0.1:3001/mcp";
    request.usual_files.clear();
    request.environment = {{name, value}};
    return request;
  }
  /// In hex, the newest first.
  static std::vector<std::string> keys_of(const Request& request) {
    std::vector<std::string> keys;
    const auto loaded = load(request);
    if (!loaded) return {to_text(loaded.error())};
    for (const auto& key : loaded->settings.root_keys) keys.push_back(hex(key.secret));
    return keys;
  }
  using Keys = std::vector<std::string>;
};

TEST_F(KeyPlaces, R_CFG_5_R_CLI_4_AKeyFileNamedByTheEnvironmentIsRotatedLikeAnyOther) {
  const std::string file = write("root.key", kNewer + "\n");
  for (const char* name : {"LN_GATE_HMAC_FILE", "TOLLHOUSE_SECRETS__ROOT_FILE"}) {
    const Request request = request_with(name, file);
    const auto places = load_key_places(request);
    ASSERT_TRUE(places) << name;
    EXPECT_EQ(places->root.file, file) << name;
    EXPECT_EQ(keys_of(request), Keys{kNewer}) << name;
  }
  write("root.key.previous", kOlder);
  EXPECT_EQ(keys_of(request_with("LN_GATE_HMAC_FILE", file)), (Keys{kNewer, kOlder}));
}

TEST_F(KeyPlaces, R_CFG_5_AnEmptyCredentialIsNone) {
  write("HMAC_SECRET_V2", kNewer);
  write("HMAC_SECRET_V1", "\n");
  const Request request = request_with("CREDENTIALS_DIRECTORY", folder_.path().string());
  EXPECT_EQ(keys_of(request), Keys{kNewer});
  write("HMAC_SECRET_V1", kOlder + "\n");
  EXPECT_EQ(keys_of(request), (Keys{kNewer, kOlder}));
}

}  // namespace
}  // namespace tollhouse::config
