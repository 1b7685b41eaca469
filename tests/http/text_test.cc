// tests/http: event streams, credentials, challenges, URLs. Goal: the published streams give the
// same events however split, and every second spelling of a URL is refused or made one.
#include "cases.h"
#include "http/authorization.h"
#include "http/challenge.h"
#include "http/characters.h"
#include "http/sse.h"
#include "http/url.h"
#include "support/precompiled.h"

namespace tollhouse::http {
namespace {

using nlohmann::json;

struct SeenEvent {
  std::string name;
  std::string data;
  std::optional<std::string> id;
  bool too_large = false;
  std::uint64_t begin = 0, blank_at = 0, end = 0;
  friend bool operator==(const SeenEvent&, const SeenEvent&) = default;
};

struct SeenStream {
  std::vector<SeenEvent> events;
  std::optional<std::string> last_id;
  std::optional<std::uint64_t> retry;
  std::uint64_t comments = 0;
  friend bool operator==(const SeenStream&, const SeenStream&) = default;
};

SeenStream read_stream(std::string_view stream, const std::vector<std::size_t>& split,
                       std::size_t cap = kEventBytesMax) {
  SeenStream seen;
  EventStreamReader reader(cap);
  std::size_t at = 0;
  const auto feed = [&](std::string_view piece) {
    while (!piece.empty()) {
      const StreamStep step = reader.step(piece);
      piece.remove_prefix(step.consumed);
      if (!step.event) continue;
      const StreamEvent& event = *step.event;
      seen.events.push_back({std::string(event.name), std::string(event.data),
                             event.id ? std::optional<std::string>(*event.id) : std::nullopt,
                             event.too_large, event.begin, event.blank_at, event.end});
      EXPECT_TRUE(reader.at_boundary());
    }
  };
  for (const std::size_t size : split) {
    feed(stream.substr(at, size));
    at += size;
  }
  feed(stream.substr(at));
  EXPECT_EQ(reader.position(), stream.size());
  if (reader.last_event_id()) seen.last_id = *reader.last_event_id();
  seen.retry = reader.retry();
  seen.comments = reader.comments();
  return seen;
}

void expect_same_however_split(std::string_view stream, std::size_t cap = kEventBytesMax) {
  const SeenStream whole = read_stream(stream, {}, cap);
  EXPECT_EQ(read_stream(stream, std::vector<std::size_t>(stream.size(), 1), cap), whole);
  for (std::size_t at = 1; at < stream.size(); ++at) {
    ASSERT_EQ(read_stream(stream, {at}, cap), whole) << at;
  }
}

TEST(EventStream, Vectors) {
  const json cases = test::cases_of("mcp/sse.json");
  EXPECT_EQ(cases.size(), 24U);
  for (const json& c : cases) {
    SCOPED_TRACE(c["id"].get<std::string>());
    const std::string stream = test::decoded(c["stream_b64"]);
    const SeenStream seen = read_stream(stream, {});
    const json& expect = c["expect"];
    ASSERT_EQ(seen.events.size(), expect["events"].size());
    for (std::size_t i = 0; i < seen.events.size(); ++i) {
      const json& event = expect["events"][i];
      EXPECT_EQ(seen.events[i].name, event["event"].get<std::string>());
      EXPECT_EQ(seen.events[i].data, event["data"].get<std::string>());
      EXPECT_EQ(seen.events[i].id.has_value(), !event["id"].is_null());
      if (seen.events[i].id) EXPECT_EQ(*seen.events[i].id, event["id"].get<std::string>());
    }
    EXPECT_EQ(seen.last_id.has_value(), !expect["last_event_id"].is_null());
    if (seen.last_id) EXPECT_EQ(*seen.last_id, expect["last_event_id"].get<std::string>());
    EXPECT_EQ(seen.retry.has_value(), !expect["retry_ms"].is_null());
    if (seen.retry) EXPECT_EQ(*seen.retry, expect["retry_ms"].get<std::uint64_t>());
    EXPECT_EQ(seen.comments, expect["comments"].get<std::uint64_t>());
    expect_same_however_split(stream);
  }
}

TEST(EventStream, OffsetsLetARelayHoldTheLastBlankLine) {
  const std::string stream = ": hi\n\nevent: a\r\ndata: 1\r\n\r\ndata: 2\n\n";
  const SeenStream seen = read_stream(stream, {});
  ASSERT_EQ(seen.events.size(), 2U);
  EXPECT_EQ(stream.substr(seen.events[0].begin, 8), "event: a");
  EXPECT_EQ(stream.substr(seen.events[0].blank_at, 2), "\r\n");
  EXPECT_EQ(seen.events[0].end, seen.events[0].blank_at + 1);
  EXPECT_EQ(stream.substr(seen.events[1].begin), "data: 2\n\n");
  EXPECT_EQ(seen.events[1].blank_at, stream.size() - 1);
  EXPECT_EQ(seen.events[1].end, stream.size());
  expect_same_however_split(stream);
}

TEST(EventStream, ALineFeedBelongsToItsCarriageReturn) {
  const std::string stream = "data: 1\r\n\r\ndata: 2\r\rdata: 3\n\n\n";
  EventStreamReader reader;
  std::vector<std::string> taken;
  for (std::string_view rest = stream; !rest.empty();) {
    const StreamStep step = reader.step(rest);
    taken.emplace_back(rest.substr(0, step.consumed));
    rest.remove_prefix(step.consumed);
  }
  const std::vector<std::string> wanted = {"data: 1\r\n\r\n", "data: 2\r\r", "data: 3\n\n", "\n"};
  EXPECT_EQ(taken, wanted);
}

TEST(EventStream, AnEventOverTheCapIsNotReadButSeen) {
  const std::string stream =
      "id: 1\ndata: 0123456789\ndata: 0123456789\n\ndata: x\n\n:" + std::string(99, 'c') +
      "\n\nfoo: 01234567890123456789\nid: 3\ndata: 1\n\n:" + std::string(99, 'd') + "\ndata: y\n\n";
  const SeenStream seen = read_stream(stream, {}, 30);
  ASSERT_EQ(seen.events.size(), 4U);
  EXPECT_TRUE(seen.events[0].too_large);
  EXPECT_EQ(seen.events[0].data, "");
  EXPECT_EQ(seen.events[1].data, "x");
  EXPECT_TRUE(seen.events[2].too_large);
  EXPECT_EQ(seen.events[3].data, "y");
  expect_same_however_split(stream, 30);
}

TEST(EventStream, CapAtItsEdges) {
  for (const std::size_t size : {9U, 10U, 11U}) {
    const std::string stream = "data:" + std::string(size - 5, 'x') + "\n\n";
    const SeenStream seen = read_stream(stream, {}, 10);
    ASSERT_EQ(seen.events.size(), 1U);
    EXPECT_EQ(seen.events[0].too_large, size == 11);
    expect_same_however_split(stream, 10);
  }
}

TEST(EventStream, BoundariesAreBehindBlankLinesOnly) {
  EventStreamReader reader;
  EXPECT_TRUE(reader.at_boundary());
  for (const char* inside : {"\xef", "\xbb",
                             "\xbf"
                             "data: x",
                             "\n", "da"}) {
    reader.step(inside);
    EXPECT_FALSE(reader.at_boundary()) << inside;
  }
}

TEST(EventStream, WriterRefusesLineEndsInNames) {
  std::string out;
  EXPECT_FALSE(append_event(out, "a\nb", "x"));
  EXPECT_FALSE(append_event(out, "a", "x", std::string_view("a\0b", 3)));
  EXPECT_TRUE(out.empty());
  append_comment(out, "a\nb");
  append_comment(out, "");
  EXPECT_EQ(out, ": a b\n\n:\n\n");
}

RC_GTEST_PROP(EventStream, WrittenEventReadsBack, (std::string data)) {
  std::replace(data.begin(), data.end(), '\r', ' ');
  std::string out;
  RC_ASSERT(append_event(out, "message", data, "7"));
  const SeenStream seen = read_stream(out, {1, 2, 3});
  RC_ASSERT(seen.events.size() == 1U);
  RC_ASSERT(seen.events[0].data == data);
  RC_ASSERT(seen.events[0].id == "7");
}

std::vector<std::string> split_line(std::string_view line) {
  CredentialList list;
  list.add_line(line);
  std::vector<std::string> seen;
  for (const Credential& credential : list) {
    seen.push_back(std::string(credential.scheme) + "|" + std::string(credential.rest));
  }
  return seen;
}

TEST(Authorization, SplitsAtCommasBeforeKnownSchemes) {
  using Seen = std::vector<std::string>;
  EXPECT_EQ(split_line("Bearer a.b.c, L402 m:p"), (Seen{"Bearer|a.b.c", "L402|m:p"}));
  EXPECT_EQ(split_line("L402 m1,m2:p,LSAT\tm:p"), (Seen{"L402|m1,m2:p", "LSAT|m:p"}));
  EXPECT_EQ(split_line("L402 m:p, L402x y"), (Seen{"L402|m:p, L402x y"}));
  EXPECT_EQ(split_line("L402 m:p, Bearer"), (Seen{"L402|m:p, Bearer"}));
  EXPECT_EQ(split_line("L402 L402 m:p "), (Seen{"L402|L402 m:p"}));
  EXPECT_EQ(split_line("Digest a=1, b=2, bearer x"), (Seen{"Digest|a=1, b=2", "bearer|x"}));
  EXPECT_EQ(split_line("L402"), (Seen{"L402|"}));
  EXPECT_EQ(split_line(" "), Seen{});
}

TEST(Authorization, NoMoreThanEight) {
  std::string line = "L402 0:0";
  for (int i = 1; i < 9; ++i) line += ", L402 " + std::to_string(i) + ":0";
  CredentialList list;
  list.add_line(line);
  EXPECT_EQ(list.size(), kCredentialsMax);
  EXPECT_TRUE(list.overflow());
  EXPECT_TRUE(list[7].is("l402"));
}

TEST(Challenge, PublishedForms) {
  const json forms =
      json::parse(tollhouse::test::vector_file("l402/challenge_forms.json"))["forms"];
  for (const json& form : forms) {
    SCOPED_TRACE(form["name"].get<std::string>());
    std::string joined;
    for (const json& line : form["www_authenticate"]) {
      if (!joined.empty()) joined += ", ";
      joined += line.get<std::string>();
    }
    const auto challenges = parse_challenges(joined);
    ASSERT_TRUE(challenges.has_value()) << joined;
    bool found = false;
    for (const Challenge& challenge : *challenges) {
      if (!challenge.is("L402") && !challenge.is("LSAT")) continue;
      auto token = challenge.find("macaroon");
      if (!token) token = challenge.find("token");
      ASSERT_TRUE(token.has_value());
      EXPECT_TRUE(token->starts_with("Ag"));
      EXPECT_TRUE(challenge.find("INVOICE").value_or("").starts_with("lnbc10n1p"));
      found = true;
    }
    EXPECT_TRUE(found);
  }
}

TEST(Challenge, Grammar) {
  const auto parsed = parse_challenges(
      "Negotiate abc==, Basic realm='it is', , Bearer, L402 version=\"0\" token=\"a\\\"b\" , x = y "
      "LSAT macaroon=M");
  ASSERT_TRUE(parsed.has_value());
  const std::vector<Challenge> expected = {
      {"Negotiate", "abc==", {}},
      {"Basic", "", {{"realm", "it is"}}},
      {"Bearer", "", {}},
      {"L402", "", {{"version", "0"}, {"token", "a\"b"}, {"x", "y"}}},
      {"LSAT", "", {{"macaroon", "M"}}},
  };
  EXPECT_EQ(*parsed, expected);
  for (const char* bad : {"L402 a=\"b", "a=b", "L402 a=\"b\\", "L402 a='b", "\"x\"",
                          "L402 a=,b=c d=", "L402 a=\"\x01\"", "@ x=y"}) {
    EXPECT_FALSE(parse_challenges(bad).has_value()) << bad;
  }
  EXPECT_TRUE(parse_challenges("")->empty());
  std::string many = "A";
  for (std::size_t i = 0; i < kChallengesMax; ++i) many += ", A";
  EXPECT_FALSE(parse_challenges(many).has_value());
  std::string wide = "A b=c";
  for (std::size_t i = 0; i < kParametersMax; ++i) wide += ", b=c";
  EXPECT_FALSE(parse_challenges(wide).has_value());
}

RC_GTEST_PROP(Challenge, WrittenParametersReadBack, (const std::vector<std::string>& values)) {
  std::string out = "L402";
  std::vector<Parameter> written;
  for (const std::string& value : values) {
    if (written.size() == kParametersMax) break;
    std::string parameter;
    if (!append_parameter(parameter, "p", value)) continue;
    out += (written.empty() ? " " : ", ") + parameter;
    written.push_back({"p", value});
  }
  const auto parsed = parse_challenges(out);
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed->at(0).parameters == written);
}

TEST(Challenge, WriterSeparates) {
  std::string out;
  ChallengeWriter(out, "L402").parameter("macaroon", "M").parameter("invoice", "P");
  EXPECT_EQ(out, "L402 macaroon=\"M\", invoice=\"P\"");
}

TEST(Url, OneSpelling) {
  const std::pair<const char*, const char*> rows[] = {
      {"HTTP://Gate.Example", "http://gate.example/"},
      {"https://gate.example:443/mcp?a=b", "https://gate.example/mcp?a=b"},
      {"http://127.0.0.1:3001/mcp", "http://127.0.0.1:3001/mcp"},
      {"http://[0:0::1]:8402?x", "http://[::1]:8402/?x"},
  };
  for (const auto& [written, text] : rows) {
    const auto url = parse_url(written);
    ASSERT_TRUE(url.has_value()) << written;
    EXPECT_EQ(url->text(), text);
    const auto again = parse_url(url->text());
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->text(), text);
  }
  EXPECT_TRUE(parse_url("http://[::1]/")->is_loopback());
  EXPECT_TRUE(parse_url("http://127.9.9.9/")->is_loopback());
  EXPECT_TRUE(parse_url("http://a.localhost/")->is_loopback());
  EXPECT_FALSE(parse_url("http://127.1/")->is_loopback());
  EXPECT_FALSE(parse_url("http://128.0.0.1/")->is_loopback());
}

TEST(Url, OneFaultPerRow) {
  const std::pair<const char*, UrlFault> rows[] = {
      {"gate.example", UrlFault::scheme},
      {"ftp://a/", UrlFault::scheme},
      {"http://u@a/", UrlFault::userinfo},
      {"http:///x", UrlFault::host},
      {"http://a b/", UrlFault::host},
      {"http://[::g]/", UrlFault::host},
      {"http://a:99999/", UrlFault::port},
      {"http://a:/", UrlFault::port},
      {"http://a/\xc3\xa9", UrlFault::character},
      {"http://a/ b", UrlFault::character},
      {"http://a/#x", UrlFault::fragment},
  };
  for (const auto& [text, fault] : rows) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_EQ(to_text(url.error()), to_text(fault)) << text;
  }
}

TEST(Host, Grammar) {
  for (const char* good :
       {"a", "gate.example:80", "[::1]", "[::1]:8402", "1.2.3.4:0", "a_b:65535"}) {
    EXPECT_TRUE(parse_host_field(good).has_value()) << good;
  }
  for (const char* bad : {"", ":80", "a:", "a:+1", "a:65536", "a:1:2", "[::1", "[]", "[::1]x",
                          "::1", "a/b", "a@b", "a,b", "a b", "[::1%25lo]"}) {
    EXPECT_FALSE(parse_host_field(bad).has_value()) << bad;
  }
  const auto same = [](const char* a, const char* b) {
    return same_host(*parse_host_field(a), *parse_host_field(b), 80);
  };
  EXPECT_TRUE(same("A.b:80", "a.B"));
  EXPECT_TRUE(same("[0::1]", "[::1]:80"));
  EXPECT_FALSE(same("a", "a:81"));
  EXPECT_FALSE(same("a", "[::1]"));
}

TEST(Origin, ComparedAsSchemeHostPort) {
  const Origin gate = origin_of(*parse_url("https://gate.example/mcp"));
  EXPECT_EQ(parse_origin("https://GATE.example:443"), gate);
  EXPECT_NE(parse_origin("http://gate.example:443"), gate);
  EXPECT_NE(parse_origin("https://gate.example:444"), gate);
  EXPECT_TRUE(parse_origin("null")->null);
  EXPECT_TRUE(parse_origin("chrome-extension://abcdef").has_value());
  for (const char* bad : {"", "gate.example", "https://", "https://a/", "https://a/x",
                          "https://u@a", "://a", "https://a b", "NULL", "https://a, https://b"}) {
    EXPECT_FALSE(parse_origin(bad).has_value()) << bad;
  }
}

TEST(Path, DecodedOnce) {
  EXPECT_EQ(decode_path("/mcp/%41%25%32"), "/mcp/A%2");
  EXPECT_EQ(decode_path("/"), "/");
  EXPECT_EQ(decode_path("/a..b/...x"), "/a..b/...x");
  for (const char* bad : {"/a%2fb", "/a%2Fb", "/%2e%2e/", "/a%00", "/a%5cb", "/a\\b", "/%", "/%4",
                          "/%zz", "/../a", "/a/.", "/./a", ".."}) {
    EXPECT_FALSE(decode_path(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace tollhouse::http
