// tests/macaroon: the strict reader, the writer and the chain, against published vectors.
#include "macaroon/macaroon.h"

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "macaroon/chain.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::macaroon {
namespace {

using Json = nlohmann::json;

Json vectors(const std::string& name) { return Json::parse(test::vector_file(name)); }
Bytes unhex(const Json& text) { return bytes_from_hex(text.get<std::string>()).value(); }
ChainKey derived(ByteView root) { return KeyGenerator().derive(root); }

Bytes minted(const ChainKey& key, std::string_view location, ByteView identifier,
             const std::vector<std::string>& caveats) {
  Minter minter(key, location, identifier);
  for (const std::string& caveat : caveats) EXPECT_TRUE(minter.add(caveat));
  return minter.finish().value();
}

Json version2_vectors() {
  Json chosen = Json::array();
  const Json published = vectors("l402/macaroons_valid.json");
  for (const Json& vector : published["vectors"]) {
    if (vector["format"] == "v2") chosen.push_back(vector);
  }
  EXPECT_GE(chosen.size(), 5u);
  return chosen;
}

std::optional<Reason> reason_of(const auto& result) {
  if (result) return std::nullopt;
  return result.error();
}

TEST(ReadV2, ReadsPublishedTokens) {
  for (const Json& vector : version2_vectors()) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const Bytes binary = unhex(vector["binary"]);
    const auto view = read_v2(binary);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->location(), vector["location"].get<std::string>());
    EXPECT_EQ(hex(view->signature()), vector["signature"].get<std::string>());
    ASSERT_EQ(view->caveat_count(), vector["caveats"].size());
    for (std::size_t i = 0; i < view->caveat_count(); ++i) {
      EXPECT_EQ(text_of(view->caveat(i).identifier), vector["caveats"][i].get<std::string>());
      EXPECT_FALSE(view->caveat(i).third_party());
    }
  }
}

TEST(Chain, DerivesAndSignsAsPublished) {
  for (const Json& vector : version2_vectors()) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const ChainKey key = derived(unhex(vector["root_key"]));
    if (vector.contains("derived_key"))
      EXPECT_EQ(hex(key.reveal()), vector["derived_key"].get<std::string>());
    const Bytes binary = unhex(vector["binary"]);
    const View view = read_v2(binary).value();
    EXPECT_TRUE(verify(view, key));
    const auto caveats = vector["caveats"].get<std::vector<std::string>>();
    for (std::size_t n = 0; n <= caveats.size(); ++n) {
      const std::vector<std::string> first(caveats.begin(), caveats.begin() + long(n));
      const Bytes shorter =
          minted(key, vector["location"].get<std::string>(), view.identifier(), first);
      EXPECT_EQ(hex(read_v2(shorter).value().signature()), vector["chain"][n].get<std::string>());
      if (n == caveats.size()) EXPECT_EQ(shorter, binary);
    }
  }
}

// Goal: the gate's column of l402.md 4.3. Method: read, then verify with the case's own key.
TEST(ReadV2, AnswersAsTheGateColumn) {
  const Json cases = vectors("l402/macaroon_parse_cases.json");
  for (const Json& c : cases["cases"]) {
    SCOPED_TRACE(c["name"].get<std::string>());
    const Bytes binary = unhex(c["binary"]);
    const auto view = read_v2(binary);
    const bool accepted = view && verify(*view, derived(unhex(c["root_key"])));
    EXPECT_EQ(accepted, c["recommended"] == "accept");
  }
}

TEST(Chain, RefusesThirdPartyCaveats) {
  const Json published = vectors("l402/macaroon_parse_cases.json");
  for (const Json& c : published["cases"]) {
    if (c["name"] != "P23-third-party") continue;
    const Bytes binary = unhex(c["binary"]);
    const auto view = read_v2(binary);
    ASSERT_TRUE(view);
    EXPECT_EQ(reason_of(verify(*view, derived(unhex(c["root_key"])))), Reason::unsupported);
    return;
  }
  FAIL() << "no third-party case";
}

TEST(ReadV2, NamesItsReasons) {
  const ChainKey key = derived(bytes_of("this is the key"));
  const std::string longest(kCaveatBytesMax, 'a');
  const Bytes good = minted(key, "", bytes_of("keyid"), {longest});
  EXPECT_TRUE(read_v2(good));
  EXPECT_EQ(reason_of(read_v2({})), Reason::malformed);
  EXPECT_EQ(reason_of(read_v2(Bytes(kMacaroonBytesMax, 2))), Reason::malformed);
  EXPECT_EQ(reason_of(read_v2(Bytes(kMacaroonBytesMax + 1, 2))), Reason::too_large);
  const View view = read_v2(good).value();
  EXPECT_EQ(reason_of(verify(view, derived(bytes_of("another key")))), Reason::bad_signature);
}

// Each limit at n - 1, n and n + 1, by hand where the minter would refuse.
TEST(ReadV2, LimitsAreExact) {
  const auto token = [](std::size_t caveats, std::size_t caveat_bytes) {
    Bytes bytes{2, 2, 1, 'i', 0};
    for (std::size_t i = 0; i < caveats; ++i) {
      bytes.push_back(2);
      if (caveat_bytes > 127) bytes.push_back(static_cast<std::uint8_t>(caveat_bytes | 0x80));
      bytes.push_back(
          static_cast<std::uint8_t>(caveat_bytes > 127 ? caveat_bytes >> 7 : caveat_bytes));
      bytes.insert(bytes.end(), caveat_bytes, 'c');
      bytes.push_back(0);
    }
    bytes.insert(bytes.end(), {0, 6, 32});
    bytes.insert(bytes.end(), 32, 7);
    return bytes;
  };
  EXPECT_TRUE(read_v2(token(kCaveatsMax - 1, 1)));
  EXPECT_TRUE(read_v2(token(kCaveatsMax, 1)));
  EXPECT_EQ(reason_of(read_v2(token(kCaveatsMax + 1, 1))), Reason::too_large);
  EXPECT_TRUE(read_v2(token(1, kCaveatBytesMax - 1)));
  EXPECT_TRUE(read_v2(token(1, kCaveatBytesMax)));
  EXPECT_EQ(reason_of(read_v2(token(1, kCaveatBytesMax + 1))), Reason::too_large);
  EXPECT_EQ(reason_of(read_v2(token(4, kCaveatBytesMax))), Reason::too_large);
}

TEST(ReadV2, RefusesEveryTruncation) {
  for (const Json& vector : version2_vectors()) {
    const Bytes binary = unhex(vector["binary"]);
    for (std::size_t n = 0; n < binary.size(); ++n) {
      EXPECT_FALSE(read_v2(ByteView(binary).first(n))) << vector["name"] << " cut at " << n;
    }
  }
}

TEST(Minter, RefusesWhatTheReaderWould) {
  const ChainKey key = derived(bytes_of("this is the key"));
  Minter full(key, "", bytes_of("id"));
  for (std::size_t i = 0; i < kCaveatsMax; ++i) EXPECT_TRUE(full.add("a=b"));
  EXPECT_FALSE(full.add("a=b"));
  const Bytes bytes = full.finish().value();
  EXPECT_TRUE(verify(read_v2(bytes).value(), key));
  EXPECT_FALSE(attenuate(read_v2(bytes).value(), "a=b"));

  Minter wide(key, "", bytes_of("id"));
  EXPECT_FALSE(wide.add(std::string(kCaveatBytesMax + 1, 'a')));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(wide.add(std::string(kCaveatBytesMax, 'a')));
  EXPECT_FALSE(wide.add(std::string(kCaveatBytesMax, 'a')));
  EXPECT_TRUE(wide.add(std::string(900, 'a')));
  EXPECT_TRUE(read_v2(wide.finish().value()));

  EXPECT_FALSE(Minter(key, "", Bytes(kMacaroonBytesMax, 1)).finish());
}

RC_GTEST_PROP(Chain, MintedIsReadAndVerifiedAndOneKeyOnly,
              (const std::vector<std::string>& caveats, const std::string& id)) {
  const ChainKey key = derived(bytes_of("root"));
  Minter minter(key, "somewhere", bytes_of(id));
  std::size_t added = 0;
  for (const std::string& caveat : caveats) added += minter.add(caveat);
  const auto bytes = minter.finish();
  RC_PRE(bytes.has_value());
  const auto view = read_v2(*bytes);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->caveat_count() == added);
  RC_ASSERT(text_of(view->identifier()) == id);
  RC_ASSERT(verify(*view, key).has_value());
  RC_ASSERT(!verify(*view, derived(bytes_of("other"))).has_value());
}

RC_GTEST_PROP(Chain, AttenuationIsWhatTheMinterWouldHaveMade, (const std::string& caveat)) {
  const ChainKey key = derived(bytes_of("root"));
  const Bytes before = minted(key, "", bytes_of("id"), {"first=1"});
  const auto after = attenuate(read_v2(before).value(), caveat);
  RC_ASSERT(after.has_value());
  RC_ASSERT(*after == minted(key, "", bytes_of("id"), {"first=1", caveat}));
}

TEST(View, IsRightAfterItsBytesMoved) {
  const Bytes bytes = minted(derived(bytes_of("root")), "here", bytes_of("id"), {"a=b"});
  const View view = read_v2(bytes).value();
  const Bytes copy = bytes;
  const View moved = view.moved_to(copy);
  EXPECT_EQ(moved.bytes().data(), copy.data());
  EXPECT_EQ(text_of(moved.caveat(0).identifier), "a=b");
  EXPECT_EQ(moved.location(), "here");
}

}  // namespace
}  // namespace tollhouse::macaroon
