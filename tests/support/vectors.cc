// tests/support: vector files and own folders.
#include "support/vectors.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace tollhouse::test {

std::filesystem::path vector_path(const std::string& name) {
  return std::filesystem::path(TOLLHOUSE_VECTORS) / name;
}

std::string vector_file(const std::string& name) {
  std::ifstream file(vector_path(name), std::ios::binary);
  if (!file) throw std::runtime_error("no vector file " + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

OwnFolder::OwnFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tollhouse-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for the test");
  path_ = pattern;
}

OwnFolder::~OwnFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tollhouse::test
