// tests/cli: lines over pipes, and requests that wait.
#include "cli/stdio_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "cli/connect_desk.h"
#include "support/precompiled.h"

namespace tollhouse::cli {
namespace {

class Pipe {
 public:
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read_ = io::Descriptor(ends[0]);
    write_ = io::Descriptor(ends[1]);
  }
  int read_end() const { return read_.number(); }
  int write_end() const { return write_.number(); }
  void say(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(write_end(), text.data(), text.size());
      ASSERT_GT(written, 0);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void close_writing() { write_.close(); }
  void close_reading() { read_.close(); }

 private:
  io::Descriptor read_, write_;
};

TEST(LineReader, LinesHoweverTheyAreCut) {
  Pipe pipe;
  LineReader reader(pipe.read_end());
  std::thread writer([&pipe] {
    for (const char* piece : {"on", "e\n", "two\r\nthr", "ee\n\n", "last"}) pipe.say(piece);
    pipe.close_writing();
  });
  std::string line;
  for (const char* want : {"one", "two", "three", "", "last"}) {
    EXPECT_EQ(reader.next(line), LineReader::Got::line);
    EXPECT_EQ(line, want);
  }
  EXPECT_EQ(reader.next(line), LineReader::Got::end);
  EXPECT_EQ(reader.next(line), LineReader::Got::end);
  writer.join();
}

TEST(LineReader, ALineThatIsTooLongIsSkipped) {
  Pipe pipe;
  LineReader reader(pipe.read_end());
  std::thread writer([&pipe] {
    const std::string piece(1024 * 1024, 'x');
    for (std::size_t sent = 0; sent <= kLineBytesMax + piece.size(); sent += piece.size()) {
      pipe.say(piece);
    }
    pipe.say("\nnext\n");
    pipe.close_writing();
  });
  std::string line;
  EXPECT_EQ(reader.next(line), LineReader::Got::too_long);
  EXPECT_EQ(reader.next(line), LineReader::Got::line);
  EXPECT_EQ(line, "next");
  EXPECT_EQ(reader.next(line), LineReader::Got::end);
  writer.join();
}

TEST(LineReader, StopsWhereNothingComes) {
  Pipe pipe;
  LineReader reader(pipe.read_end());
  pipe.say("half a li");
  std::thread stopper([&reader] { reader.stop(); });
  std::string line;
  EXPECT_EQ(reader.next(line), LineReader::Got::end);
  EXPECT_EQ(reader.next(line), LineReader::Got::end);
  stopper.join();
}

TEST(LineWriter, AReaderThatHasGoneIsSeen) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  LineWriter writer(pipe.write_end());
  EXPECT_TRUE(writer.write("{}"));
  pipe.close_reading();
  EXPECT_FALSE(writer.write("{}"));
  EXPECT_FALSE(writer.write("{}"));
}

dialogue::DesktopMessage request(const std::string& id) {
  dialogue::DesktopMessage message;
  message.id = id;
  return message;
}

TEST(ConnectDesk, WhatWaitsIsDoneInOrderBeforeTheEnd) {
  ConnectDesk desk;
  EXPECT_TRUE(desk.put(request("1")));
  EXPECT_TRUE(desk.put(request("2")));
  desk.close();
  EXPECT_FALSE(desk.put(request("3")));
  for (const char* id : {"1", "2"}) {
    EXPECT_EQ(desk.take()->id, id);
    EXPECT_FALSE(desk.finished());
    EXPECT_TRUE(desk.done());
  }
  EXPECT_FALSE(desk.take());
  EXPECT_TRUE(desk.finished());
}

TEST(ConnectDesk, StoppingForgetsWhatWaits) {
  ConnectDesk desk;
  desk.put(request("1"));
  desk.put(request("2"));
  EXPECT_TRUE(desk.take());
  desk.stop();
  EXPECT_TRUE(desk.done());
  EXPECT_FALSE(desk.take());
}

TEST(ConnectDesk, ACancelledRequestIsNotAskedOrNotAnswered) {
  ConnectDesk desk;
  for (const char* id : {"1", "2", "\"1\""}) desk.put(request(id));
  EXPECT_EQ(desk.take()->id, "1");
  desk.cancel("2");
  desk.cancel("1");
  EXPECT_FALSE(desk.done());
  EXPECT_EQ(desk.take()->id, "\"1\"");
  desk.cancel("1");
  EXPECT_TRUE(desk.done());
}

TEST(ConnectDesk, TakesOnlySoMany) {
  ConnectDesk desk;
  for (std::size_t i = 0; i < kWaitingRequestsMax; ++i) EXPECT_TRUE(desk.put(request("1")));
  EXPECT_FALSE(desk.put(request("1")));
  desk.take();
  EXPECT_TRUE(desk.put(request("1")));
}

}  // namespace
}  // namespace tollhouse::cli
