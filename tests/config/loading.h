// tests/config: what tests of the loader start from: a request, and what it came to.
#pragma once
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "config/load.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::config {

namespace fs = std::filesystem;

// Random once, used in these tests only.
inline constexpr const char* kRoot =
    "b7e0c1a94d52f8360c9d1e7fa2b4586387c0d9e1f2a3b4c5d6e7f8091a2b3c4d";
inline constexpr const char* kPrevious =
    "17c9e2a94d52f8360c9d1e7fa2b4586387c0d9e1f2a3b4c5d6e7f8091a2b3c4e";
inline constexpr const char* kReceiptKey =
    "c3a9e2a94d52f8360c9d1e7fa2b4586387c0d9e1f2a3b4c5d6e7f8091a2b3c4f";
inline constexpr const char* kUpstream = "http://127.0.0.1:3001/mcp";

inline fs::path folder(const char* name) {
  return fs::path(TOLLHOUSE_SOURCE) / "tests/config" / name;
}

inline Environment test_environment() {
  return {{"TEST_ROOT", kRoot},
          {"TEST_PREVIOUS", kPrevious},
          {"TEST_SEED", kPrevious},
          {"TEST_RECEIPT_KEY", kReceiptKey},
          {"TEST_TOKEN", "canary-token-0123456789"}};
}

inline Request request_of(const fs::path& file) {
  Request request;
  request.file = file.string();
  request.environment = test_environment();
  return request;
}

/// No file anywhere.
inline Request bare_request() {
  Request request;
  request.usual_files.clear();
  return request;
}

inline Loaded loaded(const Request& request) {
  auto result = load(request);
  if (!result) ADD_FAILURE() << to_text(result.error());
  return result ? std::move(*result) : Loaded{};
}

inline std::string refusal(const Request& request) {
  auto result = load(request);
  return result ? std::string("(loaded)") : to_text(result.error());
}

class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, const std::string& text, mode_t mode = 0600)
      : path_(own_.path() / name) {
    std::ofstream(path_) << text;
    ::chmod(path_.c_str(), mode);
  }
  const fs::path& path() const { return path_; }

 private:
  test::OwnFolder own_;
  fs::path path_;
};

}  // namespace tollhouse::config
