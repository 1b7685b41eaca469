// tests/base: bech32. Goal: what BIP 173 lists is read or refused as it says, every changed
// character is seen, and words and bytes are inverse.
#include "base/bech32.h"

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kBipLimit = 90;

std::string text_in(const Json& row) {
  if (row.contains("string")) return row["string"];
  return std::string(text_of(*bytes_from_hex(row["bytes_hex"].get<std::string>())));
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

TEST(Bech32, PublishedStrings) {
  const Json file = Json::parse(test::vector_file("bech32.json"));
  for (const Json& row : file["bech32"]) {
    const std::string text = text_in(row);
    const auto decoded = bech32_decode(text, kBipLimit);
    EXPECT_EQ(decoded.has_value(), row["valid"].get<bool>()) << text;
    if (decoded) EXPECT_EQ(bech32(decoded->hrp, decoded->words), lower_case(text));
  }
}

TEST(Bech32, Bech32mIsAWrongChecksum) {
  const Json file = Json::parse(test::vector_file("bech32.json"));
  for (const Json& row : file["bech32m"]) {
    const auto decoded = bech32_decode(text_in(row), kBipLimit);
    ASSERT_FALSE(decoded) << row;
    if (row["valid"]) EXPECT_EQ(decoded.error(), Bech32Fault::checksum) << row;
  }
}

TEST(Bech32, SegwitProgramsOfVersionZero) {
  const Json file = Json::parse(test::vector_file("bech32.json"));
  int compared = 0;
  for (const Json& row : file["segwit_addresses"]) {
    const auto decoded = bech32_decode(row["address"].get<std::string>(), kBipLimit);
    if (!row["valid"] || !decoded || decoded->words[0] != 0) continue;
    const auto program = bytes_from_words(ByteView(decoded->words).subspan(1));
    EXPECT_TRUE(program.padding_is_right);
    EXPECT_EQ(hex(program.bytes), row["script_pubkey"].get<std::string>().substr(4)) << row;
    ++compared;
  }
  EXPECT_GE(compared, 3);
}

TEST(Bech32, NamesTheFault) {
  const struct {
    std::string text;
    Bech32Fault fault;
  } rows[] = {
      {std::string(91, 'a'), Bech32Fault::too_long},
      {" 1nwldj5", Bech32Fault::invalid_character},
      {std::string("a\0a1uel5l", 9), Bech32Fault::invalid_character},
      {"x1b4n0q5v", Bech32Fault::invalid_character},
      {"A12uEL5L", Bech32Fault::mixed_case},
      {"", Bech32Fault::no_separator},
      {"pzry9x0s0muk", Bech32Fault::no_separator},
      {"1pzry9x0s0muk", Bech32Fault::empty_hrp},
      {"li1dgmt3", Bech32Fault::checksum},
      {"a12uel5q", Bech32Fault::checksum},
      {"a1", Bech32Fault::checksum},
  };
  for (const auto& row : rows) {
    const auto decoded = bech32_decode(row.text, kBipLimit);
    ASSERT_FALSE(decoded) << row.text;
    EXPECT_EQ(decoded.error(), row.fault) << row.text;
  }
}

RC_GTEST_PROP(Bech32, WritesAndReadsBack, (const Bytes& bytes)) {
  const std::string hrp = *rc::gen::nonEmpty(rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::inRange<char>(33, 'A'), rc::gen::inRange<char>('[', 127))));
  Bytes words;
  append_words(words, bytes);
  const auto decoded = bech32_decode(bech32(hrp, words), 7089);
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(decoded->hrp == hrp);
  RC_ASSERT(decoded->words == words);
  const auto back = bytes_from_words(decoded->words);
  RC_ASSERT(back.padding_is_right);
  RC_ASSERT(back.bytes == bytes);
}

RC_GTEST_PROP(Bech32, AChangedCharacterIsSeen, (const Bytes& bytes)) {
  Bytes words;
  append_words(words, bytes);
  std::string text = bech32("lnbcrt10u", words);
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  const char other = *rc::gen::inRange<char>(33, 127);
  if (other == text[at]) return;
  text[at] = other;
  RC_ASSERT(!bech32_decode(text, 7089));
}

TEST(Words, PaddingIsLookedAt) {
  const auto padding = [](Bytes words) { return bytes_from_words(words).padding_is_right; };
  EXPECT_TRUE(padding({}));
  EXPECT_FALSE(padding({0}));              // five bits, no byte
  EXPECT_TRUE(padding({31, 28}));          // one byte, two zero bits
  EXPECT_FALSE(padding({31, 29}));         // one byte, 01 left over
  EXPECT_FALSE(padding({31, 28, 0}));      // one byte, seven bits left over
  EXPECT_TRUE(padding({31, 31, 31, 16}));  // two bytes, four zero bits
  EXPECT_EQ(bytes_from_words(Bytes{31, 29}).bytes, (Bytes{0xff}));
  EXPECT_EQ(packed_words(Bytes{31, 29}), (Bytes{0xff, 0x40}));
}

}  // namespace
}  // namespace tollhouse
