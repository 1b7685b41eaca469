// tests/gate/parts_test.cc mirrors challenge.cc, rate.cc, intake.cc, access.cc, forwarding.cc,
// router.cc and metrics.cc. Goal: the gate's tables, limits and rewritten heads, each alone.
#include <fstream>
#include <set>
#include <sstream>

#include "gate/access.h"
#include "gate/call.h"
#include "gate/forwarding.h"
#include "gate/intake.h"
#include "gate/metrics.h"
#include "gate/policy.h"
#include "gate/rate.h"
#include "gate/rest_session.h"
#include "support/precompiled.h"

namespace tollhouse::gate {
namespace {

using namespace std::chrono_literals;

const Time kNow = time_from_unix(1'771'329'600);

// ---- open challenges ------------------------------------------------------------------------

OfferKey key_of(std::string client, std::string tool = "echo") {
  return {std::move(client), "mcp", std::move(tool), *Msat::of(3000), {}};
}

std::shared_ptr<const Challenge> minted(std::uint8_t number, Time at = kNow) {
  Challenge made;
  made.payment_hash.bytes[8] = number;
  made.minted = at;
  made.expires = at + 300s;
  return std::make_shared<const Challenge>(made);
}

TEST(Requirement, R_L402_15_TheSameInvoiceUntilHalfItsLife) {
  OpenChallenges open(Limits{});
  ASSERT_TRUE(open.reserve("a", kNow));
  open.keep(key_of("a"), minted(1));
  EXPECT_NE(open.find(key_of("a"), kNow), nullptr);
  EXPECT_NE(open.find(key_of("a"), kNow + 150s - 1ns), nullptr);
  EXPECT_EQ(open.find(key_of("a"), kNow + 150s), nullptr);
  EXPECT_EQ(open.find(key_of("b"), kNow), nullptr);
  EXPECT_EQ(open.find(key_of("a", "other"), kNow), nullptr);
  OfferKey dearer = key_of("a");
  dearer.price = *Msat::of(3001);
  EXPECT_EQ(open.find(dearer, kNow), nullptr);
  OfferKey bound = key_of("a");
  bound.binding = "digest";
  EXPECT_EQ(open.find(bound, kNow), nullptr);
  // Names that hold separators do not run into each other.
  EXPECT_NE(key_of("a", "1:b").text(), key_of("a1", ":b").text());
  open.paid(minted(1)->payment_hash);
  EXPECT_EQ(open.find(key_of("a"), kNow), nullptr);
  EXPECT_EQ(open.size(), 0U);
}

TEST(Requirement, R_L402_14_UnpaidInvoicesAreCounted) {
  Limits limits;
  limits.unpaid_per_client = 3;
  limits.unpaid_in_all = 5;
  OpenChallenges open(limits);
  for (std::uint8_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(open.reserve("a", kNow));
    open.keep(key_of("a", std::to_string(i)), minted(i));
  }
  EXPECT_FALSE(open.reserve("a", kNow));
  ASSERT_TRUE(open.reserve("b", kNow));
  ASSERT_TRUE(open.reserve("b", kNow));
  EXPECT_FALSE(open.reserve("c", kNow));  // five in all, two of them being minted
  open.give_back("b");
  EXPECT_TRUE(open.reserve("c", kNow));
  open.give_back("c");
  open.give_back("b");
  open.paid(minted(2)->payment_hash);
  EXPECT_TRUE(open.reserve("a", kNow));
  open.give_back("a");
  EXPECT_TRUE(open.reserve("a", kNow + 300s));  // the expired ones have left
  EXPECT_EQ(open.size(), 0U);
}

TEST(Requirement, R_X402_13_WhoShowsAPaymentOnItsWayWaitsTwiceAsLongEachTime) {
  OpenChallenges open(Limits{});
  const PaymentHash hash = minted(1)->payment_hash;
  for (const auto wait : {2s, 4s, 8s, 16s, 30s, 30s}) {
    EXPECT_EQ(open.wait_in_flight(hash, kNow), wait);
  }
  EXPECT_EQ(open.wait_in_flight(minted(2)->payment_hash, kNow), 2s);
  open.paid(hash);
  EXPECT_EQ(open.wait_in_flight(hash, kNow), 2s) << "another time";
  // What is counted has a bound, and room again when the old ones are forgotten.
  const auto numbered = [](std::size_t number) {
    PaymentHash other{};
    other.bytes[0] = 0xff;
    other.bytes[1] = static_cast<std::uint8_t>(number >> 8);
    other.bytes[2] = static_cast<std::uint8_t>(number);
    return other;
  };
  for (std::size_t i = 0; i < kInFlightMax; ++i) open.wait_in_flight(numbered(i), kNow);
  EXPECT_EQ(open.wait_in_flight(numbered(kInFlightMax), kNow), 2s);
  EXPECT_EQ(open.wait_in_flight(numbered(kInFlightMax), kNow), 2s) << "not counted";
  const Time later = kNow + kInFlightForgotten;
  EXPECT_EQ(open.wait_in_flight(numbered(kInFlightMax), later), 2s);
  EXPECT_EQ(open.wait_in_flight(numbered(kInFlightMax), later), 4s);
}

TEST(OpenChallenges, ANewerInvoiceTakesTheOldOnesPlace) {
  OpenChallenges open(Limits{});
  for (std::uint8_t i = 1; i <= 2; ++i) {
    ASSERT_TRUE(open.reserve("a", kNow));
    open.keep(key_of("a"), minted(i));
  }
  EXPECT_EQ(open.find(key_of("a"), kNow)->payment_hash, minted(2)->payment_hash);
  open.paid(minted(1)->payment_hash);
  EXPECT_EQ(open.find(key_of("a"), kNow)->payment_hash, minted(2)->payment_hash);
}

// ---- rates ----------------------------------------------------------------------------------

RC_GTEST_PROP(RateTable, NeverMoreThanBurstAndRate, ()) {
  const auto count = *rc::gen::inRange<std::uint32_t>(1, 50);
  const auto gaps = *rc::gen::container<std::vector<std::uint32_t>>(
      200, rc::gen::inRange<std::uint32_t>(0, 3000));
  RateTable table(count, 60s);
  Tick now{};
  std::uint64_t taken = 0;
  for (const std::uint32_t gap : gaps) {
    now += std::chrono::milliseconds(gap);
    const auto wait = table.take("a", now);
    if (!wait) ++taken;
    if (wait) RC_ASSERT(*wait > 0ns && *wait <= 60s);
    const double most = count + count * std::chrono::duration<double>(now - Tick{}).count() / 60.0;
    RC_ASSERT(static_cast<double>(taken) <= most + 1e-6);
  }
}

TEST(RateTable, WaitsAsLongAsItSays) {
  RateTable table(2, 10s);
  Tick now{1h};
  EXPECT_FALSE(table.take("a", now));
  EXPECT_FALSE(table.take("a", now));
  const auto wait = table.take("a", now);
  ASSERT_TRUE(wait);
  EXPECT_EQ(*wait, 5s);
  EXPECT_EQ(table.wait_of("a", now), wait);
  EXPECT_FALSE(table.wait_of("b", now));
  EXPECT_FALSE(table.take("b", now));
  EXPECT_TRUE(table.take("a", now + *wait - 1ns));
  EXPECT_FALSE(table.take("a", now + *wait));
}

// ---- intake ---------------------------------------------------------------------------------

const std::string kTwo =
    "POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

/// Feeds `bytes` in pieces that end at `cuts`, and answers what came out.
std::vector<std::string> bodies_of(const std::string& bytes, const std::set<std::size_t>& cuts) {
  Intake intake{http::Limits{}};
  std::vector<std::string> bodies;
  std::size_t at = 0;
  const auto settle = [&](Intake::Status status) {
    while (status == Intake::Status::complete) {
      bodies.push_back(std::string(intake.head().path()) + " " + std::string(intake.body()));
      intake.next();
      status = intake.idle() ? Intake::Status::need_more : intake.took(0);
    }
    EXPECT_NE(status, Intake::Status::refused);
  };
  while (at < bytes.size()) {
    const auto cut = cuts.upper_bound(at);
    const std::size_t end = cut == cuts.end() ? bytes.size() : *cut;
    const std::span<char> room = intake.room();
    const std::size_t piece = std::min(end - at, room.size());
    std::memcpy(room.data(), bytes.data() + at, piece);
    at += piece;
    settle(intake.took(piece));
  }
  EXPECT_TRUE(intake.idle());
  return bodies;
}

TEST(Intake, OneReadingHoweverTheBytesAreSplit) {
  const std::vector<std::string> want = {"/mcp hello", "/x abc"};
  EXPECT_EQ(bodies_of(kTwo, {}), want);
  std::set<std::size_t> all;
  for (std::size_t i = 1; i < kTwo.size(); ++i) {
    EXPECT_EQ(bodies_of(kTwo, {i}), want) << i;
    all.insert(i);
  }
  EXPECT_EQ(bodies_of(kTwo, all), want);
}

TEST(Intake, ALongBodyGetsItsRoomAtOnce) {
  const std::string body(100'000, 'x');
  const std::string bytes =
      "POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + body;
  EXPECT_EQ(bodies_of(bytes, {10, 60, 70'000}), std::vector<std::string>{"/mcp " + body});
}

TEST(Intake, WhoWaitsFor100IsTold) {
  Intake intake{http::Limits{}};
  const std::string head =
      "POST /mcp HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  std::memcpy(intake.room().data(), head.data(), head.size());
  EXPECT_EQ(intake.took(head.size()), Intake::Status::wants_continue);
  EXPECT_TRUE(intake.in_body());
  std::memcpy(intake.room().data(), "ok", 2);
  EXPECT_EQ(intake.took(2), Intake::Status::complete);
  EXPECT_EQ(intake.body(), "ok");
}

TEST(Intake, ABodyOverTheLimitIsRefusedBeforeItIsRead) {
  http::Limits limits;
  limits.body_bytes_max = 10;
  Intake intake{limits};
  const std::string head = "POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n";
  std::memcpy(intake.room().data(), head.data(), head.size());
  Intake::Status status = intake.took(head.size());
  if (status == Intake::Status::need_more) status = intake.took(0);
  EXPECT_EQ(status, Intake::Status::refused);
  EXPECT_EQ(intake.refusal().status, 413);
}

// ---- access ---------------------------------------------------------------------------------

struct ReadHead {
  std::string bytes;
  http::RequestHead head;
};

std::unique_ptr<ReadHead> head_of(const std::string& fields,
                                  const std::string& line = "POST /mcp") {
  auto made = std::make_unique<ReadHead>();
  made->bytes = line + " HTTP/1.1\r\n" + fields + "\r\n";
  http::RequestHeadReader reader{http::Limits{}};
  EXPECT_EQ(reader.step(made->bytes, made->head), http::RequestHeadReader::Status::complete)
      << made->bytes;
  return made;
}

TEST(Access, WhoMaySpeakToTheGate) {
  Policy local;
  Policy named;
  named.public_origin = "https://gate.example";
  named.allowed_hosts = {"other.example"};
  named.allowed_origins = {"https://app.example"};
  Policy bare;
  Policy nullable = named;
  nullable.allowed_origins.emplace_back("null");
  const struct {
    const Policy* policy;
    std::string fields;
    std::string_view token;
  } rows[] = {
      {&local, "Host: 127.0.0.1:1\r\n", ""},
      {&local, "Host: localhost\r\n", ""},
      {&local, "Host: [::1]:8402\r\n", ""},
      {&local, "Host: evil.example\r\n", "host"},
      {&local, "Host: localhost\r\nOrigin: http://localhost:3000\r\n", ""},
      {&local, "Host: localhost\r\nOrigin: https://evil.example\r\n", "origin"},
      {&local, "Host: localhost\r\nOrigin: null\r\n", "origin"},
      {&local, "Host: localhost\r\nOrigin: http://localhost\r\nOrigin: http://localhost\r\n",
       "duplicate_header"},
      {&named, "Host: gate.example\r\n", ""},
      {&named, "Host: GATE.example:443\r\n", ""},
      {&named, "Host: other.example\r\n", ""},
      {&named, "Host: localhost\r\n", "host"},
      {&named, "Host: gate.example\r\nOrigin: https://gate.example\r\n", ""},
      {&named, "Host: gate.example\r\nOrigin: https://app.example\r\n", ""},
      {&named, "Host: gate.example\r\nOrigin: http://app.example\r\n", "origin"},
      {&named, "Host: gate.example\r\nOrigin: https://app.example.evil\r\n", "origin"},
      {&named, "Host: gate.example\r\nOrigin: http://localhost\r\n", "origin"},
      {&named, "Host: gate.example\r\nOrigin: nonsense\r\n", "origin"},
      {&nullable, "Host: gate.example\r\nOrigin: null\r\n", ""},
      {&bare, "Host: 203.0.113.7\r\n", ""},
  };
  for (const auto& row : rows) {
    const auto read = head_of(row.fields);
    const auto refused = judge_origin_and_host(read->head, *row.policy, row.policy == &local);
    EXPECT_EQ(refused ? refused->token : "", row.token) << row.fields;
    if (refused && row.token != "duplicate_header") EXPECT_EQ(refused->status, 403) << row.fields;
  }
}

// ---- forwarding -----------------------------------------------------------------------------

struct Forwarded {
  std::string head;
  http::RequestHead read;
  std::optional<std::string_view> find(std::string_view name) const {
    return read.fields.find(name);
  }
};

std::unique_ptr<Forwarded> forwarded(const std::string& fields, const std::string& body,
                                     const std::optional<Payment>& payment = {}) {
  const auto sent = head_of("Host: gate.example\r\nContent-Type: application/json\r\n" + fields);
  Route route;
  route.upstream.path = "/upstream?x=1";
  route.upstream.authority = "mcp.internal:3001";
  route.upstream.fields = {{"Authorization", "Bearer of-the-operator"}};
  json::Document workspace(3);
  mcp::RoutingHeaders routing;
  for (const http::Field& field : sent->head.fields) routing.see(field.name, field.value);
  auto message = mcp::read_message(routing, body, {}, workspace);
  EXPECT_TRUE(message) << body;
  const Digest caller{};
  const std::array<std::uint8_t, 32> receipt_key{1};
  const Rules rules{{}, {}, {receipt::Key(receipt_key), "", {}}};
  Call call{sent->head, body, "request-1", "127.0.0.1", caller, Tick{}, rules};
  call.route = &route;
  if (message) call.message = *message;
  call.payment = payment;
  if (payment) {
    ledger::Hold hold;
    hold.key.payment_hash = payment->payment_hash;
    call.standing.hold = hold;
  }
  auto made = std::make_unique<Forwarded>();
  write_upstream_head(made->head, call, RestSession{}, body.size());
  http::RequestHeadReader reader{http::Limits{}};
  EXPECT_EQ(reader.step(made->head, made->read), http::RequestHeadReader::Status::complete)
      << made->head;
  return made;
}

const std::string kCall =
    R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}})";

TEST(Requirement, R_SEC_7_R_CORE_6_R_CORE_10_NoCredentialAndNoForgedFieldPasses) {
  for (std::size_t i = 0; i < http::kKnownFields; ++i) {
    const auto known = static_cast<http::KnownField>(i);
    const std::uint8_t purpose = http::purpose_of(known);
    const std::string name(http::name_of(known));
    if (name.empty() || (purpose & (http::kCredential | http::kForwarding)) == 0) continue;
    if ((purpose & http::kHopByHop) != 0) continue;
    std::string odd = name;
    for (std::size_t c = 0; c < odd.size(); c += 2)
      odd[c] = static_cast<char>(std::toupper(odd[c]));
    for (const std::string& spelling : {name, odd}) {
      const auto head = forwarded(spelling + ": canary\r\n", kCall);
      EXPECT_EQ(head->head.find("canary"), std::string::npos) << spelling << "\n" << head->head;
    }
  }
  for (const char* name : {"X-Tollhouse-Pay-Auth", "X-Tollhouse-Anything", "X-Gate-User",
                           "X-Reputation-Score", "X-Forwarded-Anything"}) {
    const auto head = forwarded(std::string(name) + ": canary\r\n", kCall);
    EXPECT_EQ(head->head.find("canary"), std::string::npos) << name;
  }
}

TEST(Forwarding, WhatCrossesAndWhatIsWrittenAnew) {
  const auto head = forwarded(
      "User-Agent: agent/1\r\nAccept: application/json, text/event-stream\r\n"
      "Accept-Encoding: gzip\r\nOrigin: http://localhost\r\nMCP-Protocol-Version: 2025-11-25\r\n"
      "Mcp-Session-Id: s-1\r\nConnection: keep-alive, X-Named\r\nX-Named: 1\r\nX-Custom: 2\r\n"
      "X-Request-Id: theirs\r\nTraceparent: 00-1\r\n",
      kCall);
  EXPECT_EQ(head->read.target(), "/upstream?x=1");
  EXPECT_EQ(head->read.host(), "mcp.internal:3001");
  EXPECT_EQ(head->find("User-Agent"), "agent/1");
  EXPECT_EQ(head->find("Accept-Encoding"), "identity");
  EXPECT_EQ(head->find("MCP-Protocol-Version"), "2025-11-25");
  EXPECT_EQ(head->find("Mcp-Session-Id"), "s-1");
  EXPECT_EQ(head->find("X-Custom"), "2");
  EXPECT_EQ(head->find("X-Request-Id"), "request-1");
  EXPECT_EQ(head->find("Traceparent"), "00-1");
  EXPECT_EQ(head->find("Authorization"), "Bearer of-the-operator");
  EXPECT_EQ(head->find("Content-Length"), std::to_string(kCall.size()));
  for (const char* gone : {"Origin", "Connection", "X-Named"})
    EXPECT_FALSE(head->find(gone)) << gone;
}

TEST(Requirement, R_CORE_6_ThePaymentIsToldToTheUpstream) {
  Payment payment;
  payment.payment_hash.bytes.fill(0xab);
  payment.price = *Msat::of(3000);
  const auto head = forwarded("X-Tollhouse-Pay-Auth: forged\r\n", kCall, payment);
  EXPECT_EQ(
      *head->find("X-Tollhouse-Pay-Auth"), "{\"rail\":\"l402\",\"paymentHash\":\"" + [] {
        std::string text;
        for (int i = 0; i < 32; ++i) text += "ab";
        return text;
      }() + "\",\"amountMsat\":3000}");
  const auto id = head->find("Idempotency-Key");
  ASSERT_TRUE(id);
  // Stable for one use of one payment; a caller's own key stands.
  EXPECT_EQ(forwarded("", kCall, payment)->find("Idempotency-Key"), id);
  EXPECT_EQ(forwarded("Idempotency-Key: mine\r\n", kCall, payment)->find("Idempotency-Key"),
            "mine");
}

TEST(Forwarding, AnAnswersHeadKeepsTheUpstreamsWordsButNotOurs) {
  const std::string bytes =
      "HTTP/1.1 200 Fine\r\nContent-Type: application/json\r\nX-Upstream: yes\r\n"
      "WWW-Authenticate: Basic\r\nSet-Cookie: a=1\r\nX-Payment-Receipt: forged\r\n"
      "PAYMENT-RESPONSE: forged\r\nCache-Control: public\r\nContent-Length: 2\r\n\r\n";
  http::ResponseHead upstream;
  http::ResponseHeadReader reader;
  ASSERT_EQ(reader.step(bytes, upstream), http::ResponseHeadReader::Status::complete);
  AnswerFields fields;
  fields.request_id = "request-1";
  fields.receipt = "{}";
  fields.opened_by_credential = true;
  std::string out;
  write_answer_head(out, upstream, fields);
  EXPECT_TRUE(out.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(out.find("X-Upstream: yes\r\n"), std::string::npos);
  EXPECT_NE(out.find("Cache-Control: private, no-store\r\n"), std::string::npos);
  EXPECT_NE(out.find("X-Payment-Receipt: e30\r\n"), std::string::npos);
  for (const char* gone : {"forged", "public", "Set-Cookie", "Basic", "Content-Length"}) {
    EXPECT_EQ(out.find(gone), std::string::npos) << gone;
  }
  fields.opened_by_credential = false;
  fields.event_stream = true;
  out.clear();
  write_answer_head(out, upstream, fields);
  EXPECT_NE(out.find("Cache-Control: no-cache, no-transform\r\n"), std::string::npos);
  EXPECT_NE(out.find("X-Accel-Buffering: no\r\n"), std::string::npos);
}

// ---- metrics --------------------------------------------------------------------------------

/// What promtool looks for: HELP and TYPE before samples, each once, units and suffixes, labels.
void expect_exposition(const std::string& page) {
  ASSERT_TRUE(page.ends_with('\n'));
  std::map<std::string, std::string> types;
  std::set<std::string> samples;
  std::string family;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    SCOPED_TRACE(line);
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_FALSE(types.contains(family));
      EXPECT_TRUE(family.starts_with("tollhouse_"));
      continue;
    }
    if (line.starts_with("# TYPE ")) {
      ASSERT_TRUE(line.starts_with("# TYPE " + family + " "));
      const std::string type = types[family] = line.substr(8 + family.size());
      EXPECT_EQ(type == "counter", family.ends_with("_total"));
      if (type == "histogram") EXPECT_TRUE(family.ends_with("_seconds"));
      for (const char* unit : {"_milliseconds", "_bits", "_ms", "_kilobytes"}) {
        EXPECT_FALSE(family.ends_with(unit) || family.ends_with(std::string(unit) + "_total"));
      }
      continue;
    }
    const std::size_t end = line.find_first_of("{ ");
    ASSERT_NE(end, std::string::npos);
    const std::string name = line.substr(0, end);
    const bool histogram = types[family] == "histogram";
    EXPECT_TRUE(histogram ? name == family + "_bucket" || name == family + "_sum" ||
                                name == family + "_count"
                          : name == family);
    EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second);
    std::size_t read = 0;
    std::stod(line.substr(line.rfind(' ') + 1), &read);
    EXPECT_EQ(read, line.size() - line.rfind(' ') - 1);
    std::size_t quotes = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
      if (line[at] == '\\')
        ++at;
      else if (line[at] == '"')
        ++quotes;
    }
    EXPECT_EQ(quotes % 2, 0U);
  }
  EXPECT_GE(types.size(), 25U);
}

TEST(Requirement, R_OPS_2_MetricsAreAnExpositionAndCountOverReactors) {
  Metrics metrics(2, {"echo", "odd\"name\\"});
  metrics.of_reactor(0).request(0, Rail::l402, Outcome::admitted, 200);
  metrics.of_reactor(1).request(0, Rail::l402, Outcome::admitted, 200);
  metrics.of_reactor(0).refusal("gate", "payment_required");
  metrics.of_reactor(1).refusal("gate", "payment_required");
  metrics.of_reactor(1).refusal("l402", "expired");
  metrics.of_reactor(0).request_duration.observe(3ms);
  metrics.of_reactor(1).request_duration.observe(40s);
  EXPECT_EQ(metrics.tool_index("echo"), 0U);
  EXPECT_EQ(metrics.tool_index("nobody configured this"), metrics.other_tool());
  ProcessGauges gauges;
  gauges.version = "1.2.3";
  gauges.wallet_driver = "simulated";
  const std::string page = metrics.text(gauges);
  expect_exposition(page);
  for (const char* line : {
           "tollhouse_requests_total{tool=\"echo\",rail=\"l402\",outcome=\"admitted\"} 2\n",
           "tollhouse_refusals_total{room=\"gate\",reason=\"payment_required\"} 2\n",
           "tollhouse_refusals_total{room=\"l402\",reason=\"expired\"} 1\n",
           "tollhouse_request_duration_seconds_bucket{le=\"0.005\"} 1\n",
           "tollhouse_request_duration_seconds_bucket{le=\"+Inf\"} 2\n",
           "tollhouse_request_duration_seconds_count 2\n",
           "tollhouse_wallet_up{driver=\"simulated\"} 1\n",
       }) {
    EXPECT_NE(page.find(line), std::string::npos) << line;
  }
}

TEST(Docs, EveryMetricStandsInItsPage) {
  std::ifstream file(std::string(TOLLHOUSE_SOURCE) + "/docs/metrics.md");
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  const std::string page = Metrics(1, {}).text({});
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# TYPE ")) continue;
    const std::string name = line.substr(7, line.rfind(' ') - 7);
    EXPECT_NE(document.find("`" + name + "`"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace tollhouse::gate
