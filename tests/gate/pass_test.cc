// tests/gate/pass_test.cc: what a call on a pass costs the gate, counted over a real loop: SHA-256
// blocks at the border to libcrypto, allocations at operator new (DESIGN.md 9).
#define OPENSSL_SUPPRESS_DEPRECATED
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <openssl/sha.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <new>
#include <thread>

#include "base/base64.h"
#include "base/hex.h"
#include "gate/worker.h"
#include "io/acceptor.h"
#include "io/epoll_reactor.h"
#include "json/reader.h"
#include "lightning/simulated.h"
#include "pow/verify.h"
#include "pow/work.h"
#include "support/precompiled.h"

namespace {

thread_local bool counting = false;
std::atomic<std::uint64_t> blocks{0};
std::atomic<std::uint64_t> allocations{0};

std::uint64_t pending_bytes(const SHA256_CTX* context) { return context->num; }

}  // namespace

// The program's own definitions stand before the library's.
extern "C" int SHA256_Update(SHA256_CTX* context, const void* data, std::size_t size) {
  static const auto real = reinterpret_cast<int (*)(SHA256_CTX*, const void*, std::size_t)>(
      dlsym(RTLD_NEXT, "SHA256_Update"));
  if (counting) blocks += (pending_bytes(context) + size) / 64;
  return real(context, data, size);
}
extern "C" int SHA256_Final(unsigned char* digest, SHA256_CTX* context) {
  static const auto real =
      reinterpret_cast<int (*)(unsigned char*, SHA256_CTX*)>(dlsym(RTLD_NEXT, "SHA256_Final"));
  if (counting) blocks += pending_bytes(context) + 9 > 64 ? 2 : 1;
  return real(digest, context);
}
extern "C" void SHA256_Transform(SHA256_CTX* context, const unsigned char* data) {
  static const auto real = reinterpret_cast<void (*)(SHA256_CTX*, const unsigned char*)>(
      dlsym(RTLD_NEXT, "SHA256_Transform"));
  if (counting) ++blocks;
  real(context, data);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TOLLHOUSE_ALLOCATIONS_COUNTED 0
#endif
#endif
#ifndef TOLLHOUSE_ALLOCATIONS_COUNTED
#define TOLLHOUSE_ALLOCATIONS_COUNTED 1
void* operator new(std::size_t size) {
  if (counting) ++allocations;
  void* made = std::malloc(size);
  if (made == nullptr) throw std::bad_alloc();
  return made;
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
#endif

namespace tollhouse::gate {
namespace {

/// Books that take everything at once, or nothing.
class AgreeableStore final : public ledger::Store {
 public:
  void apply(ledger::Operation, ledger::AnswerTo answer) override {
    ++asked;
    if (full) return answer(refuse(ledger::Fault::disk_full));
    answer(ledger::Done{});
  }
  Result<ledger::Opening, ledger::Fault> load(
      const std::function<void(const ledger::SpentRow&)>&) override {
    return ledger::Opening{};
  }
  ledger::Health health() const override { return ledger::Health::good; }

  std::atomic<std::uint64_t> asked{0};
  std::atomic<bool> full{false};
};

int listen_here(std::uint16_t& port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ::bind(socket, reinterpret_cast<sockaddr*>(&at), size);
  ::listen(socket, 16);
  getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size);
  port = ntohs(at.sin_port);
  return socket;
}

int call_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{20, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  return socket;
}

/// One message with Content-Length off a blocking socket.
std::string read_message(int socket) {
  std::string text;
  char piece[16384];
  while (true) {
    const std::size_t end = text.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t at = text.find("Content-Length: ");
      const std::size_t length = at < end ? std::stoul(text.substr(at + 16)) : 0;
      if (text.size() >= end + 4 + length) return text;
    }
    const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
    if (got <= 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
  }
}

class UpstreamThread {
 public:
  UpstreamThread() : listener_(listen_here(port)) {
    thread_ = std::thread([this] {
      const std::string body = R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})";
      const std::string answer =
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
          std::to_string(body.size()) + "\r\n\r\n" + body;
      const int socket = ::accept(listener_, nullptr, nullptr);
      while (!read_message(socket).empty()) {
        if (::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) <= 0) break;
      }
      ::close(socket);
    });
  }
  ~UpstreamThread() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::uint16_t port = 0;

 private:
  int listener_;
  std::thread thread_;
};

constexpr const char* kByWork = "by-work-and-with-a-long-name";
constexpr const char* kByBoth = "by-both-and-charged-on-attempt";
constexpr std::uint8_t kBits = 4;

/// A gate with one worker on a loop of its own thread.
class SmallGate final : public io::ConnectionHandler {
 public:
  explicit SmallGate(std::uint16_t upstream_port)
      : curve(random),
        receipts{receipt::Key(receipt_key), "", {}},
        wallet(Secret(Bytes(32, 7)), clock, random, [](Duration, auto) {}),
        open(policy.limits),
        by_client(1000, std::chrono::minutes(1)),
        in_all(1000, std::chrono::minutes(1)),
        failures(1000, std::chrono::minutes(1)),
        metrics(1, {"pass"}),
        reactor(0, clock) {
    Route route;
    route.path = "/mcp";
    route.upstream.host = "127.0.0.1";
    route.upstream.path = "/mcp";
    route.upstream.authority = "127.0.0.1";
    ToolRow row;
    row.name = "pass";
    row.id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    row.terms.price = *Msat::of_sat(10);
    row.terms.uses = 0;
    row.terms.valid_for = std::chrono::hours(1);
    route.rows.push_back(row);
    row.name = kByWork;
    row.terms = Terms();
    row.terms.work = WorkTerms{};
    row.terms.work->bits = kBits;
    route.rows.push_back(row);
    row.name = kByBoth;
    row.terms.work->with_price = true;
    row.terms.price = *Msat::of_sat(10);
    row.terms.charge_on = ChargeOn::attempt;
    route.rows.push_back(row);
    policy.routes.push_back(std::move(route));
    policy.routes.back().index_rows();
    const std::array<std::uint8_t, 32> master{1, 2, 3};
    keys.add(1, master);
    house.emplace(clock, random, log, curve, holds, store, lives, wallet, open, by_client, in_all,
                  failures, metrics);
    rules = std::make_shared<const Rules>(
        Rules{policy, keys, receipts, {io::Endpoint::ipv4({127, 0, 0, 1}, upstream_port)}});
    worker.emplace(*house, reactor, router, rules);
    listener_ = listen_here(port);
    thread_ = std::thread([this] { reactor.run(); });
  }
  ~SmallGate() {
    reactor.post([this] {
      house->draining = true;
      worker->begin_drain();
      reactor.nursery().when_empty([this] { reactor.stop(); });
    });
    thread_.join();
    ::close(listener_);
  }
  void connected(io::Reactor&, std::unique_ptr<io::Stream> stream) override {
    worker->accept(std::move(stream));
  }
  int connect() {
    const int caller = call_to(port);
    const int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    reactor.adopt(io::Descriptor(accepted), io::Endpoint::ipv4({127, 0, 0, 1}, 1), *this);
    return caller;
  }
  /// From now on, or no longer, the loop's thread is counted.
  void count(bool on) {
    std::atomic<bool> done{false};
    reactor.post([&] {
      counting = on;
      done = true;
      done.notify_all();
    });
    done.wait(false);
  }

  SystemClock clock;
  SystemRandom random;
  SilentLog log;
  Policy policy;
  l402::RootKeys keys;
  crypto::Secp256k1 curve;
  std::array<std::uint8_t, 32> receipt_key{9};
  ReceiptSettings receipts;
  ledger::HoldTable holds;
  AgreeableStore store;
  ledger::ClockGuard lives;
  lightning::SimulatedWallet wallet;
  OpenChallenges open;
  RateTable by_client;
  RateTable in_all;
  RateTable failures;
  Metrics metrics;
  std::shared_ptr<const Rules> rules;
  std::optional<House> house;
  Router router;
  io::EpollReactor reactor;
  std::optional<Worker> worker;
  std::uint16_t port = 0;

 private:
  int listener_;
  std::thread thread_;
};

std::string member(const std::string& text, std::string_view name) {
  const std::string begin = "\"" + std::string(name) + "\":\"";
  const std::size_t at = text.find(begin) + begin.size();
  return text.substr(at, text.find('"', at) - at);
}

TEST(Budget, R_CORE_12_ACallOnAPassCostsAtMost24BlocksAnd4AllocationsAndNoBooks) {
  UpstreamThread upstream;
  SmallGate gate(upstream.port);
  const std::string body =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pass","arguments":{}}})";
  const auto request = [&](const std::string& fields) {
    return "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  const int caller = gate.connect();
  const auto ask = [&](const std::string& text) {
    EXPECT_EQ(::send(caller, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
    return read_message(caller);
  };
  const std::string asked = ask(request(""));
  ASSERT_TRUE(asked.starts_with("HTTP/1.1 402 ")) << asked;
  const auto paid = gate.wallet.pay(member(asked, "invoice"));
  ASSERT_TRUE(paid);
  const std::string shown = request("Authorization: L402 " + member(asked, "macaroon") + ":" +
                                    hex(paid->preimage.reveal()) + "\r\n");
  for (int i = 0; i < 10; ++i) {  // first showing, connections, buffers
    const std::string answer = ask(shown);
    ASSERT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  }
  // A chain that has to be checked, so that what counts blocks is seen to count.
  std::string forged = member(asked, "macaroon");
  forged[forged.size() - 8] = forged[forged.size() - 8] == 'A' ? 'B' : 'A';
  const std::string forgery =
      request("Authorization: L402 " + forged + ":" + hex(paid->preimage.reveal()) + "\r\n");
  gate.count(true);
  blocks = 0;
  EXPECT_TRUE(ask(forgery).starts_with("HTTP/1.1 401 "));
  gate.count(false);
  const std::uint64_t blocks_of_a_forgery = blocks;
  constexpr std::uint64_t kCalls = 100;
  gate.count(true);
  blocks = allocations = 0;
  const std::uint64_t asked_before = gate.store.asked;
  for (std::uint64_t i = 0; i < kCalls; ++i) ask(shown);
  gate.count(false);
  const double blocks_a_call = static_cast<double>(blocks) / kCalls;
  const double allocations_a_call = static_cast<double>(allocations) / kCalls;
  RecordProperty("sha256_blocks_per_call", std::to_string(blocks_a_call));
  RecordProperty("allocations_per_call", std::to_string(allocations_a_call));
  std::printf("a call on a pass: %.2f SHA-256 blocks, %.2f allocations\n", blocks_a_call,
              allocations_a_call);
  // What is waited for is the upstream alone: no disk, no wallet.
  EXPECT_EQ(gate.store.asked, asked_before);
  EXPECT_LE(blocks_a_call, 24);
  EXPECT_GT(blocks_of_a_forgery, 10) << "the counter counts nothing";
  if (TOLLHOUSE_ALLOCATIONS_COUNTED != 0) EXPECT_LE(allocations_a_call, 4);
  ::close(caller);
}

/// One connection to a small gate, and what is asked on it.
class Calling {
 public:
  explicit Calling(SmallGate& gate) : socket_(gate.connect()) {}
  ~Calling() { ::close(socket_); }
  std::string ask(const std::string& tool, const std::string& fields) const {
    const std::string body = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":")" +
                             tool + R"(","arguments":{}}})";
    const std::string text =
        "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + fields +
        "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    EXPECT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
    return read_message(socket_);
  }

 private:
  int socket_;
};

std::string challenge_in(const std::string& refusal) {
  constexpr std::string_view kBegin = "PoW challenge=\"";
  const std::size_t at = refusal.find(kBegin);
  return at == std::string::npos ? "" : refusal.substr(at + kBegin.size(), 64);
}

std::string solution_field(const std::string& challenge, const std::string& nonce) {
  return "X-PoW-Solution: challenge=" + challenge + ",nonce=" + nonce + "\r\n";
}

TEST(Budget, R_POW_15_AChallengeThatIsNotOursAllocatesNoMoreThanTextThatIsNone) {
  UpstreamThread upstream;
  SmallGate gate(upstream.port);
  const Calling caller(gate);
  const std::string asked = caller.ask(kByWork, "");
  std::string forged = challenge_in(asked);
  ASSERT_EQ(forged.size(), 64U) << asked;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  const auto allocations_of = [&](const std::string& fields, std::string_view code) {
    for (int i = 0; i < 3; ++i) caller.ask(kByWork, fields);  // buffers and tables
    gate.count(true);
    allocations = 0;
    const std::string answer = caller.ask(kByWork, fields);
    gate.count(false);
    EXPECT_NE(answer.find(code), std::string::npos) << answer;
    return allocations.load();
  };
  const std::uint64_t of_no_text =
      allocations_of("X-PoW-Solution: challenge=" + forged + "\r\n", "pow_malformed");
  const std::uint64_t of_forgery = allocations_of(solution_field(forged, "12"), "pow_bad_mac");
  if (TOLLHOUSE_ALLOCATIONS_COUNTED != 0) EXPECT_EQ(of_forgery, of_no_text);
}

TEST(Budget, R_POW_9_BooksThatTakeNoChargeAheadGiveTheWorkBack) {
  UpstreamThread upstream;
  SmallGate gate(upstream.port);
  const Calling caller(gate);
  const std::string asked = caller.ask(kByBoth, "");
  const auto paid = gate.wallet.pay(member(asked, "invoice"));
  ASSERT_TRUE(paid) << asked;
  const std::string challenge = challenge_in(asked);
  unsigned nonce = 0;
  while (pow::leading_zero_bits(pow::work_hash(challenge, std::to_string(nonce))) < kBits) ++nonce;
  const std::string shown = "Authorization: L402 " + member(asked, "macaroon") + ":" +
                            hex(paid->preimage.reveal()) + "\r\n" +
                            solution_field(challenge, std::to_string(nonce));
  gate.store.full = true;
  const std::string refused = caller.ask(kByBoth, shown);
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
  gate.store.full = false;
  const std::string answer = caller.ask(kByBoth, shown);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
}

}  // namespace
}  // namespace tollhouse::gate
