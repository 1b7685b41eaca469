// tests/identity: the composite header.
#include "identity/composite.h"

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::identity {
namespace {

using Json = nlohmann::json;

std::string token_of(const Result<Composite, Reason>& composite) {
  return composite ? "ok" : std::string(row_of(kReasons, composite.error()).token);
}

std::string verdict_on(const std::vector<std::string>& lines) {
  const std::vector<std::string_view> views(lines.begin(), lines.end());
  return token_of(read_composite(views));
}

void expect_parts(const Composite& composite, const Json& parts) {
  EXPECT_EQ(composite.identity.has_value(), parts.contains("identity"));
  if (composite.identity) {
    EXPECT_EQ(*composite.identity, parts["identity"].get<std::string>());
  }
  EXPECT_EQ(composite.payment.has_value(), parts.contains("preimage"));
  if (!composite.payment) return;
  const auto macaroons = composite.payment->macaroons();
  EXPECT_EQ(std::vector<std::string>(macaroons.begin(), macaroons.end()),
            parts["macaroons"].get<std::vector<std::string>>());
  EXPECT_EQ(hex(composite.payment->preimage().reveal()), parts["preimage"].get<std::string>());
}

TEST(Requirement, R_ID_9_CompositeHeader) {
  const Json all = Json::parse(test::vector_file("identity/composite-header.json"));
  std::map<std::string, int> reached;
  for (const Json& c : all["cases"]) {
    SCOPED_TRACE(c["id"].get<std::string>());
    const auto lines = c["lines"].get<std::vector<std::string>>();
    const std::vector<std::string_view> views(lines.begin(), lines.end());
    const auto composite = read_composite(views);
    EXPECT_EQ(token_of(composite), c.value("reason", std::string("ok")));
    ++reached[token_of(composite)];
    if (composite) expect_parts(*composite, c.value("parts", Json::object()));
  }
  EXPECT_EQ(all["cases"].size(), 40u);
  for (const auto& row : kReasons) EXPECT_GT(reached[std::string(row.token)], 0) << row.token;
}

const std::string kDigits(64, 'a');

TEST(ReadComposite, WhatTheVectorsLeaveOpen) {
  struct Case {
    const char* name;
    std::vector<std::string> lines;
    const char* want;
  };
  const std::string paid = "AgEB:" + kDigits;
  const Case cases[] = {
      {"macaroons over two lines", {"Payment AgEA", paid}, "ok"},
      {"scheme word alone", {"Payment"}, "malformed_part"},
      {"payment still open at another part",
       {"Payment AgEA, Identity a.b.c, " + paid},
       "malformed_payment"},
      {"payment opened twice", {"Payment AgEA, Payment " + paid}, "duplicate_part"},
      {"two values behind the payment word", {"Payment AgEA " + paid}, "malformed_part"},
      {"unknown part in an open payment", {"Payment AgEA, Coupon x, " + paid}, "unknown_part"},
      {"a bare word that is no macaroon", {"Payment AgEA, a.b, " + paid}, "malformed_part"},
      {"three pads", {"Payment AgE===:" + kDigits}, "malformed_payment"},
      {"only pads", {"Payment ==:" + kDigits}, "malformed_payment"},
      {"preimage of 65 digits", {"Payment AgEB:a" + kDigits}, "malformed_payment"},
      {"empty run in the token", {"Identity a..c"}, "malformed_identity"},
      {"token that ends with a dot", {"Identity a.b."}, "malformed_identity"},
      {"standard alphabet in the token", {"Identity a+b.c.d"}, "malformed_identity"},
      {"one empty line among others", {"", "Identity a.b.c"}, "ok"},
      {"delete", {"Identity a.b.c\x7f"}, "bad_character"},
      {"eight macaroons", {"Payment a,b,c,d,e,f,g,h:" + kDigits}, "ok"},
      {"a ninth without its preimage", {"Payment a,b,c,d,e,f,g,h,i"}, "too_many_macaroons"},
  };
  for (const Case& c : cases) EXPECT_EQ(verdict_on(c.lines), c.want) << c.name;
}

TEST(ReadComposite, LengthCountsTheJointsBetweenLines) {
  const std::string half(kCompositeBytesMax / 2 - 1, ' ');
  EXPECT_EQ(verdict_on({half, half}), "empty");
  EXPECT_EQ(verdict_on({half, half + ' '}), "too_long");
}

RC_GTEST_PROP(CompositeProperty, WhatIsWrittenIsReadInAnyOrderAndCase, (bool upper, bool turned)) {
  Preimage preimage;
  preimage.bytes = *rc::gen::arbitrary<std::array<std::uint8_t, 32>>();
  const std::string macaroon = *rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("ABCxyz019+/"))));
  std::string text = composite_value("a.b-_.c", macaroon, preimage);
  if (upper) text.replace(0, 8, "IDENTITY");
  if (turned) {
    const std::size_t comma = text.find(',');
    text = text.substr(comma + 1) + ";" + text.substr(0, comma);
  }
  const std::string_view line = text;
  const auto composite = read_composite({&line, 1});
  RC_ASSERT(composite.has_value());
  RC_ASSERT(*composite->identity == "a.b-_.c");
  RC_ASSERT(composite->payment->macaroons().size() == 1u);
  RC_ASSERT(composite->payment->macaroons()[0] == macaroon);
  RC_ASSERT(std::ranges::equal(composite->payment->preimage().reveal(), preimage.reveal()));
}

}  // namespace
}  // namespace tollhouse::identity
