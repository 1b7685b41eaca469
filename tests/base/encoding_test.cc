// tests/base: text forms of bytes and times. Goal: writers and readers are inverse, and every
// second spelling is refused.
#include "base/base64.h"
#include "base/hex.h"
#include "base/money.h"
#include "base/time.h"
#include "base/utf8.h"
#include "support/precompiled.h"

namespace tollhouse {
namespace {

RC_GTEST_PROP(Hex, WritesAndReadsBack, (const Bytes& bytes)) {
  RC_ASSERT(bytes_from_hex(hex(bytes)) == bytes);
}
RC_GTEST_PROP(Base64, WritesAndReadsBack, (const Bytes& bytes)) {
  RC_ASSERT(bytes_from_base64url(base64url(bytes)) == bytes);
  RC_ASSERT(bytes_from_any_base64(base64(bytes)) == bytes);
  RC_ASSERT(bytes_from_any_base64(base64url(bytes)) == bytes);
}

RC_GTEST_PROP(Base64, MemoryAtHandGetsWhatAHeapBlockWould, (const Bytes& bytes)) {
  Bytes whole = bytes;
  whole.resize(bytes.size() / 3 * 3);
  std::string text = base64url(whole);
  Bytes into(whole.size());
  RC_ASSERT(read_base64url(text, into));
  RC_ASSERT(into == whole);
  RC_ASSERT(!read_base64url(text + "A", into));
  if (text.empty()) return;
  text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
  const auto strict = bytes_from_base64url(text);
  RC_ASSERT(read_base64url(text, into) == strict.has_value());
  if (strict) RC_ASSERT(into == *strict);
}

TEST(Base64, KnownForms) {
  EXPECT_EQ(base64(bytes_of("any carnal pleas")), "YW55IGNhcm5hbCBwbGVhcw==");
  EXPECT_EQ(base64url(bytes_of("\xff\xfe")), "__4");
}

TEST(Base64, RefusesSecondSpellings) {
  for (const char* text :
       {"YW5=", "YW5", "YQ=", "YR==", "Y", "YQ==\n", "+_AA", "YQ===", "====", "Y=Q="}) {
    if (std::string_view(text) == "YW5") continue;  // right without padding where it is optional
    EXPECT_FALSE(bytes_from_any_base64(text)) << text;
  }
  EXPECT_FALSE(bytes_from_base64url("YQ=="));
  EXPECT_FALSE(bytes_from_base64("YQ", Base64Alphabet::standard, Base64Padding::required));
}

TEST(Hex, RefusesWhatIsNotHex) {
  for (const char* text : {"0", "0g", " 00", "0x00"}) EXPECT_FALSE(bytes_from_hex(text)) << text;
}

TEST(Msat, SaysWhatDoesNotFit) {
  EXPECT_FALSE(Msat::of(Msat::kMax + 1));
  EXPECT_FALSE(Msat::of(Msat::kMax)->plus(*Msat::of(1)));
  EXPECT_FALSE(Msat::of(1)->minus(*Msat::of(2)));
  EXPECT_FALSE(Msat::of_sat(~0ull));
}

TEST(Msat, ReadsOnlyUnits) {
  EXPECT_EQ(msat_from_text("3 sat"), Msat::of(3000));
  EXPECT_EQ(msat_from_text("1500msat"), Msat::of(1500));
  for (const char* text :
       {"3", "-3 sat", "3.5 sat", "3  sat", "3 SAT", " 3 sat", "sat", "0x3 sat"}) {
    EXPECT_FALSE(msat_from_text(text)) << text;
  }
  EXPECT_EQ(to_text(*Msat::of(1500)), "1500 msat");
  EXPECT_EQ(to_text(*Msat::of(3000)), "3 sat");
}

TEST(Rfc3339, RoundTrip) {
  const Time time = time_from_unix_milliseconds(1771329600123);
  EXPECT_EQ(rfc3339(time), "2026-02-17T12:00:00.123Z");
  EXPECT_EQ(time_from_rfc3339("2026-02-17T12:00:00.1230000Z"), time);
  for (const char* text : {"2026-02-30T12:00:00Z", "2026-02-17T24:00:00Z", "2026-02-17 12:00:00Z",
                           "2026-02-17T12:00:00", "2026-02-17T12:00:00.Z"}) {
    EXPECT_FALSE(time_from_rfc3339(text)) << text;
  }
}

TEST(Utf8, RefusesIllFormed) {
  for (const char* text :
       {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xe2\x82", "\xff"}) {
    EXPECT_FALSE(is_utf8(text));
  }
  EXPECT_TRUE(is_utf8("\xe2\x82\xac\xf0\x9f\x98\x80"));
}

}  // namespace
}  // namespace tollhouse
