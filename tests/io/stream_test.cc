// Mirrors src/io/{stream,epoll_stream,epoll_reactor}: bytes over real sockets, and each way that
// waiting for them ends.
#include "io/loop.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::io::test {
namespace {

Task<void> read_once(Stream& stream, std::span<char> into, Tick deadline,
                     std::optional<Transfer>& got) {
  const Transfer transfer = co_await stream.read(into, deadline);
  got = transfer;
}

Task<void> wait_once(Stream& stream, Tick deadline, std::optional<StreamFault>& got) {
  const StreamFault fault = co_await stream.wait_readable(deadline);
  got = fault;
}

Task<void> write_once(Stream& stream, std::span<const std::string_view> parts, Tick deadline,
                      std::optional<Transfer>& got) {
  const Transfer transfer = co_await stream.write(parts, deadline);
  got = transfer;
}

Task<void> read_all(Stream& stream, std::size_t room, std::string& into, StreamFault& fault) {
  std::string buffer(room, '\0');
  while (true) {
    const Transfer got = co_await stream.read(buffer, kNever);
    into.append(buffer, 0, got.bytes);
    fault = got.fault;
    if (got.fault != StreamFault::none) co_return;
  }
}

std::string pattern(std::size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < std::min<std::size_t>(bytes, 10'007); i = (i + 7) % 26) {
    text += static_cast<char>('a' + i);
  }
  while (text.size() < bytes) text += text.substr(0, bytes - text.size());
  return text;
}

TEST(Stream, ReadsWhatArrivesThenTheEnd) {
  Loop loop;
  Pair pair(loop.reactor);
  std::string got;
  StreamFault fault{};
  loop.reactor.nursery().start(read_all(*pair.stream, 5, got, fault));
  pair.send("hello ");
  pair.send("world");
  loop.turns();
  EXPECT_EQ(got, "hello world");
  pair.peer.close();
  loop.finish();
  EXPECT_EQ(fault, StreamFault::end);
}

TEST(Stream, ReadsBytesAndEndThatCameTogether) {
  for (const std::size_t room : {1u, 5u, 64u}) {
    SCOPED_TRACE(room);
    Loop loop;
    Pair pair(loop.reactor);
    pair.send("hello");
    pair.peer.close();
    std::string got;
    StreamFault fault{};
    loop.run(read_all(*pair.stream, room, got, fault));
    EXPECT_EQ(got, "hello");
    EXPECT_EQ(fault, StreamFault::end);
  }
}

TEST(Stream, SaysWhenTheConnectionIsReset) {
  Loop loop;
  Pair pair(loop.reactor);
  pair.reset();
  std::array<char, 8> room{};
  std::optional<Transfer> got;
  loop.run(read_once(*pair.stream, room, loop.late(), got));
  EXPECT_EQ(got->fault, StreamFault::reset);
  const std::string_view parts[] = {"x"};
  loop.run(write_once(*pair.stream, parts, loop.late(), got));
  EXPECT_EQ(got->fault, StreamFault::reset) << "and no SIGPIPE";
}

TEST(Stream, WritesAllPartsInOrderAlsoEmptyOnes) {
  Loop loop;
  Pair pair(loop.reactor);
  std::vector<std::string> texts;
  std::string all;
  for (std::size_t i = 0; i < 3 * kPartsPerWrite; ++i) {
    texts.push_back(i % 5 == 0 ? "" : pattern(i));
    all += texts.back();
  }
  const std::vector<std::string_view> parts(texts.begin(), texts.end());
  std::optional<Transfer> got;
  loop.run(write_once(*pair.stream, parts, loop.late(), got));
  EXPECT_EQ(got->bytes, all.size());
  EXPECT_EQ(pair.receive(all.size()), all);
  const std::string_view nothing[] = {"", ""};
  loop.run(write_once(*pair.stream, nothing, loop.late(), got));
  EXPECT_EQ(got->bytes, 0u);
  EXPECT_EQ(got->fault, StreamFault::none);
  EXPECT_TRUE(pair.stream->unacknowledged().has_value());
}

TEST(Stream, CarriesMoreThanTheKernelHoldsInBothDirectionsAtOnce) {
  Loop loop;
  Pair pair(loop.reactor, false);
  EpollStream other(loop.reactor, std::move(pair.peer), loopback(), {}, nullptr);
  const std::string text = pattern(9 * 1024 * 1024 + 17);
  const std::string_view parts[] = {std::string_view(text).substr(0, 1000),
                                    std::string_view(text).substr(1000)};
  std::optional<Transfer> sent, sent_back;
  std::string got, got_back;
  StreamFault fault{}, fault_back{};
  loop.reactor.nursery().start(read_all(other, 30'000, got, fault));
  loop.reactor.nursery().start(read_all(*pair.stream, 70'000, got_back, fault_back));
  loop.reactor.nursery().start(write_once(*pair.stream, parts, loop.late(), sent));
  loop.reactor.nursery().start(write_once(other, parts, loop.late(), sent_back));
  while (!sent || !sent_back) loop.turns(1);
  pair.stream->shutdown_write();
  other.shutdown_write();
  loop.finish();
  EXPECT_TRUE(got == text);
  EXPECT_TRUE(got_back == text);
  EXPECT_EQ(sent->bytes, text.size());
}

TEST(Stream, ADeadlineLeavesItUsable) {
  Loop loop;
  Pair pair(loop.reactor);
  std::array<char, 8> room{};
  std::optional<Transfer> got;
  const Tick deadline = loop.soon();
  loop.run(read_once(*pair.stream, room, deadline, got));
  EXPECT_EQ(got->fault, StreamFault::timed_out);
  EXPECT_GE(loop.clock.tick(), deadline);
  std::optional<StreamFault> ready;
  loop.run(wait_once(*pair.stream, loop.soon(), ready));
  EXPECT_EQ(ready, StreamFault::timed_out);
  pair.send("ok");
  loop.run(wait_once(*pair.stream, loop.late(), ready));
  EXPECT_EQ(ready, StreamFault::none);
  loop.run(read_once(*pair.stream, room, loop.late(), got));
  EXPECT_EQ(got->bytes, 2u);
}

TEST(Stream, AWriteThatTimesOutSaysHowFarItCame) {
  Loop loop;
  Pair pair(loop.reactor);
  const std::string text = pattern(32 * 1024 * 1024);
  const std::string_view parts[] = {text};
  std::optional<Transfer> sent;
  loop.run(write_once(*pair.stream, parts, loop.soon(), sent));
  ASSERT_EQ(sent->fault, StreamFault::timed_out);
  ASSERT_GT(sent->bytes, 0u);
  ASSERT_LT(sent->bytes, text.size());
  const std::string_view rest[] = {std::string_view(text).substr(sent->bytes)};
  std::thread reader([&] { EXPECT_TRUE(pair.receive(text.size()) == text); });
  loop.run(write_once(*pair.stream, rest, loop.late(), sent));
  reader.join();
  EXPECT_EQ(sent->fault, StreamFault::none);
}

TEST(Stream, CancelEndsWhatWaitsFromTheLoopNotInsideTheCall) {
  Loop loop;
  Pair pair(loop.reactor);
  std::array<char, 8> room{};
  const std::string text = pattern(32 * 1024 * 1024);
  const std::string_view parts[] = {text};
  std::optional<Transfer> got, sent;
  loop.reactor.nursery().start(read_once(*pair.stream, room, kNever, got));
  loop.reactor.nursery().start(write_once(*pair.stream, parts, kNever, sent));
  loop.turns();
  EXPECT_FALSE(got || sent);
  pair.stream->cancel();
  EXPECT_FALSE(got || sent);
  loop.finish();
  EXPECT_EQ(got->fault, StreamFault::cancelled);
  EXPECT_EQ(sent->fault, StreamFault::cancelled);
  EXPECT_GT(sent->bytes, 0u);
  pair.stream->cancel();
  pair.send("x");
  loop.run(read_once(*pair.stream, room, loop.late(), got));
  EXPECT_EQ(got->bytes, 1u) << "a cancel with nothing pending is forgotten";
}

TEST(Stream, ClosingOrDestroyingItCancelsWhatWaits) {
  for (const bool destroy : {false, true}) {
    Loop loop;
    Pair pair(loop.reactor);
    std::array<char, 8> room{};
    std::optional<Transfer> got;
    loop.reactor.nursery().start(read_once(*pair.stream, room, kNever, got));
    if (destroy) pair.stream.reset();
    if (!destroy) pair.stream->close();
    loop.finish();
    EXPECT_EQ(got->fault, StreamFault::cancelled);
    EXPECT_EQ(pair.receive(1), "") << "the peer sees the end";
    if (destroy) continue;
    loop.run(read_once(*pair.stream, room, loop.late(), got));
    EXPECT_EQ(got->fault, StreamFault::cancelled) << "and nothing works afterwards";
  }
}

TEST(Stream, AnAbandonedReaderLeavesTheStreamToTheNext) {
  Loop loop;
  Pair pair(loop.reactor);
  std::array<char, 8> room{};
  std::optional<Transfer> got;
  loop.reactor.nursery().start(read_once(*pair.stream, room, loop.soon(), got));
  loop.reactor.nursery().abandon();
  pair.send("x");
  loop.run(read_once(*pair.stream, room, loop.late(), got));
  EXPECT_EQ(got->bytes, 1u);
}

// --- Hang-up ---

struct Listener final : Hangup {
  explicit Listener(Loop& owner) : loop(owner) {}
  void peer_gone() override {
    ++told;
    loop.reactor.stop();
  }
  Loop& loop;
  int told = 0;
};

TEST(Hangup, IsSeenWhileNobodyReads) {
  for (const bool by_reset : {false, true}) {
    Loop loop;
    Pair pair(loop.reactor);
    Listener listener(loop);
    pair.stream->listen_hangup(&listener);
    pair.send("unread");
    loop.turns();
    EXPECT_EQ(listener.told, 0);
    if (by_reset) pair.reset();
    if (!by_reset) pair.peer.close();
    loop.reactor.run();
    EXPECT_EQ(listener.told, 1);
    loop.turns();
    EXPECT_EQ(listener.told, 1) << "at most once";
  }
}

TEST(Hangup, IsToldSoonWhenItHappenedBefore) {
  Loop loop;
  Pair pair(loop.reactor);
  pair.peer.close();
  std::optional<StreamFault> ready;
  loop.run(wait_once(*pair.stream, loop.late(), ready));
  EXPECT_EQ(ready, StreamFault::end);
  Listener listener(loop);
  pair.stream->listen_hangup(&listener);
  EXPECT_EQ(listener.told, 0) << "not inside the call";
  loop.reactor.run();
  EXPECT_EQ(listener.told, 1);
}

TEST(Hangup, IsNotToldToWhoNoLongerListens) {
  Loop loop;
  Pair pair(loop.reactor);
  Listener listener(loop);
  pair.stream->listen_hangup(&listener);
  pair.peer.close();
  std::optional<StreamFault> ready;
  loop.run(wait_once(*pair.stream, loop.late(), ready));
  Listener second(loop);
  pair.stream->listen_hangup(&second);
  pair.stream->listen_hangup(nullptr);
  loop.turns();
  EXPECT_EQ(second.told, 0);
}

TEST(Stream, IsQuietUntilSomethingArrives) {
  Loop loop;
  Pair pair(loop.reactor);
  loop.turns();
  EXPECT_TRUE(pair.stream->quiet());
  std::array<char, 4> room{};
  std::optional<Transfer> got;
  pair.send("full");
  loop.run(read_once(*pair.stream, room, loop.late(), got));
  EXPECT_EQ(got->bytes, 4u);
  EXPECT_TRUE(pair.stream->quiet()) << "a read that filled its buffer proves nothing by itself";
  pair.send("surplus");
  loop.turns();
  EXPECT_FALSE(pair.stream->quiet());
  Pair closed(loop.reactor);
  closed.peer.close();
  loop.turns();
  EXPECT_FALSE(closed.stream->quiet());
}

Task<void> read_many(Stream& stream, std::size_t wanted, std::size_t& bytes) {
  std::array<char, 1024> room{};
  while (bytes < wanted) {
    const Transfer got = co_await stream.read(room, kNever);
    if (got.fault != StreamFault::none) co_return;
    bytes += got.bytes;
  }
}

Task<void> note_progress(Stream& stream, const std::size_t& bytes, std::size_t& noted) {
  std::array<char, 8> room{};
  co_await stream.read(room, kNever);
  noted = bytes;
}

TEST(Stream, OneBusyPeerDoesNotStarveTheOthers) {
  Loop loop;
  Pair busy(loop.reactor);
  Pair modest(loop.reactor);
  const std::string text = pattern(1024 * 1024);
  std::thread sender([&] { busy.send(text); });
  std::size_t bytes = 0;
  std::size_t noted = 0;
  loop.reactor.nursery().start(read_many(*busy.stream, text.size(), bytes));
  loop.reactor.nursery().start(note_progress(*modest.stream, bytes, noted));
  modest.send("x");
  loop.finish();
  sender.join();
  EXPECT_EQ(bytes, text.size());
  EXPECT_LE(noted, 2 * kReadsPerTurn * 1024);
}

// --- Connecting ---

Task<void> connect_once(Reactor& reactor, Endpoint to, Tick deadline,
                        std::optional<Connected>& into) {
  Connected connected = co_await reactor.connect(to, deadline);
  into = std::move(connected);
}

TEST(Connect, ReachesWhoListens) {
  const tollhouse::test::OwnFolder folder;
  for (const bool by_path : {false, true}) {
    Loop loop;
    Descriptor listener = listen_here();
    Endpoint to = name_of(listener);
    if (by_path) {
      to = Endpoint::unix_path_at((folder.path() / "socket").string());
      const SocketAddress address(to);
      listener = Descriptor(::socket(AF_UNIX, SOCK_STREAM, 0));
      ASSERT_EQ(::bind(listener.number(), address.get(), address.size()), 0);
      ASSERT_EQ(::listen(listener.number(), 8), 0);
    }
    std::optional<Connected> connected;
    loop.run(connect_once(loop.reactor, to, loop.late(), connected));
    ASSERT_TRUE(connected->has_value());
    Stream& stream = ***connected;
    EXPECT_EQ(stream.peer(), to);
    const Descriptor accepted(::accept(listener.number(), nullptr, nullptr));
    ASSERT_EQ(::send(accepted.number(), "hi", 2, 0), 2);
    std::array<char, 8> room{};
    std::optional<Transfer> got;
    loop.run(read_once(stream, room, loop.late(), got));
    EXPECT_EQ(got->bytes, 2u);
    connected.reset();
    EXPECT_EQ(loop.reactor.open_streams(), 0u);
  }
}

TEST(Connect, SaysWhyNot) {
  Loop loop;
  std::optional<Connected> connected;
  Endpoint nobody;
  {
    const Descriptor listener = listen_here();
    nobody = name_of(listener);
  }
  loop.run(connect_once(loop.reactor, nobody, loop.late(), connected));
  EXPECT_EQ(connected->error(), ConnectFault::refused);
  const Endpoint no_file = Endpoint::unix_path_at("/nonexistent/socket");
  loop.run(connect_once(loop.reactor, no_file, loop.late(), connected));
  EXPECT_EQ(connected->error(), ConnectFault::refused);
  const Endpoint broadcast = Endpoint::ipv4({255, 255, 255, 255}, 9);
  loop.run(connect_once(loop.reactor, broadcast, loop.late(), connected));
  EXPECT_EQ(connected->error(), ConnectFault::unreachable);
  EXPECT_EQ(loop.reactor.open_streams(), 0u);
}

TEST(Connect, TimesOutWhereNobodyAnswers) {
  Loop loop;
  // A full queue of a listener that never accepts: further SYNs are dropped.
  const Descriptor listener = listen_here(0);
  const SocketAddress address(name_of(listener));
  std::vector<Descriptor> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    std::ignore = ::connect(waiting.back().number(), address.get(), address.size());
  }
  std::optional<Connected> connected;
  loop.run(connect_once(loop.reactor, name_of(listener), loop.soon(), connected));
  EXPECT_EQ(connected->error(), ConnectFault::timed_out);
  EXPECT_EQ(loop.reactor.open_streams(), 0u);
  loop.reactor.nursery().start(
      connect_once(loop.reactor, name_of(listener), loop.late(), connected));
  EXPECT_EQ(loop.reactor.open_streams(), 1u);
  loop.reactor.nursery().abandon();
  EXPECT_EQ(loop.reactor.open_streams(), 0u);
}

TEST(Connect, TellsWhenDescriptorsHaveRunOut) {
  Loop loop;
  const Descriptor listener = listen_here();
  std::vector<Descriptor> taken;
  for (Descriptor next(::dup(0)); next.open(); next = Descriptor(::dup(0))) {
    taken.push_back(std::move(next));
  }
  std::optional<Connected> connected;
  loop.run(connect_once(loop.reactor, name_of(listener), loop.late(), connected));
  taken.clear();
  EXPECT_EQ(connected->error(), ConnectFault::no_descriptors);
}

}  // namespace
}  // namespace tollhouse::io::test
