// tests/support: finds and reads vector files under tests/vectors, and folders of a test's own.
#pragma once
#include <filesystem>
#include <string>

namespace tollhouse::test {

/// The whole content of tests/vectors/<name>; fails the test program when it is not there.
std::string vector_file(const std::string& name);
std::filesystem::path vector_path(const std::string& name);

/// A fresh folder, mode 0700, removed with this value.
class OwnFolder {
 public:
  OwnFolder();
  ~OwnFolder();
  OwnFolder(const OwnFolder&) = delete;
  OwnFolder& operator=(const OwnFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tollhouse::test
