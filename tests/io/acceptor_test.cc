// Mirrors src/io/{endpoint,connection_limits,acceptor}: who is let in, how many, and that nothing
// of them stays behind.
#include "io/acceptor.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include "io/loop.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::io::test {
namespace {

// --- Endpoint ---

TEST(Endpoint, ReadsAndWritesItsText) {
  const std::pair<const char*, bool> kCases[] = {
      {"127.0.0.1:80", true},
      {"0.0.0.0:0", true},
      {"[::1]:65535", true},
      {"[2001:db8::7]:443", true},
      {"unix:/run/a b.sock", true},
      {"127.0.0.1", false},
      {"127.0.0.1:", false},
      {"127.0.0.1:65536", false},
      {"127.0.0.1:+1", false},
      {"127.0.0.1:1x", false},
      {"127.0.0.1.1:1", false},
      {"127.1:1", false},
      {"::1:80", false},
      {"[127.0.0.1]:80", false},
      {"[::1:80", false},
      {"localhost:80", false},
      {"unix:", false},
      {"", false},
      {":80", false},
      {"[]:80", false},
  };
  for (const auto& [text, good] : kCases) {
    SCOPED_TRACE(text);
    const auto endpoint = Endpoint::parse(text);
    EXPECT_EQ(endpoint.has_value(), good);
    if (endpoint) {
      EXPECT_EQ(endpoint->text(), text);
    }
  }
  EXPECT_FALSE(Endpoint::parse("unix:" + std::string(108, 'x')));
  EXPECT_TRUE(Endpoint::parse("unix:" + std::string(107, 'x')));
}

TEST(Requirement, R_SEC_6_Ipv6ClientsAreGroupedBy64) {
  const auto of = [](std::string_view text) {
    return Endpoint::parse_address(text, 1)->client_class();
  };
  EXPECT_EQ(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
  EXPECT_EQ(of("2001:db8:1:2::1"), "2001:db8:1:2::/64");
  EXPECT_EQ(of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(of("::ffff:192.0.2.7"), "192.0.2.7") << "mapped addresses are IPv4";
  EXPECT_EQ(Endpoint::unix_path_at("/x").client_class(), "unix");
}

TEST(Endpoint, KnowsLoopbackAndPrivateRanges) {
  struct Case {
    const char* address;
    bool loopback;
    bool is_private;
  };
  const Case kCases[] = {
      {"127.0.0.1", true, false},
      {"127.255.255.255", true, false},
      {"::1", true, false},
      {"::ffff:127.0.0.1", true, false},
      {"10.1.2.3", false, true},
      {"172.16.0.1", false, true},
      {"172.32.0.1", false, false},
      {"192.168.1.1", false, true},
      {"169.254.169.254", false, true},
      {"100.64.0.1", false, true},
      {"100.128.0.1", false, false},
      {"0.0.0.0", false, true},
      {"224.0.0.1", false, true},
      {"255.255.255.255", false, true},
      {"1.1.1.1", false, false},
      {"fe80::1", false, true},
      {"fd00::1", false, true},
      {"fd00:ec2::254", false, true},
      {"::", false, true},
      {"ff02::1", false, true},
      {"2606:4700::1111", false, false},
      {"64:ff9b::a00:1", false, true},
      {"2002:a00:1::", false, true},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.address);
    const auto endpoint = Endpoint::parse_address(c.address, 0);
    ASSERT_TRUE(endpoint);
    EXPECT_EQ(endpoint->is_loopback(), c.loopback);
    EXPECT_EQ(endpoint->is_private(), c.is_private);
  }
}

// --- Census and budget ---

TEST(ConnectionCensus, AdmitsUpToItsLimitsAndGivesPlacesBack) {
  ConnectionCensus census({.total = 4, .per_client = 2});
  auto first = census.admit("a");
  auto second = census.admit("a");
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(census.admit("a")) << "n + 1 of one client";
  auto third = census.admit("b");
  auto fourth = census.admit("c");
  EXPECT_TRUE(third && fourth);
  EXPECT_TRUE(census.full());
  EXPECT_FALSE(census.admit("d")) << "n + 1 of all";
  ConnectionTicket moved = std::move(*first);
  first.reset();
  EXPECT_EQ(census.total(), 4u);
  moved.give_back();
  moved.give_back();
  EXPECT_EQ(census.total(), 3u);
  auto again = census.admit("a");
  EXPECT_TRUE(again);
}

TEST(DescriptorBudget, PausesAt95PercentAndResumesBelow90) {
  DescriptorBudget budget(100);
  for (int i = 0; i < 94; ++i) budget.take();
  EXPECT_FALSE(budget.above_pause());
  budget.take();
  EXPECT_TRUE(budget.above_pause());
  for (int i = 0; i < 5; ++i) budget.give_back();
  EXPECT_FALSE(budget.below_resume()) << "at 90 %";
  budget.give_back();
  EXPECT_TRUE(budget.below_resume());
  EXPECT_EQ(connections_for(1000), 800u);
  EXPECT_EQ(connections_for(1'000'000), kConnectionsMax);
}

// --- Acceptor ---

Task<void> greet_and_echo(std::unique_ptr<Stream> stream) {
  const std::string_view greeting[] = {"h"};
  co_await stream->write(greeting, kNever);
  std::array<char, 512> room{};
  while (true) {
    const Transfer got = co_await stream->read(room, kNever);
    if (got.fault != StreamFault::none) co_return;
    const std::string_view echo[] = {{room.data(), got.bytes}};
    co_await stream->write(echo, kNever);
  }
}

class Echo final : public ConnectionHandler {
 public:
  void connected(Reactor& reactor, std::unique_ptr<Stream> stream) override {
    per_reactor.at(reactor.index()).fetch_add(1);
    reactor.nursery().start(greet_and_echo(std::move(stream)));
  }
  std::array<std::atomic<int>, 2> per_reactor{};
};

/// Two reactors on threads of their own, an acceptor before them.
class House {
 public:
  explicit House(ConnectionLimits limits = {}, std::size_t descriptors = 18'000)
      : census(limits), budget(descriptors), acceptor({&one, &two}, census, &budget) {
    place = *acceptor.listen(loopback(), echo);
    acceptor.start();
    threads.emplace_back([this] { one.run(); });
    threads.emplace_back([this] { two.run(); });
  }
  ~House() {
    acceptor.stop();
    for (EpollReactor* reactor : {&one, &two}) {
      reactor->post([reactor] { reactor->nursery().when_empty([reactor] { reactor->stop(); }); });
    }
    for (std::thread& thread : threads) thread.join();
  }
  static char greeting(const Descriptor& socket) {
    char first = '-';
    return ::recv(socket.number(), &first, 1, 0) == 1 ? first : '-';
  }

  SystemClock clock;
  ConnectionCensus census;
  DescriptorBudget budget;
  EpollReactor one{0, clock, &budget};
  EpollReactor two{1, clock, &budget};
  Echo echo;
  Acceptor acceptor;
  Endpoint place;
  std::vector<std::thread> threads;
};

TEST(Acceptor, HandsConnectionsToTheReactorsInTurn) {
  House house;
  std::vector<Descriptor> callers;
  for (int i = 0; i < 10; ++i) {
    callers.push_back(call(house.place));
    EXPECT_EQ(House::greeting(callers.back()), 'h');
  }
  EXPECT_EQ(house.echo.per_reactor[0], 5);
  EXPECT_EQ(house.echo.per_reactor[1], 5);
  for (const Descriptor& caller : callers) {
    ASSERT_EQ(::send(caller.number(), "ping", 4, 0), 4);
    std::array<char, 4> back{};
    EXPECT_EQ(::recv(caller.number(), back.data(), 4, MSG_WAITALL), 4);
    EXPECT_EQ(std::string_view(back.data(), 4), "ping");
  }
}

TEST(Acceptor, ClosesWhatOneClientOpensBeyondItsShare) {
  House house({.total = 100, .per_client = 3});
  std::vector<Descriptor> callers;
  for (const char want : {'h', 'h', 'h', '-', '-'}) {
    callers.push_back(call(house.place));
    EXPECT_EQ(House::greeting(callers.back()), want);
  }
  EXPECT_EQ(house.acceptor.counts().closed_per_client, 2u);
  callers[0].close();
  EXPECT_TRUE(eventually([&] { return house.census.total() == 2; }));
  callers.push_back(call(house.place));
  EXPECT_EQ(House::greeting(callers.back()), 'h') << "a place given back is used again";
}

TEST(Acceptor, PausesAtTheTotalAndGoesOnWhenAPlaceIsFree) {
  House house({.total = 2, .per_client = 10});
  Descriptor first = call(house.place);
  const Descriptor second = call(house.place);
  EXPECT_EQ(House::greeting(first), 'h');
  EXPECT_EQ(House::greeting(second), 'h');
  const Descriptor third = call(house.place);
  EXPECT_TRUE(eventually([&] { return house.acceptor.counts().pauses == 1; }));
  EXPECT_EQ(house.acceptor.counts().accepted, 2u);
  first.close();
  EXPECT_EQ(House::greeting(third), 'h') << "it waited in the kernel";
  EXPECT_EQ(house.acceptor.counts().closed_per_client, 0u);
}

TEST(Acceptor, PausesAt95PercentOfTheDescriptors) {
  House house({}, 100);
  for (int i = 0; i < 94; ++i) house.budget.take();
  const Descriptor first = call(house.place);
  EXPECT_EQ(House::greeting(first), 'h') << "the 95th";
  const Descriptor second = call(house.place);
  EXPECT_TRUE(eventually([&] { return house.acceptor.counts().pauses == 1; }));
  EXPECT_EQ(house.acceptor.counts().accepted, 1u);
  for (int i = 0; i < 94; ++i) house.budget.give_back();
  EXPECT_EQ(House::greeting(second), 'h');
}

TEST(Acceptor, RestsWhenTheKernelHasNoDescriptorAndGoesOn) {
  House house;
  const Descriptor warm = call(house.place);
  EXPECT_EQ(House::greeting(warm), 'h');
  house.acceptor.pause(true);
  const Descriptor caller = call(house.place);
  std::vector<Descriptor> taken;
  for (Descriptor next(::dup(0)); next.open(); next = Descriptor(::dup(0))) {
    taken.push_back(std::move(next));
  }
  house.acceptor.pause(false);
  EXPECT_TRUE(eventually([&] { return house.acceptor.counts().pauses >= 2; }));
  taken.clear();
  EXPECT_EQ(House::greeting(caller), 'h');
}

TEST(Acceptor, PausesAndGoesOnAtItsOwnersWord) {
  House house;
  house.acceptor.pause(true);
  const Descriptor caller = call(house.place);
  house.acceptor.pause(false);
  EXPECT_EQ(House::greeting(caller), 'h');
}

TEST(Acceptor, AfterStopNobodyConnects) {
  House house;
  house.acceptor.stop();
  const SocketAddress address(house.place);
  const Descriptor caller(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_NE(::connect(caller.number(), address.get(), address.size()), 0);
}

TEST(Acceptor, SaysWhyItCannotListen) {
  const tollhouse::test::OwnFolder folder;
  SystemClock clock;
  EpollReactor reactor(0, clock);
  ConnectionCensus census({});
  Acceptor acceptor({&reactor}, census, nullptr);
  Echo echo;
  const auto bound = acceptor.listen(loopback(), echo);
  ASSERT_TRUE(bound);
  EXPECT_NE(bound->port, 0);
  EXPECT_EQ(acceptor.listen(*bound, echo).error(), ListenFault::in_use);
  EXPECT_EQ(acceptor.listen(Endpoint::ipv4({192, 0, 2, 1}, 0), echo).error(),
            ListenFault::not_local);
  EXPECT_EQ(acceptor.listen(Endpoint::unix_path_at("/nonexistent/x"), echo).error(),
            ListenFault::not_local);
  EXPECT_FALSE(acceptor.listen_on(Descriptor(::socket(AF_INET, SOCK_STREAM, 0)), echo));
  EXPECT_TRUE(acceptor.listen_on(listen_here(), echo));
}

TEST(Acceptor, AUnixSocketIsPrivateReplacesAStaleOneAndIsRemoved) {
  const tollhouse::test::OwnFolder folder;
  const Endpoint at = Endpoint::unix_path_at((folder.path() / "admin.sock").string());
  SystemClock clock;
  EpollReactor reactor(0, clock);
  ConnectionCensus census({});
  Echo echo;
  const SocketAddress address(at);
  {
    const Descriptor left_behind(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::bind(left_behind.number(), address.get(), address.size()), 0);
  }
  Acceptor acceptor({&reactor}, census, nullptr);
  ASSERT_TRUE(acceptor.listen(at, echo));
  struct stat status{};
  ASSERT_EQ(::stat(at.path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  Acceptor second({&reactor}, census, nullptr);
  EXPECT_EQ(second.listen(at, echo).error(), ListenFault::in_use) << "one that is used stays";
  acceptor.stop();
  EXPECT_NE(::stat(at.path.c_str(), &status), 0);
}

TEST(Acceptor, ThousandsOfConnectionsLeaveNoDescriptorBehind) {
  const std::size_t before = open_descriptors();
  {
    House house({.total = 3000, .per_client = 3000});
    for (int round = 0; round < 4; ++round) {
      std::vector<Descriptor> callers;
      for (int i = 0; i < 1000; ++i) callers.push_back(call(house.place));
      for (const Descriptor& caller : callers) ASSERT_EQ(House::greeting(caller), 'h');
      EXPECT_EQ(house.census.total(), 1000u);
      EXPECT_EQ(house.one.open_streams() + house.two.open_streams(), 1000u);
      for (std::size_t i = 0; i < callers.size(); ++i) {
        const linger hard{1, 0};
        if (i % 2 == 0) setsockopt(callers[i].number(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
      }
      callers.clear();
      ASSERT_TRUE(eventually([&] { return house.census.total() == 0; }));
    }
    EXPECT_EQ(house.budget.used(), 0u);
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace tollhouse::io::test
