// tests/macaroon: the forms that clients meet, against the vectors of libmacaroons.
#include "macaroon/formats.h"

#include <filesystem>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "macaroon/chain.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::macaroon {
namespace {

struct Vtest {
  bool authorized = false;
  std::string key;
  std::vector<std::string> exact;
  std::string macaroon;
};

Vtest read_vtest(const std::string& text) {
  Vtest made;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("key "))
      made.key = line.substr(4);
    else if (line.starts_with("exact "))
      made.exact.push_back(line.substr(6));
    else if (line == "authorized")
      made.authorized = true;
    else if (!line.empty() && line[0] != '#' && line != "unauthorized" &&
             !line.starts_with("version"))
      made.macaroon = line;
  }
  return made;
}

/// Every caveat is one of the exact ones and the chain holds.
bool authorized(const Owned& macaroon, const Vtest& vtest) {
  for (const Owned::Caveat& caveat : macaroon.caveats) {
    const std::string text(text_of(caveat.identifier));
    if (std::find(vtest.exact.begin(), vtest.exact.end(), text) == vtest.exact.end()) return false;
  }
  const Bytes binary = write_v2(macaroon);
  const ChainKey key = KeyGenerator().derive(bytes_of(vtest.key));
  const auto view = read_v2(binary);
  return view && verify(*view, key);
}

TEST(Formats, LibmacaroonsVerifierTests) {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::vector_path("macaroon"))) {
    if (entry.path().extension() != ".vtest") continue;
    SCOPED_TRACE(entry.path().filename().string());
    const Vtest vtest =
        read_vtest(test::vector_file("macaroon/" + entry.path().filename().string()));
    const auto bytes = unwrap(vtest.macaroon);
    ASSERT_TRUE(bytes);
    const auto macaroon = read_binary(*bytes);
    ASSERT_TRUE(macaroon);
    EXPECT_EQ(authorized(*macaroon, vtest), vtest.authorized);
    ++seen;
  }
  EXPECT_EQ(seen, 16);
}

TEST(Formats, OneTokenInEverySerialization) {
  for (const char* name : {"serialization_1", "serialization_2", "serialization_3"}) {
    SCOPED_TRACE(name);
    std::map<std::string, Bytes> forms;
    std::istringstream lines(test::vector_file(std::string("macaroon/") + name));
    for (std::string kind, value; lines >> kind >> value;) forms[kind] = unwrap(value).value();
    EXPECT_EQ(form_of(forms["v1"]), Form::version1);
    EXPECT_EQ(form_of(forms["v2"]), Form::version2);
    EXPECT_EQ(form_of(forms["v2j"]), Form::json);
    const Owned from_v1 = read_binary(forms["v1"]).value();
    EXPECT_EQ(from_v1, read_binary(forms["v2"]).value());
    EXPECT_EQ(write_v1(from_v1).value(), forms["v1"]);
    EXPECT_EQ(write_v2(from_v1), forms["v2"]);
  }
}

TEST(Formats, Version1OfTheL402Vectors) {
  int seen = 0;
  const auto all = nlohmann::json::parse(test::vector_file("l402/macaroons_valid.json"));
  for (const auto& vector : all["vectors"]) {
    const Bytes binary = bytes_from_hex(vector["binary"].get<std::string>()).value();
    SCOPED_TRACE(vector["name"].get<std::string>());
    const Owned macaroon = read_binary(binary).value();
    EXPECT_EQ(hex(macaroon.signature.view()), vector["signature"].get<std::string>());
    if (vector["format"] != "v1") continue;
    EXPECT_EQ(write_v1(macaroon).value(), binary);
    ++seen;
  }
  EXPECT_GE(seen, 1);
}

TEST(Formats, Version1IsReadStrictly) {
  Owned macaroon{"here", {1, 2}, {{{'a', '=', 'b'}, {}, ""}, {{'c'}, {9, 9}, "there"}}, {}};
  const Bytes good = write_v1(macaroon).value();
  EXPECT_EQ(read_v1(good).value(), macaroon);
  EXPECT_EQ(read_binary(write_v2(macaroon)).value(), macaroon);
  for (std::size_t n = 0; n < good.size(); ++n) EXPECT_FALSE(read_v1(ByteView(good).first(n))) << n;
  Bytes longer = good;
  longer.push_back('\n');
  EXPECT_EQ(read_v1(longer).error(), Reason::malformed);
  EXPECT_EQ(read_v1(Bytes(kMacaroonBytesMax + 1, '0')).error(), Reason::too_large);
  Owned many = macaroon;
  many.caveats.assign(kCaveatsMax + 1, {{'a'}, {}, ""});
  EXPECT_EQ(read_v1(write_v1(many).value()).error(), Reason::too_large);
  Bytes upper = good;
  std::replace(upper.begin(), upper.begin() + 4, std::uint8_t('f'), std::uint8_t('F'));
  EXPECT_TRUE(upper == good || !read_v1(upper));
  EXPECT_FALSE(write_v1(Owned{"", Bytes(kPacketBytesMax, 1), {}, {}}));
}

TEST(Formats, TellsFormsApart) {
  EXPECT_EQ(form_of({}), Form::unknown);
  EXPECT_EQ(form_of(bytes_of("\x03")), Form::unknown);
  EXPECT_EQ(read_binary(bytes_of("{}")).error(), Reason::malformed);
  EXPECT_EQ(read_binary(bytes_of("\x02")).error(), Reason::malformed);
  EXPECT_FALSE(unwrap("*"));
  EXPECT_FALSE(unwrap(base64(bytes_of("zzzz"))));
}

}  // namespace
}  // namespace tollhouse::macaroon
