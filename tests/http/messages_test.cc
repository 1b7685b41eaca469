// tests/http: heads, bodies and writers beyond the vectors. Goal: each limit at n - 1, n and n + 1,
// each reason reached, and what is written reads back the same.
#include "driver.h"
#include "http/characters.h"
#include "http/writer.h"
#include "support/precompiled.h"

namespace tollhouse::http::test {
namespace {

std::string with_fields(const std::string& fields, const std::string& line = "POST /mcp HTTP/1.1") {
  return line + "\r\nHost: gate.example\r\n" + fields + "\r\n";
}

std::optional<Refusal> refusal_of(const std::string& bytes, const Limits& limits = {}) {
  const Conversation whole = converse(bytes, {}, limits);
  const Conversation single = converse(bytes, Split(bytes.size(), 1), limits);
  EXPECT_EQ(whole, single) << bytes.substr(0, 200);
  return whole.refusal;
}

struct Fault {
  const char* name;
  std::string bytes;
  Refusal refusal;
};

TEST(Requests, OneReasonPerFault) {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const Fault faults[] = {
      {"bare LF", "GET / HTTP/1.1\n", Reason::http_line_end},
      {"LF for a method", "GET\n", Reason::http_line_end},
      {"CR alone after an empty line", "\rG", Reason::http_line_end},
      {"CR alone at the end of the head", "GET / HTTP/1.1\r\nHost: a\r\n\rX",
       Reason::http_line_end},
      {"two empty lines first", "\r\n\r\n", Reason::http_request_line},
      {"blank first", " GET / HTTP/1.1\r\n", Reason::http_request_line},
      {"method of 33 characters", std::string(33, 'A'), Reason::http_method},
      {"asterisk without OPTIONS", with_fields("", "GET * HTTP/1.1"), Reason::http_target},
      {"other scheme", with_fields("", "GET ftp://gate.example/ HTTP/1.1"), Reason::http_target},
      {"authority without a host", with_fields("", "GET http:///x HTTP/1.1"), Reason::http_target},
      {"bad authority", with_fields("", "GET http://a:x/ HTTP/1.1"), Reason::http_target},
      {"quote in the target", "GET /\" HTTP/1.1\r\n", Reason::http_target},
      {"version", "GET / HTTP/3.0\r\n", Reason::http_version},
      {"no version", "GET / HTTQ/1.1\r\n", {Reason::http_version, 400}},
      {"TRACE", "TRACE / HTTP/1.1\r\n", Reason::method_not_allowed},
      {"fold", with_fields(" x\r\n"), Reason::http_obs_fold},
      {"name", with_fields("a b: c\r\n"), Reason::http_header_name},
      {"value", with_fields("a: b\x7f\r\n"), Reason::http_header_value},
      {"alias of a family", with_fields("X_Forwarded_Proto: https\r\n"), Reason::http_header_alias},
      {"alias of a session", with_fields("Mcp_Session_Id: 1\r\n"), Reason::http_header_alias},
      {"alias of an unlisted Mcp name", with_fields("Mcp-New_One: 1\r\n"),
       Reason::http_header_alias},
      {"absolute target on another port", with_fields("", "GET http://gate.example:81/ HTTP/1.1"),
       Reason::http_host},
      {"https and http ports", "GET https://a/ HTTP/1.1\r\nHost: a:80\r\n\r\n", Reason::http_host},
      {"both framings", with_fields(chunked + "Content-Length: 1\r\n"),
       Reason::http_length_conflict},
      {"coding not undone",
       with_fields("Transfer-Encoding: deflate, chunked\r\n"),
       {Reason::http_transfer_encoding, 501}},
      {"coding not known", with_fields("Transfer-Encoding: br, chunked\r\n"),
       Reason::http_transfer_encoding},
      {"length of 20 digits", with_fields("Content-Length: 00000000000000000001\r\n"),
       Reason::http_content_length},
      {"option is no token", with_fields("Connection: a b\r\n"), Reason::http_connection_option},
      {"option names a session", with_fields("Connection: Mcp-Session-Id\r\n"),
       Reason::http_connection_option},
      {"option by its alias", with_fields("Connection: X_PAYMENT\r\n"),
       Reason::http_connection_option},
      {"expectation", with_fields("Expect: 100-continue\r\nExpect: x\r\n"), Reason::http_expect},
      {"chunk size", with_fields(chunked) + "g\r\n", Reason::http_chunk},
      {"hop-by-hop trailer", with_fields(chunked) + "0\r\nConnection: x\r\n", Reason::http_trailer},
      {"trailer by its alias", with_fields(chunked) + "0\r\nX_PAYMENT: x\r\n",
       Reason::http_trailer},
      {"trailer without a name", with_fields(chunked) + "0\r\n: x\r\n", Reason::http_trailer},
      {"control in a trailer", with_fields(chunked) + "0\r\nX: \x01\r\n", Reason::http_trailer},
  };
  for (const Fault& fault : faults) {
    SCOPED_TRACE(fault.name);
    const auto refusal = refusal_of(fault.bytes);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->token(), fault.refusal.token());
    EXPECT_EQ(refusal->status, fault.refusal.status);
  }
}

/// `bytes(n)` is accepted up to n and refused at n + 1.
template <class Make>
void expect_limit(const char* name, std::size_t n, Reason reason, Make&& bytes,
                  const Limits& limits = {}) {
  SCOPED_TRACE(name);
  EXPECT_FALSE(refusal_of(bytes(n - 1), limits).has_value());
  EXPECT_FALSE(refusal_of(bytes(n), limits).has_value());
  const auto refusal = refusal_of(bytes(n + 1), limits);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->token(), Refusal(reason).token());
}

TEST(Requests, LimitsAtTheirEdges) {
  const Limits limits;
  const std::string chunked = with_fields("Transfer-Encoding: chunked\r\n");
  expect_limit("target", limits.target_bytes_max, Reason::uri_too_long, [](std::size_t n) {
    return with_fields("", "GET /" + std::string(n - 1, 'a') + " HTTP/1.1");
  });
  expect_limit("head", limits.head_bytes_max, Reason::header_too_large, [](std::size_t n) {
    const std::size_t rest = with_fields("X: \r\n").size();
    return with_fields("X: " + std::string(n - rest, 'a') + "\r\n");
  });
  expect_limit("fields", limits.fields_max, Reason::header_too_large, [](std::size_t n) {
    std::string fields;
    for (std::size_t i = 1; i < n; ++i) fields += "X: a\r\n";
    return with_fields(fields);
  });
  expect_limit("dropped fields count too", limits.fields_max, Reason::header_too_large,
               [](std::size_t n) {
                 std::string fields;
                 for (std::size_t i = 1; i < n; ++i) fields += "x_y: a\r\n";
                 return with_fields(fields);
               });
  expect_limit("length", limits.body_bytes_max, Reason::body_too_large, [](std::size_t n) {
    return with_fields("Content-Length: " + std::to_string(n) + "\r\n");
  });
  expect_limit("connection options", kConnectionOptionsMax, Reason::http_connection_option,
               [](std::size_t n) {
                 std::string options = "a";
                 for (std::size_t i = 1; i < n; ++i) options += ",a";
                 return with_fields("Connection: " + options + "\r\n");
               });
  expect_limit("chunk line", limits.chunk_line_bytes_max, Reason::http_chunk,
               [&](std::size_t n) { return chunked + "1;" + std::string(n - 2, 'e') + "\r\n"; });
  expect_limit("trailer", limits.trailer_bytes_max, Reason::http_trailer, [&](std::size_t n) {
    return chunked + "0\r\nX:" + std::string(n - 4, 'e') + "\r\n\r\n";  // line ends count
  });
  Limits small;
  small.body_bytes_max = 10;
  expect_limit(
      "chunked body", 10, Reason::body_too_large,
      [&](std::size_t n) {
        std::string body;
        for (std::size_t i = 0; i < n; ++i) body += "1\r\nx\r\n";
        return chunked + body + "0\r\n\r\n";
      },
      small);
}

TEST(Requests, ManySmallChunksAreHonest) {
  // 4 MiB in chunks of 1 KiB: line overhead alone is over 16 KiB, and forgiven.
  std::string bytes = with_fields("Transfer-Encoding: chunked\r\n");
  for (int i = 0; i < 4096; ++i) append_chunk(bytes, std::string(1024, 'x'));
  append_last_chunk(bytes);
  const Conversation conversation = converse(bytes, {});
  ASSERT_EQ(conversation.requests.size(), 1U);
  EXPECT_EQ(conversation.requests[0].body.size(), 4096U * 1024U);
}

TEST(Requests, RefusedAtTheLimitNotAtTheEnd) {
  const std::string endless = "GET /" + std::string(8192, 'a');
  EXPECT_EQ(refusal_of(endless), Refusal(Reason::uri_too_long));
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nX: " + std::string(65536, 'a')),
            Refusal(Reason::header_too_large));
}

TEST(RequestHead, PartsOfTheTarget) {
  struct Row {
    const char* target;
    const char* path;
    const char* query;
    bool has_query;
  };
  for (const Row& row : {Row{"/", "/", "", false}, Row{"/mcp?a=b?c", "/mcp", "a=b?c", true},
                         Row{"/mcp?", "/mcp", "", true}, Row{"http://gate.example", "/", "", false},
                         Row{"HTTP://GATE.example:80/x?y", "/x", "y", true},
                         Row{"http://gate.example?y", "/", "y", true}}) {
    SCOPED_TRACE(row.target);
    const std::string bytes = with_fields("", "GET " + std::string(row.target) + " HTTP/1.1");
    RequestHead head;
    RequestHeadReader reader{Limits{}};
    ASSERT_EQ(reader.step(bytes, head), RequestHeadReader::Status::complete);
    EXPECT_EQ(head.target(), row.target);
    EXPECT_EQ(head.path(), row.path);
    EXPECT_EQ(head.query(), row.query);
    EXPECT_EQ(head.has_query(), row.has_query);
    EXPECT_EQ(head.method, Method::get);
    EXPECT_EQ(head.host(), "gate.example");
    const std::string moved = bytes;
    head.rebase(moved.data());
    EXPECT_EQ(head.target().data(), moved.data() + 4);
  }
}

TEST(Requirement, R_CORE_10_FieldNamesIgnoreCase) {
  const std::string bytes =
      with_fields("aUTHORIZATION: L402 a\r\nAuthorization: L402 b\r\nX-a: 1\r\n");
  RequestHead head;
  RequestHeadReader reader{Limits{}};
  ASSERT_EQ(reader.step(bytes, head), RequestHeadReader::Status::complete);
  EXPECT_EQ(head.fields.count(KnownField::authorization), 2U);
  EXPECT_EQ(head.fields.value(KnownField::authorization), "L402 a");
  EXPECT_EQ(head.fields.find("x-A"), "1");
  EXPECT_FALSE(head.fields.find("x-b").has_value());
  std::string values;
  head.fields.for_each(KnownField::authorization, [&](std::string_view value) { values += value; });
  EXPECT_EQ(values, "L402 aL402 b");
}

TEST(Names, EachFindsItselfInAnyCase) {
  for (std::size_t i = 5; i < kKnownFields; ++i) {
    const auto field = static_cast<KnownField>(i);
    std::string name(name_of(field));
    ASSERT_FALSE(name.empty());
    EXPECT_EQ(known_field(name), field);
    for (char& c : name) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(known_field(name), field);
    std::string alias = name;
    std::replace(alias.begin(), alias.end(), '-', '_');
    EXPECT_EQ(is_alias(alias), alias != name) << alias;
    EXPECT_EQ(known_field(name + "x") == field, false);
  }
  EXPECT_EQ(known_field("Mcp-Param-x"), KnownField::mcp_param);
  EXPECT_EQ(known_field("Mcp-New"), KnownField::mcp_other);
  EXPECT_EQ(known_field("X-Forwarded-Port"), KnownField::x_forwarded);
  EXPECT_EQ(known_field("X-Gate-Anything"), KnownField::gate_forwarded);
  EXPECT_EQ(known_field(""), KnownField::other);
  EXPECT_TRUE(is_hop_by_hop("transfer-encoding") == false);
  EXPECT_TRUE(is_hop_by_hop("Keep-Alive"));
  EXPECT_TRUE(is_protected(KnownField::x_payment));
}

TEST(RequestHead, OnlyEndToEndFieldsPassTheHop) {
  const Conversation seen = converse(
      with_fields("Connection: close, X-One\r\nX-One: 1\r\nX-Two: 2\r\nTE: trailers\r\nUpgrade: "
                  "h2c\r\nContent-Length: 0\r\n"),
      {});
  ASSERT_EQ(seen.requests.size(), 1U);
  ASSERT_EQ(seen.requests[0].fields.size(), 1U);
  EXPECT_EQ(seen.requests[0].fields[0].first, "X-Two");
  EXPECT_TRUE(seen.closed);
}

TEST(RequestHead, ExpectationCountsWithABodyInHttp11) {
  const std::string fields = "Expect: 100-Continue\r\n";
  EXPECT_FALSE(converse(with_fields(fields), {}).requests.at(0).expect_continue);
  EXPECT_TRUE(converse(with_fields(fields + "Content-Length: 1\r\n") + "x", {})
                  .requests.at(0)
                  .expect_continue);
  EXPECT_FALSE(converse(with_fields("Expect: nothing\r\n", "GET / HTTP/1.0"), {})
                   .requests.at(0)
                   .expect_continue);
}

TEST(RequestReader, ARouteMayLowerTheBodyLimit) {
  const std::string bytes = with_fields("Content-Length: 20\r\n");
  RequestReader reader;
  EXPECT_FALSE(reader.started());
  ASSERT_EQ(reader.read(bytes), RequestReader::Event::head);
  reader.limit_body(19);
  ASSERT_EQ(reader.read(bytes), RequestReader::Event::refused);
  EXPECT_EQ(reader.refusal(), Refusal(Reason::body_too_large));
  EXPECT_EQ(reader.read(bytes), RequestReader::Event::refused);
}

TEST(Body, CompactsInPlace) {
  std::string buffer = "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: x\r\n\r\nNEXT";
  BodyReader reader({Framing::Kind::chunked, 0}, Limits{});
  const auto done = compact_body(reader, buffer.data(), buffer.size());
  ASSERT_TRUE(done.has_value());
  EXPECT_TRUE(reader.complete());
  EXPECT_EQ(buffer.substr(0, done->payload), "abcde");
  EXPECT_EQ(buffer.substr(done->consumed), "NEXT");
}

TEST(Body, EndsWithTheConnectionOnlyWhereNothingElseEndsIt) {
  BodyReader until_close({Framing::Kind::until_close, 0}, Limits{});
  std::string out;
  ASSERT_TRUE(append_body(until_close, "abc", out).has_value());
  EXPECT_FALSE(until_close.complete());
  EXPECT_TRUE(until_close.end_of_stream());
  BodyReader counted({Framing::Kind::content_length, 4}, Limits{});
  ASSERT_TRUE(append_body(counted, "abc", out).has_value());
  EXPECT_FALSE(counted.end_of_stream());
  EXPECT_EQ(counted.expected(), 1U);
}

TEST(Response, OneFaultPerRow) {
  struct Row {
    const char* name;
    std::string bytes;
    ResponseFault fault;
  };
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  std::string interim;
  for (int i = 0; i < 9; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  const Row rows[] = {
      {"status 600", "HTTP/1.1 600 X\r\n\r\n", ResponseFault::status_line},
      {"tab for blank", "HTTP/1.1\t200 X\r\n\r\n", ResponseFault::status_line},
      {"HTTP/1.2", "HTTP/1.2 200 X\r\n\r\n", ResponseFault::status_line},
      {"101", "HTTP/1.1 101 X\r\n\r\n", ResponseFault::switching_protocols},
      {"nine interim answers", interim, ResponseFault::interim_answers},
      {"both framings", ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       ResponseFault::head},
      {"chunk", ok + "Transfer-Encoding: chunked\r\n\r\nz", ResponseFault::body},
      {"cut", ok + "Content-Length: 9\r\n\r\nabc", ResponseFault::cut},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const SeenAnswer answer = answer_of(row.bytes, {}, true);
    ASSERT_TRUE(answer.refusal.has_value());
    EXPECT_EQ(to_text(answer.refusal->fault), to_text(row.fault));
  }
}

TEST(Response, FramingByStatusAndMethod) {
  const std::string length = "Content-Length: 5\r\n\r\n";
  EXPECT_TRUE(answer_of("HTTP/1.1 304 X\r\n" + length, {}, false).reusable);
  EXPECT_TRUE(answer_of("HTTP/1.1 200 X\r\n" + length, {}, false, true).reusable);
  EXPECT_FALSE(answer_of("HTTP/1.1 200 X\r\n" + length, {}, false).complete);
  EXPECT_TRUE(answer_of("HTTP/1.1 200 X\r\n" + length + "abcde", {}, false).reusable);
  EXPECT_FALSE(answer_of("HTTP/1.1 200 X\r\n" + length + "abcdef", {}, false).reusable);
  const SeenAnswer closed = answer_of("HTTP/1.1 200 X\r\n\r\nabc", {}, true);
  EXPECT_TRUE(closed.complete);
  EXPECT_FALSE(closed.reusable);
}

TEST(Response, TheGatesOwnNamesDoNotPass) {
  const SeenAnswer answer = answer_of(
      "HTTP/1.1 200 OK\r\nPAYMENT-RESPONSE: x\r\nPAYMENT_RESPONSE: x\r\nmy_own: 1\r\nConnection: "
      "content-type, B\r\nContent-Type: text/plain\r\nB: 1\r\nContent-Length: 0\r\n\r\n",
      {}, false);
  ASSERT_EQ(answer.fields.size(), 2U);
  EXPECT_EQ(answer.fields[0].first, "my_own");
  EXPECT_EQ(answer.fields[1].first, "Content-Type");
}

TEST(Writer, RefusesForeignText) {
  std::string out;
  EXPECT_FALSE(append_foreign_field(out, "X", "a\r\nY: b"));
  EXPECT_FALSE(append_foreign_field(out, "X", std::string_view("a\0b", 3)));
  EXPECT_FALSE(append_foreign_field(out, "X Y", "a"));
  EXPECT_FALSE(append_foreign_field(out, "", "a"));
  EXPECT_TRUE(out.empty());
  EXPECT_TRUE(append_foreign_field(out, "X", "caf\xc3\xa9\t"));
  EXPECT_EQ(out, "X: caf\xc3\xa9\t\r\n");
}

TEST(WriterDeathTest, OwnTextWithALineEndIsABug) {
  std::string out;
  EXPECT_DEATH(append_field(out, "X", "a\nb"), "");
  EXPECT_DEATH(append_request_line(out, "GET", "/ HTTP/1.1\r\nX: y"), "");
}

TEST(Writer, StatusLines) {
  std::string out;
  append_status_line(out, 402);
  append_status_line(out, 299);
  EXPECT_EQ(out, "HTTP/1.1 402 Payment Required\r\nHTTP/1.1 299 \r\n");
}

rc::Gen<std::string> characters_of(std::uint8_t classes) {
  std::string allowed;
  for (int c = 0; c < 256; ++c) {
    if (is_in(static_cast<char>(c), classes)) allowed.push_back(static_cast<char>(c));
  }
  return rc::gen::container<std::string>(rc::gen::elementOf(allowed));
}

RC_GTEST_PROP(Writer, WrittenHeadReadsBackTheSame, ()) {
  const auto path = *characters_of(kHostCharacter);
  const auto names = *rc::gen::container<std::vector<std::string>>(
      rc::gen::nonEmpty(characters_of(kToken68Character)));
  std::string out;
  append_request_line(out, "POST", "/" + path);
  append_field(out, "Host", "a");
  std::vector<std::pair<std::string, std::string>> written{{"Host", "a"}};
  for (const std::string& name : names) {
    const std::string value(trimmed(*characters_of(kTextCharacter)));
    if (!is_token(name) || name.find('_') != std::string::npos) continue;
    if (known_field(name) != KnownField::other || written.size() == kFieldsCapacity) continue;
    RC_ASSERT(append_foreign_field(out, name, value));
    written.emplace_back(name, value);
  }
  end_head(out);
  const Conversation seen = converse(out, {});
  RC_ASSERT(seen.requests.size() == 1U);
  RC_ASSERT(seen.requests[0].target == "/" + path);
  RC_ASSERT(seen.requests[0].all_fields == written);
}

RC_GTEST_PROP(Writer, WrittenChunksReadBackTheSame, (const std::vector<std::string>& pieces)) {
  std::string wire;
  std::string body;
  for (const std::string& piece : pieces) {
    append_chunk(wire, piece);
    body += piece;
  }
  append_last_chunk(wire);
  std::string out;
  BodyReader reader({Framing::Kind::chunked, 0}, Limits{});
  RC_ASSERT(append_body(reader, wire, out).value() == wire.size());
  RC_ASSERT(reader.complete());
  RC_ASSERT(out == body);
}

}  // namespace
}  // namespace tollhouse::http::test
