// tests/json/reader_test.cc mirrors src/json/reader.cc.
// Goal: the accept set is RFC 8259 less duplicates and limits, each reason is reached alone, and
// the offsets reproduce the bytes. Oracle for the accept set: nlohmann json.
#include "json/reader.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "json/text_scan.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::json {
namespace {

using Verdict = std::optional<Reason>;

Verdict verdict(std::string_view text, const Limits& limits = {}) {
  Document document(7);
  const auto value = parse(text, document, limits);
  return value ? Verdict{} : Verdict{value.error()};
}

std::string token(Verdict verdict) {
  return verdict ? std::string(row_of(kReasons, *verdict).token) : "accepted";
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

std::string object_of(std::size_t members, std::size_t twin = SIZE_MAX) {
  std::string out = "{";
  for (std::size_t i = 0; i < members; ++i) {
    if (i > 0) out += ',';
    out += "\"m" + std::to_string(i == members - 1 && twin != SIZE_MAX ? twin : i) + "\":0";
  }
  return out + "}";
}

struct Case {
  const char* name;
  std::string text;
  Verdict want;
};

TEST(Reader, OneReasonPerFault) {
  const std::string long_name(1024, 'n');
  const std::string long_number(1024, '1');
  const Case cases[] = {
      {"empty", "", Reason::json_empty},
      {"blanks", " \t\r\n", Reason::json_empty},
      {"bom", "\xef\xbb\xbf{}", Reason::json_bom},
      {"bom alone", "\xef\xbb\xbf", Reason::json_bom},
      {"overlong", "\"\xc0\xae\"", Reason::json_utf8},
      {"encoded surrogate", "\"\xed\xa0\x80\"", Reason::json_utf8},
      {"above U+10FFFF", "\"\xf4\x90\x80\x80\"", Reason::json_utf8},
      {"utf8 goes before syntax", "[x\xff", Reason::json_utf8},
      {"cut character", "\"\xe2\x82", Reason::json_utf8},
      {"lone high", R"("\ud800")", Reason::json_surrogate},
      {"lone low", R"("\udc00")", Reason::json_surrogate},
      {"inverted", R"("\udc00\ud800")", Reason::json_surrogate},
      {"lone in a name", R"({"\ud800":1})", Reason::json_surrogate},
      {"syntax goes before surrogate", R"(["\ud800",])", Reason::json_syntax},
      {"surrogate goes before trailing", R"("\ud800" 1)", Reason::json_surrogate},
      {"pair", R"("\ud83d\ude00")", {}},
      {"cut", "{\"a\":", Reason::json_syntax},
      {"cut after name", "{\"a\"", Reason::json_syntax},
      {"cut in escape", "\"\\u12", Reason::json_syntax},
      {"raw control", "\"a\x01\"", Reason::json_syntax},
      {"nul", std::string("\"a\0\"", 4), Reason::json_syntax},
      {"delete is legal", "\"\x7f\"", {}},
      {"comma at end", "[1,]", Reason::json_syntax},
      {"comma first", "[,1]", Reason::json_syntax},
      {"member comma at end", "{\"a\":1,}", Reason::json_syntax},
      {"wrong bracket", "[1}", Reason::json_syntax},
      {"leading zero", "01", Reason::json_syntax},
      {"minus alone", "-", Reason::json_syntax},
      {"minus zero", "-0", {}},
      {"word cut", "tru", Reason::json_syntax},
      {"word and more", "nullx", Reason::json_trailing},
      {"two values", "{}{}", Reason::json_trailing},
      {"blanks around", " [ 1 , 2 ] \n", {}},
      {"depth 64", repeated("[", 64) + repeated("]", 64), {}},
      {"depth 65", repeated("[", 65) + repeated("]", 65), Reason::json_depth},
      {"100 000 openings", repeated("[", 100'000), Reason::json_depth},
      {"depth of objects", repeated("{\"a\":", 65), Reason::json_depth},
      {"twin", R"({"a":1,"a":1})", Reason::json_duplicate_key},
      {"twin by escape", R"({"na\u006de":1,"name":2})", Reason::json_duplicate_key},
      {"twin by escaped pair", R"({"\ud83d\ude00":1,"😀":2})", Reason::json_duplicate_key},
      {"twin of the empty name", R"({"":1,"b":0,"":2})", Reason::json_duplicate_key},
      {"twin inside", R"([{"x":[{"a":1,"b":{"c":1},"a":2}]}])", Reason::json_duplicate_key},
      {"same name on two levels", R"({"a":{"a":{"a":1}},"b":{"a":1}})", {}},
      {"names that share ends", R"({"abcd":1,"axcd":2,"abxd":3,"abc":4})", {}},
      {"NFC and NFD differ", "{\"\xc3\xa9\":1,\"e\xcc\x81\":2}", {}},
      {"escaped NUL counts", R"({"a\u0000":1,"a":2})", {}},
      {"twin in 16", object_of(16, 3), Reason::json_duplicate_key},
      {"twin in 17", object_of(17, 0), Reason::json_duplicate_key},
      {"17 different", object_of(17), {}},
      {"members - 1", object_of(9'999), {}},
      {"members", object_of(10'000), {}},
      {"members + 1", object_of(10'001), Reason::json_limit},
      {"twin in 10 000", object_of(10'000, 4'711), Reason::json_duplicate_key},
      {"name of 1 KiB", "{\"" + long_name + "\":1}", {}},
      {"name of 1 KiB + 1", "{\"" + long_name + "n\":1}", Reason::json_limit},
      {"number of 1 024", long_number, {}},
      {"number of 1 025", long_number + "1", Reason::json_limit},
      {"beyond a double", "[1e999999,123456789012345678901234567890]", {}},
  };
  std::map<std::string, int> reached;
  for (const Case& c : cases) {
    EXPECT_EQ(token(verdict(c.text)), token(c.want)) << c.name;
    ++reached[token(c.want)];
  }
  for (const auto& row : kReasons) EXPECT_GT(reached[std::string(row.token)], 0) << row.token;
}

TEST(Reader, LimitsCanBeLowered) {
  EXPECT_EQ(verdict("[[1]]", {.depth = 2}), std::nullopt);
  EXPECT_EQ(verdict("[[[1]]]", {.depth = 2}), Reason::json_depth);
  EXPECT_EQ(verdict(R"({"a":1,"b":2})", {.members = 1}), Reason::json_limit);
  EXPECT_EQ(verdict(R"({"abc":1})", {.name_bytes = 2}), Reason::json_limit);
  EXPECT_EQ(verdict("123", {.number_characters = 2}), Reason::json_limit);
}

/// Every file also as the arguments of a tool call: nothing changes but what follows from one level
/// being used up and from blanks being no value.
void expect_same_embedded(const std::string& name, const std::string& text, Verdict alone) {
  const std::string call =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":)" + text +
      "}}";
  const Verdict embedded = verdict(call);
  EXPECT_EQ(embedded.has_value(), alone.has_value()) << name;
}

TEST(Reader, PublishedSyntaxFiles) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::vector_path("json-parsing"))) {
    const std::string name = entry.path().filename();
    if (entry.path().extension() != ".json") continue;
    const std::string text = test::vector_file("json-parsing/" + name);
    const Verdict got = verdict(text);
    ++files;
    if (name.starts_with("y_object_duplicated_key")) {
      EXPECT_EQ(got, Reason::json_duplicate_key) << name;
    } else if (name.starts_with("y_") || name.starts_with("i_number_")) {
      EXPECT_EQ(got, std::nullopt) << name << " " << token(got);
    } else if (name.starts_with("n_")) {
      const std::set<std::string> allowed = {"json_syntax", "json_utf8",  "json_bom",
                                             "json_depth",  "json_empty", "json_trailing"};
      EXPECT_TRUE(allowed.contains(token(got))) << name << " " << token(got);
      const bool is_text = well_formed_utf8(text);
      EXPECT_EQ(got == Reason::json_utf8, !is_text) << name;
    } else if (name.find("BOM") != std::string::npos || !well_formed_utf8(text)) {
      EXPECT_TRUE(got == Reason::json_utf8 || got == Reason::json_bom) << name << " " << token(got);
    } else if (name == "i_structure_500_nested_arrays.json") {
      EXPECT_EQ(got, Reason::json_depth);
    } else if (name.find("utf16") != std::string::npos) {
      EXPECT_EQ(got, Reason::json_syntax) << name;
    } else {
      EXPECT_EQ(got, Reason::json_surrogate) << name << " " << token(got);
    }
    // Some refused files close the call themselves or leave it open: still refused, another token.
    if (!name.starts_with("n_structure_")) expect_same_embedded(name, text, got);
  }
  EXPECT_EQ(files, 318);
}

TEST(Reader, TransformFilesKeepTheirBytes) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(test::vector_path("json-parsing/transform"))) {
    const std::string name = entry.path().filename();
    const std::string text = test::vector_file("json-parsing/transform/" + name);
    Document document;
    const auto value = parse(text, document);
    ++files;
    if (name.find("same_key") != std::string::npos) {
      EXPECT_EQ(verdict(text), Reason::json_duplicate_key) << name;
    } else if (!well_formed_utf8(text)) {
      EXPECT_EQ(verdict(text), Reason::json_utf8) << name;
    } else if (name.find("surrogate") != std::string::npos ||
               name.find("invalid_codepoint") != std::string::npos) {
      EXPECT_EQ(verdict(text), Reason::json_surrogate) << name;
    } else {
      ASSERT_TRUE(value) << name << token(verdict(text));
      if (!name.starts_with("number_")) continue;
      for (const Value number : value->elements()) {
        EXPECT_EQ(number.raw(), std::string_view(text).substr(1, number.raw().size())) << name;
      }
    }
  }
  EXPECT_EQ(files, 22);
}

TEST(Value, AnswersKindsAndExactBytes) {
  const std::string text =
      R"( {"s" : "a\u0062\n", "n":-12.50e+1,"big":18446744073709551615, "t":true,"f":false,)"
      R"("z":null,"a":[ 1, [] ,{}],"o":{"x":{"y":"z"}} } )";
  Document document;
  const Value root = parse(text, document).value();
  ASSERT_EQ(root.kind(), Kind::object);
  EXPECT_EQ(root.size(), 8u);
  EXPECT_EQ(root.raw(), std::string_view(text).substr(1, text.size() - 2));
  EXPECT_EQ(root.find("s")->as_string(), "ab\n");
  EXPECT_EQ(root.find("s")->raw(), R"("a\u0062\n")");
  EXPECT_EQ(root.find("n")->as_number(), "-12.50e+1");
  EXPECT_EQ(root.find("n")->as_i64(), std::nullopt);
  EXPECT_EQ(root.find("big")->as_u64(), 18446744073709551615u);
  EXPECT_EQ(root.find("big")->as_i64(), std::nullopt);
  EXPECT_EQ(root.find("t")->as_bool(), true);
  EXPECT_EQ(root.find("f")->as_bool(), false);
  EXPECT_TRUE(root.find("z")->is_null());
  EXPECT_EQ(root.find("z")->as_bool(), std::nullopt);
  EXPECT_EQ(root.find("a")->size(), 3u);
  EXPECT_EQ(root.find("a")->raw(), "[ 1, [] ,{}]");
  EXPECT_EQ(root.find("o")->find("x")->find("y")->as_string(), "z");
  EXPECT_FALSE(root.find("x"));
  EXPECT_FALSE(root.find("s")->find("x"));
  std::vector<std::string> names;
  for (const Member& member : root.members()) names.emplace_back(member.name());
  EXPECT_EQ(names, (std::vector<std::string>{"s", "n", "big", "t", "f", "z", "a", "o"}));
  EXPECT_EQ((*root.members().begin()).raw(), R"("s" : "a\u0062\n")");
}

TEST(Value, IntegersAreStrict) {
  const struct {
    const char* text;
    std::optional<std::uint64_t> u;
    std::optional<std::int64_t> i;
  } cases[] = {
      {"0", 0, 0},
      {"7", 7, 7},
      {"-7", {}, -7},
      {"-0", {}, 0},
      {"1.0", {}, {}},
      {"1e2", {}, {}},
      {"18446744073709551616", {}, {}},
      {"-9223372036854775808", {}, INT64_MIN},
      {"-9223372036854775809", {}, {}},
      {"\"7\"", {}, {}},
  };
  for (const auto& c : cases) {
    Document document;
    const Value value = parse(c.text, document).value();
    EXPECT_EQ(value.as_u64(), c.u) << c.text;
    EXPECT_EQ(value.as_i64(), c.i) << c.text;
  }
}

TEST(Document, IsReusedForLargeAndSmallTexts) {
  Document document(1);
  const std::string large = "[" + repeated("0,", 200'000) + "0]";
  const std::string escapes = "[" + repeated(R"("\u0041",)", 3'000) + "0]";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(parse(large, document)->size(), 200'001u);
    EXPECT_EQ(parse(R"({"\u0061":[]})", document)->find("a")->size(), 0u);
    const Value value = parse(escapes, document).value();
    for (const Value element : value.elements()) {
      if (element.is_string()) ASSERT_EQ(element.as_string(), "A");
    }
  }
}

TEST(Reader, HostileTextsOfFourMebibytesEnd) {
  // Texts of 4 MiB of each expensive shape; the bound is measured by the benches, here they end.
  const std::size_t size = 4u << 20;
  std::string deep = "[";
  const std::string nest = repeated("[", 63) + repeated("]", 63) + ",";
  while (deep.size() + nest.size() < size) deep += nest;
  deep += "0]";
  std::string maps = "[";
  const std::string map = object_of(10'000) + ",";
  while (maps.size() + map.size() < size) maps += map;
  maps += "0]";
  EXPECT_EQ(verdict(deep), std::nullopt);
  EXPECT_EQ(verdict(maps), std::nullopt);
  EXPECT_EQ(verdict("[" + repeated("0,", size / 2 - 2) + "0]"), std::nullopt);
}

/// JSON-like bytes: grammar pieces in random order, so that about half is refused.
rc::Gen<std::string> pieces() {
  const std::vector<std::string> kinds = {"{",     "}",     "[", "]",           ",",   ":",
                                          "\"a\"", "\"b\"", "1", "-",           "0.5", "e",
                                          "true",  "null",  " ", "\"\\u0061\"", "\"",  "\\"};
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kinds)),
                      [](const std::vector<std::string>& parts) {
                        std::string out;
                        for (const std::string& part : parts) out += part;
                        return out;
                      });
}

RC_GTEST_PROP(Reader, AcceptsWhatTheOracleAccepts, ()) {
  const std::string text = *pieces();
  const Verdict got = verdict(text);
  const bool oracle = nlohmann::json::accept(text);
  if (got == Reason::json_duplicate_key) {
    RC_ASSERT(oracle);
  } else {
    RC_ASSERT(oracle == !got.has_value());
  }
}

nlohmann::json arbitrary_json(int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 7 : 5);
  switch (kind) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    case 4:
      return *rc::gen::elementOf(std::vector<std::string>{"é", "😀", "\"\\", "", "\n"});
    case 5: {
      nlohmann::json array = nlohmann::json::array();
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) array.push_back(arbitrary_json(depth - 1));
      return array;
    }
    default: {
      nlohmann::json object = nlohmann::json::object();
      for (int i = *rc::gen::inRange(0, 20); i > 0; --i) {
        object["k" + std::to_string(i)] = arbitrary_json(depth - 2);
      }
      return object;
    }
  }
}

/// Walks both readings together: kinds, strings and bytes must agree everywhere.
void expect_same(const Value& value, const nlohmann::json& oracle) {
  RC_ASSERT(nlohmann::json::parse(value.raw()) == oracle);
  RC_ASSERT(value.size() == (oracle.is_structured() ? oracle.size() : 0));
  if (oracle.is_string()) RC_ASSERT(*value.as_string() == oracle.get<std::string>());
  for (const Member& member : value.members()) {
    RC_ASSERT(member.raw().starts_with(member.raw_name()));
    RC_ASSERT(member.raw().ends_with(member.value.raw()));
    expect_same(member.value, oracle.at(std::string(member.name())));
  }
  std::size_t i = 0;
  for (const Value element : value.elements()) expect_same(element, oracle.at(i++));
}

RC_GTEST_PROP(Reader, OffsetsReproduceTheBytes, ()) {
  const nlohmann::json oracle = arbitrary_json(4);
  const bool pretty = *rc::gen::arbitrary<bool>();
  const bool ascii = *rc::gen::arbitrary<bool>();
  const std::string text = oracle.dump(pretty ? 2 : -1, ' ', ascii);
  Document document(3);
  const auto value = parse(text, document);
  RC_ASSERT(value.has_value());
  expect_same(*value, oracle);
}

}  // namespace
}  // namespace tollhouse::json
