// Mirrors src/io/{curl_errands,resolver}: what goes out, what may come back, and what never leaves.
#include "io/curl_errands.h"

#include <future>

#include "io/acceptor.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "support/precompiled.h"

namespace tollhouse::io::test {
namespace {

std::string answer_to(const std::string& request) {
  const std::string path =
      request.substr(request.find(' ') + 1, request.find(" HTTP") - request.find(' ') - 1);
  const auto with = [](std::string head, const std::string& body) {
    return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  if (path == "/slow") return "";
  if (path == "/redirect") return with("HTTP/1.1 302 Found\r\nLocation: /ok\r\n", "");
  if (path == "/large") return with("HTTP/1.1 200 OK\r\n", std::string(1001, 'x'));
  if (path == "/fits") return with("HTTP/1.1 200 OK\r\n", std::string(1000, 'x'));
  if (path == "/head")
    return "HTTP/1.1 200 OK\r\nX: " + std::string(kErrandHeadBytesMax, 'x') + "\r\n\r\n";
  if (path == "/garbage") return "what?\r\n\r\n";
  if (path == "/cut")
    return "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nshort";
  if (path == "/switch") {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nheard";
  }
  if (path == "/missing") return with("HTTP/1.1 404 Not Found\r\nX-Why:  because \r\n", "no");
  return with("HTTP/1.1 200 OK\r\n", request);
}

/// One request with its body (Content-Length), one answer; then the next.
Task<void> serve_http(std::unique_ptr<Stream> stream) {
  std::string received;
  std::array<char, 4096> room{};
  while (true) {
    const Transfer got = co_await stream->read(room, kNever);
    if (got.fault != StreamFault::none) co_return;
    received.append(room.data(), got.bytes);
    if (received[0] == '\x16') received = "GET /garbage HTTP/1.1\r\n\r\n";  // a TLS handshake
    const std::size_t end = received.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    const std::size_t field = received.find("Content-Length: ");
    const std::size_t body =
        field == std::string::npos ? 0 : std::stoul(received.substr(field + 16));
    if (received.size() < end + 4 + body) continue;
    const std::string answer = answer_to(std::exchange(received, {}));
    const std::string_view parts[] = {answer};
    co_await stream->write(parts, kNever);
    if (answer.find("Connection: close") != std::string::npos) co_return;
    if (answer.starts_with("what?")) co_return;
  }
}

class HttpServer final : public ConnectionHandler {
 public:
  HttpServer() : acceptor_({&reactor_}, census_, nullptr) {
    place = *acceptor_.listen(loopback(), *this);
    acceptor_.start();
    thread_ = std::thread([this] { reactor_.run(); });
  }
  ~HttpServer() {
    acceptor_.stop();
    reactor_.post([this] { reactor_.nursery().when_empty([this] { reactor_.stop(); }); });
    thread_.join();
  }
  void connected(Reactor& reactor, std::unique_ptr<Stream> stream) override {
    reactor.nursery().start(serve_http(std::move(stream)));
  }
  std::string url(const std::string& path) const { return "http://" + place.text() + path; }

  Endpoint place;

 private:
  SystemClock clock_;
  ConnectionCensus census_{{}};
  EpollReactor reactor_{0, clock_};
  Acceptor acceptor_;
  std::thread thread_;
};

ErrandResult send_and_wait(Errands& errands, Errand errand) {
  std::promise<ErrandResult> promise;
  auto future = promise.get_future();
  errands.send(std::move(errand), [&promise](ErrandResult r) { promise.set_value(std::move(r)); });
  return future.get();
}

TEST(CurlErrands, CarriesMethodFieldsAndBodyAndBringsTheAnswer) {
  const HttpServer server;
  CurlErrands errands;
  const ErrandResult answer = send_and_wait(
      errands,
      {.method = "POST",
       .url = server.url("/echo?a=b"),
       .fields = {{"X-Api-Key", "k"}, {"X-Empty", ""}, {"Content-Type", "application/json"}},
       .body = "{\"out\":false}"});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  for (const char* want : {"POST /echo?a=b HTTP/1.1\r\n", "X-Api-Key: k\r\n", "X-Empty:\r\n",
                           "Content-Type: application/json\r\n", "User-Agent: tollhouse\r\n",
                           "\r\n\r\n{\"out\":false}"}) {
    EXPECT_NE(answer->body.find(want), std::string::npos) << want << " in " << answer->body;
  }
  EXPECT_EQ(answer->body.find("Expect"), std::string::npos);
  const ErrandResult missing = send_and_wait(errands, {.url = server.url("/missing")});
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->status, 404);
  ASSERT_FALSE(missing->fields.empty());
  EXPECT_EQ(missing->fields[0].name, "X-Why");
  EXPECT_EQ(missing->fields[0].value, "because");
}

TEST(Requirement, R_SEC_3_OutboundIsBoundedVerifiedAndNeverRedirected) {
  const HttpServer server;
  CurlErrands errands;
  Endpoint nobody;
  {
    const Descriptor listener = listen_here();
    nobody = name_of(listener);
  }
  struct Case {
    const char* name;
    std::string url;
    std::optional<ErrandFault> want;
  };
  const Case kCases[] = {
      {"as large as allowed", server.url("/fits"), std::nullopt},
      {"one byte more", server.url("/large"), ErrandFault::too_large},
      {"head too large", server.url("/head"), ErrandFault::too_large},
      {"slow", server.url("/slow"), ErrandFault::timed_out},
      {"redirect", server.url("/redirect"), ErrandFault::redirected},
      {"no HTTP", server.url("/garbage"), ErrandFault::protocol},
      {"broken off", server.url("/cut"), ErrandFault::protocol},
      {"nobody there", "http://" + nobody.text() + "/", ErrandFault::refused},
      {"TLS to one who has none", "https://" + server.place.text() + "/", ErrandFault::tls},
      {"plain to a name", "http://example.com/", ErrandFault::not_allowed},
      {"plain to an address", "http://192.0.2.1/", ErrandFault::not_allowed},
      {"private address", "https://10.0.0.1/", ErrandFault::not_allowed},
      {"metadata address", "https://169.254.169.254/latest", ErrandFault::not_allowed},
      {"another scheme", "file:///etc/passwd", ErrandFault::not_allowed},
      {"no scheme", "127.0.0.1/", ErrandFault::not_allowed},
      {"user in URL", "https://a:b@127.0.0.1/", ErrandFault::not_allowed},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const bool slow = c.want == ErrandFault::timed_out;
    const ErrandResult answer =
        send_and_wait(errands, {.url = c.url, .timeout = slow ? 30ms : 20s, .bytes_max = 1000});
    const auto got = answer ? std::nullopt : std::optional(answer.error());
    EXPECT_EQ(got, c.want) << (got ? to_text(*got) : "answered");
  }
}

TEST(CurlErrands, WhoListensHasTheFirstBytesOfAPeerThatGoesOnTalking) {
  const HttpServer server;
  CurlErrands errands;
  const auto listen = [&](const char* path, std::size_t enough) {
    return send_and_wait(errands, {.url = server.url(path),
                                   .fields = {{"Connection", "Upgrade"}, {"Upgrade", "x"}},
                                   .timeout = 20s,
                                   .bytes_enough = enough});
  };
  // The connection stays open on that side: only the bytes end the wait.
  const ErrandResult heard = listen("/switch", 2);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->status, 101);
  EXPECT_EQ(heard->body.substr(0, 2), "he");
  const ErrandResult refused = listen("/missing", 2);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 404);
  EXPECT_EQ(
      send_and_wait(errands, {.url = server.url("/switch"), .timeout = 30ms, .bytes_enough = 100})
          .error(),
      ErrandFault::timed_out);
}

TEST(CurlErrands, RefusesByRuleBeforeAnyLookUp) {
  struct Case {
    const char* name;
    Errand errand;
  };
  const Case kCases[] = {
      {"plain to a name", {.url = "http://wallet.invalid/"}},
      {"plain, loopback look-alike", {.url = "http://127.0.0.1.invalid/"}},
      {"plain, localhost as user", {.url = "http://localhost@wallet.invalid/"}},
      {"loopback from the network", {.url = "https://127.0.0.1/", .allow_loopback = false}},
      {"localhost from the network", {.url = "https://localhost/", .allow_loopback = false}},
      {"line end in a field", {.url = "https://127.0.0.1/", .fields = {{"A", "b\r\nC: d"}}}},
      {"line end in a name", {.url = "https://127.0.0.1/", .fields = {{"A\n", "b"}}}},
      {"blank in the method", {.method = "GET /", .url = "https://127.0.0.1/"}},
      {"NUL in the URL", {.url = std::string("https://127.0.0.1/\0x", 20)}},
  };
  CurlErrands errands;
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    std::optional<ErrandFault> fault;
    errands.send(c.errand, [&](ErrandResult result) { fault = result.error(); });
    EXPECT_EQ(fault, ErrandFault::not_allowed) << "answered inside the call";
  }
}

Task<void> ask(Reactor& reactor, Errands& errands, std::string url, Tick deadline,
               std::vector<std::string>& order, std::string name) {
  Reply<ErrandResult> reply(reactor);
  Errand errand;
  errand.url = std::move(url);
  errands.send(std::move(errand), reply.sender());
  const std::optional<ErrandResult> answer = co_await reply.until(deadline);
  order.push_back(name + (answer ? " answered" : " timed out"));
}

TEST(Requirement, R_CORE_8_AnErrandNeverHoldsUpItsReactor) {
  Loop loop;
  const HttpServer server;
  CurlErrands errands;
  std::vector<std::string> order;
  loop.reactor.nursery().start(
      ask(loop.reactor, errands, server.url("/slow"), loop.clock.tick() + 200ms, order, "slow"));
  loop.reactor.nursery().start(
      ask(loop.reactor, errands, server.url("/ok"), loop.late(), order, "quick"));
  loop.finish();
  EXPECT_EQ(order, (std::vector<std::string>{"quick answered", "slow timed out"}));
}

TEST(CurlErrands, AnswersEachErrandOnceAlsoWhenItEnds) {
  const HttpServer server;
  constexpr std::size_t kBeyond = kErrandsRunningMax + kErrandsWaitingMax + 1;
  std::atomic<std::size_t> refused{0}, answered{0};
  std::size_t refused_at_once = 0;
  {
    CurlErrands errands;
    for (std::size_t i = 0; i < kBeyond; ++i) {
      errands.send({.url = server.url("/slow"), .timeout = 60s},
                   [&](ErrandResult result) { (result ? answered : refused).fetch_add(1); });
    }
    refused_at_once = refused.load();
  }
  EXPECT_GE(refused_at_once, 1u);
  EXPECT_EQ(refused, kBeyond);
  EXPECT_EQ(answered, 0u);
}

// --- Names ---

class HandClock final : public Clock {
 public:
  Time now() const override { return {}; }
  Tick tick() const override { return Tick(Duration(nanoseconds.load())); }
  std::atomic<std::int64_t> nanoseconds{1};
};

Resolved resolve_and_wait(Resolver& resolver, std::string_view host, std::uint16_t port) {
  std::promise<Resolved> promise;
  auto future = promise.get_future();
  resolver.resolve(host, port, [&promise](Resolved r) { promise.set_value(std::move(r)); });
  return future.get();
}

TEST(ThreadResolver, RemembersNamesForAWhileAndNeedsNoneForLiterals) {
  const HandClock clock;
  HandClock& hand = const_cast<HandClock&>(clock);
  std::atomic<int> lookups{0};
  ThreadResolver resolver(clock, [&](const std::string& host) -> Resolved {
    ++lookups;
    if (host == "gone") return refuse(ResolveFault::no_such_name);
    return std::vector<Endpoint>{Endpoint::ipv4({192, 0, 2, 1}, 0)};
  });
  EXPECT_EQ((*resolve_and_wait(resolver, "::1", 7))[0].text(), "[::1]:7");
  EXPECT_EQ(lookups, 0);
  EXPECT_EQ((*resolve_and_wait(resolver, "up", 80))[0].text(), "192.0.2.1:80");
  EXPECT_EQ((*resolve_and_wait(resolver, "up", 81))[0].text(), "192.0.2.1:81");
  EXPECT_EQ(resolve_and_wait(resolver, "gone", 1).error(), ResolveFault::no_such_name);
  EXPECT_EQ(resolve_and_wait(resolver, "gone", 1).error(), ResolveFault::no_such_name);
  EXPECT_EQ(lookups, 2);
  hand.nanoseconds += kNameFaultLife.count();
  EXPECT_FALSE(resolve_and_wait(resolver, "gone", 1));
  EXPECT_EQ(lookups, 3);
  hand.nanoseconds += kNameLife.count();
  EXPECT_TRUE(resolve_and_wait(resolver, "up", 80));
  EXPECT_EQ(lookups, 4);
  for (std::size_t i = 0; i <= kNamesMax; ++i) {
    EXPECT_TRUE(resolve_and_wait(resolver, "n" + std::to_string(i), 1));
  }
}

TEST(ThreadResolver, AnswersWhatWaitsWhenItEnds) {
  const SystemClock clock;
  std::promise<void> entered, leave;
  std::vector<std::optional<ResolveFault>> faults(2);
  {
    ThreadResolver resolver(clock, [&](const std::string& host) -> Resolved {
      // The second name may still be looked up before the end is seen.
      if (host == "name0") {
        entered.set_value();
        leave.get_future().wait();
      }
      return refuse(ResolveFault::no_such_name);
    });
    for (std::size_t i = 0; i < 2; ++i) {
      resolver.resolve("name" + std::to_string(i), 1,
                       [&faults, i](Resolved r) { faults[i] = r.error(); });
    }
    entered.get_future().wait();
    leave.set_value();
  }
  EXPECT_EQ(faults[0], ResolveFault::no_such_name);
  EXPECT_TRUE(faults[1].has_value());
}

TEST(ThreadResolver, AsksTheSystem) {
  const SystemClock clock;
  ThreadResolver resolver(clock);
  const Resolved answer = resolve_and_wait(resolver, "localhost", 80);
  ASSERT_TRUE(answer);
  EXPECT_TRUE((*answer)[0].is_loopback());
}

}  // namespace
}  // namespace tollhouse::io::test
