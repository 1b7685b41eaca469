// tests/base: the vectors themselves (tests/vectors). Goal: no vector lies there unread, none is
// without its source, and a room that came has those of its protocol.
#include <fstream>
#include <map>
#include <regex>

#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = TOLLHOUSE_SOURCE;
const fs::path kVectors = TOLLHOUSE_VECTORS;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_source(const fs::path& path) {
  const std::string extension = path.extension();
  return extension == ".cc" || extension == ".h";
}

/// All sources below `folder` but this one, as one text.
std::string sources_below(const fs::path& folder) {
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const bool itself = entry.path().filename() == "vectors_test.cc" &&
                        entry.path().parent_path() == kSource / "tests/base";
    if (entry.is_regular_file() && is_source(entry.path()) && !itself) all += text_of(entry.path());
  }
  return all;
}

/// A reader names the file, or a folder above it, in a text of its own: "jcs/input/".
bool is_named(const std::string& text, const fs::path& name) {
  if (text.find("\"" + name.generic_string() + "\"") != std::string::npos) return true;
  for (fs::path folder = name.parent_path(); !folder.empty(); folder = folder.parent_path()) {
    if (text.find("\"" + folder.generic_string() + "/\"") != std::string::npos) return true;
  }
  return false;
}

std::vector<fs::path> vector_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(kVectors)) {
    const std::string name = entry.path().filename();
    const bool data =
        entry.is_regular_file() && name != "README.md" && !name.starts_with("LICENSE");
    if (data) files.push_back(fs::relative(entry.path(), kVectors));
  }
  return files;
}

TEST(Requirement, R_TEST_3_EachVectorIsReadByATestAndHasItsSource) {
  const std::string tests = sources_below(kSource / "tests");
  const std::string readme = text_of(kVectors / "README.md");
  const std::vector<fs::path> files = vector_files();
  EXPECT_GT(files.size(), 300U);
  // Prose of what was measured of others; tests/real runs those clients themselves.
  const fs::path for_people = "mcp/client-behaviour.json";
  for (const fs::path& file : files) {
    EXPECT_NE(is_named(tests, file), file == for_people) << file << " is read by nobody";
    const std::string folder = file.begin()->generic_string();
    const bool told = readme.find("`" + file.generic_string() + "`") != std::string::npos ||
                      readme.find("`" + folder + "/`") != std::string::npos;
    EXPECT_TRUE(told) << file << " has no line in tests/vectors/README.md";
  }
}

TEST(Requirement, R_TEST_3_EachFamilyOfTheListIsThereWithItsRoom) {
  struct Family {
    const char* name;
    const char* room;  ///< folder of src/ whose protocol it is
    const char* tests;
    std::vector<const char*> files;
  };
  const Family families[] = {
      {"PoW", "pow", "pow", {"pow/pow-sha256.json"}},
      {"receipts", "receipt", "receipt", {"receipts/receipts.json"}},
      {"fees", "receipt", "receipt", {"receipts/fees.csv"}},
      {"reputation", "reputation", "reputation", {"reputation/reputation.json"}},
      {"JCS", "json", "json", {"jcs/input/", "jcs/output/"}},
      {"L402",
       "l402",
       "l402",
       {"l402/authorization_headers.json", "l402/challenge_forms.json", "l402/verify_cases.json",
        "l402/macaroons_valid.json"}},
      {"BOLT 11", "bolt", "bolt", {"bolt11.json", "bolt11-extra.json"}},
  };
  for (const Family& family : families) {
    if (!fs::exists(kSource / "src" / family.room)) continue;
    const std::string tests = sources_below(kSource / "tests" / family.tests);
    for (const char* file : family.files) {
      EXPECT_TRUE(fs::exists(kVectors / file)) << family.name << ": " << file;
      EXPECT_NE(tests.find("\"" + std::string(file) + "\""), std::string::npos)
          << family.name << ": tests/" << family.tests << " does not read " << file;
    }
  }
}

/// BIP 340 has no room of its own: whoever writes Schnorr signatures brings its vectors.
TEST(Requirement, R_TEST_3_Bip340ComesWithSchnorrSignatures) {
  const bool signs =
      sources_below(kSource / "src").find("secp256k1_schnorrsig") != std::string::npos;
  const std::string tests = sources_below(kSource / "tests" / "crypto");
  EXPECT_EQ(signs, tests.find("\"bip340/") != std::string::npos);
}

}  // namespace
}  // namespace tollhouse
