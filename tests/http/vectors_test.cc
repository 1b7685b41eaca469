// tests/http: the published request and answer vectors. Goal: one verdict per byte string, however
// it is split (RS-6), alone and behind a good request.
#include "cases.h"
#include "driver.h"
#include "http/characters.h"
#include "support/precompiled.h"

namespace tollhouse::http::test {
namespace {

using nlohmann::json;

/// The verdict of the parser alone, as the vectors write it.
std::string verdict_of(const Conversation& conversation, std::size_t before) {
  if (conversation.requests.size() > before) return "accept";
  if (conversation.refusal) return "reject-" + std::to_string(conversation.refusal->status);
  return "incomplete";
}

bool allowed(const json& c, const char* also, const std::string& expected, const std::string& got) {
  if (expected == got) return true;
  if (!c.contains(also)) return false;
  const json& others = c[also];
  return std::find(others.begin(), others.end(), got) != others.end();
}

std::string lower_name(std::string name) {
  for (char& character : name) character = lower(character);
  return name;
}

std::optional<std::string> field_of(const std::vector<std::pair<std::string, std::string>>& fields,
                                    const std::string& name) {
  for (const auto& [field, value] : fields) {
    if (lower_name(field) == name) return value;
  }
  return std::nullopt;
}

void expect_then(const json& c, const Conversation& conversation) {
  std::string then = "keep";
  if (conversation.closed) then = "close";
  if (conversation.incomplete) then = "incomplete";
  if (conversation.refusal) then = "reject-" + std::to_string(conversation.refusal->status);
  EXPECT_TRUE(allowed(c, "also_then", c["then"], then)) << then;
}

void expect_accepted(const json& c, const Conversation& conversation, std::size_t before) {
  EXPECT_EQ(conversation.requests.size() - before, c["requests"].get<std::size_t>());
  const SeenRequest& request = conversation.requests[before];
  if (c.contains("body_b64")) EXPECT_EQ(request.body, decoded(c["body_b64"]));
  for (const json& name : c.value("absent", json::array())) {
    EXPECT_FALSE(field_of(request.fields, name).has_value()) << name;
  }
  const json present = c.value("present", json::object());
  for (const auto& [name, value] : present.items()) {
    EXPECT_EQ(field_of(request.fields, name), value.get<std::string>()) << name;
  }
  for (const json& text : c.value("absent_values", json::array())) {
    for (const auto& [name, value] : request.fields) {
      const bool forwarding = (purpose_of(known_field(name)) & kForwarding) != 0;
      EXPECT_TRUE(forwarding || value.find(text.get<std::string>()) == std::string::npos) << name;
    }
  }
  expect_then(c, conversation);
}

void expect_verdict(const json& c, const Conversation& conversation, std::size_t before) {
  // A rule above the parser: what counts here is the parser's own verdict.
  const bool above = c.value("layer", "") == "gate";
  const std::string expected = above ? c["parser"] : c["expected"];
  const std::string verdict = verdict_of(conversation, before);
  ASSERT_TRUE(allowed(c, "also_ok", expected, verdict)) << verdict;
  if (verdict == "accept" && !above) expect_accepted(c, conversation, before);
  if (conversation.refusal && c.contains("reason") && !above) {
    EXPECT_EQ(conversation.refusal->token(), c["reason"].get<std::string>());
  }
}

constexpr std::string_view kGoodRequest =
    "POST /mcp HTTP/1.1\r\nHost: gate.example\r\nContent-Length: 2\r\n\r\n{}";

class Smuggling : public testing::TestWithParam<std::string_view> {};

TEST_P(Smuggling, SameVerdictHoweverSplit) {
  const std::string_view before = GetParam();
  for (const json& c : cases_of("http/smuggling.json")) {
    SCOPED_TRACE(c["id"].get<std::string>());
    const std::string bytes = std::string(before) + bytes_of_case(c);
    const Conversation whole = converse(bytes, {});
    expect_verdict(c, whole, before.empty() ? 0 : 1);
    for (const Split& split : splits_of(bytes.size())) {
      const Conversation again = converse(bytes, split);
      ASSERT_EQ(again, whole) << "split " << (split.empty() ? 0 : split[0]) << " of "
                              << split.size();
    }
  }
}
INSTANTIATE_TEST_SUITE_P(AloneAndBehindAGoodOne, Smuggling, testing::Values("", kGoodRequest));

TEST(Smuggling, EveryCaseIsRead) { EXPECT_EQ(cases_of("http/smuggling.json").size(), 183U); }

TEST(Responses, SameVerdictHoweverSplit) {
  const json cases = cases_of("http/responses.json");
  EXPECT_EQ(cases.size(), 60U);
  for (const json& c : cases) {
    SCOPED_TRACE(c["id"].get<std::string>());
    const std::string bytes = bytes_of_case(c);
    const bool closes = c["upstream_closes"];
    const SeenAnswer whole = answer_of(bytes, {}, closes);
    const bool relayed = !whole.refusal && whole.complete;
    const std::string verdict = relayed ? "accept" : "reject-502";
    const bool aborted = whole.head_complete && allowed(c, "also_ok", "", "abort");
    ASSERT_TRUE(allowed(c, "also_ok", c["expected"], verdict) || aborted);
    if (verdict == "reject-502") EXPECT_TRUE(whole.refusal.has_value());
    if (verdict == "accept" && c.contains("status")) {
      EXPECT_EQ(whole.status, c["status"].get<int>());
      EXPECT_EQ(whole.body, decoded(c["body_b64"]));
    }
    EXPECT_EQ(whole.reusable, c["reuse"].get<bool>());
    for (const json& name : c.value("absent", json::array())) {
      // Set-Cookie is dropped by the gate's policy, not by this room.
      if (name == "set-cookie") continue;
      EXPECT_FALSE(field_of(whole.fields, name).has_value()) << name;
    }
    for (const Split& split : splits_of(bytes.size())) {
      SeenAnswer again = answer_of(bytes, split, closes);
      if (whole.refusal) again.body = whole.body;  // what had come before the fault may differ
      ASSERT_EQ(again, whole) << "split " << (split.empty() ? 0 : split[0]);
    }
  }
}

}  // namespace
}  // namespace tollhouse::http::test
