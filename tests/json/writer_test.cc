// tests/json/writer_test.cc mirrors src/json/writer.cc and src/json/canonical.cc.
// Goal: what is written can be read again and means the same; RFC 8785 vectors byte for byte.
#include "json/writer.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "json/canonical.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::json {
namespace {

std::string canonical_text(std::string_view text) {
  Document document;
  const auto value = parse(text, document);
  if (!value) return std::string(row_of(kReasons, value.error()).token);
  const auto made = canonical(*value);
  return made ? *made : std::string(row_of(kReasons, made.error()).token);
}

TEST(Writer, PutsCommasAndEscapes) {
  std::string out;
  Writer(out)
      .begin_object()
      .member("a", "x\"\\\b\f\n\r\t\x01/\x7f\xc3\xa9")
      .member("b", true)
      .member("u", std::uint64_t{18446744073709551615u})
      .member("i", std::int64_t{-1})
      .member("small", 7)
      .name("list")
      .begin_array()
      .null()
      .begin_object()
      .end_object()
      .begin_array()
      .end_array()
      .boolean(false)
      .end_array()
      .raw_member("raw", "[1,2]")
      .end_object();
  EXPECT_EQ(out,
            "{\"a\":\"x\\\"\\\\\\b\\f\\n\\r\\t\\u0001/\x7f\xc3\xa9\",\"b\":true,"
            "\"u\":18446744073709551615,\"i\":-1,\"small\":7,"
            "\"list\":[null,{},[],false],\"raw\":[1,2]}");
}

TEST(Writer, IllFormedBytesBecomeReplacementCharacters) {
  std::string out;
  append_string(out, "a\xff\xc3\xa9\xc3");
  EXPECT_EQ(out, "\"a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\"");
}

RC_GTEST_PROP(Writer, WhatIsWrittenIsReadAgain, (const std::string& bytes)) {
  std::string out;
  Writer(out).begin_object().member("text", bytes).member("after", 1).end_object();
  Document document;
  const auto value = parse(out, document);
  RC_ASSERT(value.has_value());
  const std::string_view read = *value->find("text")->as_string();
  RC_ASSERT(nlohmann::json::parse(out).at("text").get<std::string>() == read);
  Document scratch;
  if (parse("\"" + bytes + "\"", scratch)) RC_ASSERT(value->size() == 2u);
}

TEST(Canonical, PublishedVectors) {
  for (const char* name : {"arrays", "french", "structures", "unicode", "values", "weird"}) {
    const std::string file = std::string(name) + ".json";
    EXPECT_EQ(canonical_text(test::vector_file("jcs/input/" + file)),
              test::vector_file("jcs/output/" + file))
        << name;
  }
}

/// RFC 8785 appendix B, as bits of the double.
TEST(Canonical, NumbersAsEcmascript) {
  const struct {
    std::uint64_t bits;
    const char* text;
  } cases[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ecmascript_number(std::bit_cast<double>(c.bits)), c.text);
  }
}

TEST(Canonical, SortsByUtf16AndRefusesWhatNoDoubleHolds) {
  EXPECT_EQ(canonical_text("{\"\xef\xac\x81\":1,\"\xf0\x9f\x98\x80\":2,\"a\":3,\"\":4,\"ab\":5}"),
            "{\"\":4,\"a\":3,\"ab\":5,\"\xf0\x9f\x98\x80\":2,\"\xef\xac\x81\":1}");
  EXPECT_EQ(canonical_text("[1e400]"), "json_limit");
  EXPECT_EQ(canonical_text("{\"a\":-1e400}"), "json_limit");
  EXPECT_EQ(canonical_text(" [ 1.0 , 1E2, -0.0, true,null ] "), "[1,100,0,true,null]");
}

RC_GTEST_PROP(Canonical, NumbersComeBackUnchanged, (std::uint64_t bits)) {
  const double number = std::bit_cast<double>(bits);
  RC_PRE(std::isfinite(number));
  RC_ASSERT(std::strtod(ecmascript_number(number).c_str(), nullptr) == number);
}

}  // namespace
}  // namespace tollhouse::json
