// Mirrors src/io/{log_sink,log_line,signals}: a line is a line whatever it holds, and no writer
// waits.
#include "io/log_sink.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "io/loop.h"
#include "io/signals.h"
#include "support/precompiled.h"

namespace tollhouse::io::test {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    read_end = Descriptor(ends[0]);
    write_end = Descriptor(ends[1]);
  }
  std::string read_all() {
    std::string text;
    std::array<char, 65536> room{};
    for (ssize_t got; (got = ::read(read_end.number(), room.data(), room.size())) > 0;) {
      text.append(room.data(), static_cast<std::size_t>(got));
    }
    return text;
  }
  Descriptor read_end, write_end;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

const SystemClock kClock;

TEST(LogSink, WritesTypedJsonLines) {
  Pipe pipe;
  {
    const auto log = make_log({.descriptor = pipe.write_end.number()}, kClock);
    log->write(LogLevel::info, "settled", "A call was charged.",
               {{"tollhouse.price_msat", std::uint64_t{18'446'744'073'709'551'615u}},
                {"offset", std::int64_t{-3}},
                {"ratio", 0.5},
                {"free", false},
                {"client.address", std::string_view("\u00fc\U0001f600")}});
    log->write(LogLevel::debug, "hidden", "Below the level.", {});
    EXPECT_FALSE(log->enabled(LogLevel::debug));
  }
  pipe.write_end.close();
  const auto lines = lines_of(pipe.read_all());
  ASSERT_EQ(lines.size(), 1u) << "a pipe is no terminal: JSON; destruction prints what is queued";
  const auto line = nlohmann::json::parse(lines[0]);
  EXPECT_TRUE(time_from_rfc3339(line["@timestamp"].get<std::string>()));
  EXPECT_EQ(line["@timestamp"].get<std::string>().size(), 27u) << "microseconds";
  EXPECT_EQ(line["log.level"], "info");
  EXPECT_EQ(line["event"], "settled");
  EXPECT_EQ(line["message"], "A call was charged.");
  EXPECT_EQ(line["tollhouse.price_msat"].get<std::uint64_t>(), 18'446'744'073'709'551'615u);
  EXPECT_EQ(line["offset"], -3);
  EXPECT_EQ(line["ratio"], 0.5);
  EXPECT_EQ(line["free"], false);
  EXPECT_EQ(line["client.address"], "\u00fc\U0001f600");
}

RC_GTEST_PROP(LogSink, AnyTextStaysInItsLineAndInItsMember, (const std::string& text)) {
  const LogField field{"value", std::string_view(text)};
  const std::string json = json_line(Time{}, LogLevel::error, "e", text, {&field, 1});
  const auto parsed = nlohmann::json::parse(json);
  RC_ASSERT(parsed.size() == 5u);
  const std::string plain = text_line(Time{}, LogLevel::error, "e", text, {&field, 1});
  for (const std::string& line : {json, plain}) {
    const bool printable =
        std::all_of(line.begin(), line.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
    RC_ASSERT(printable);
  }
}

TEST(LogSink, EscapesWhatCouldForgeALine) {
  struct Case {
    std::string text;
    const char* json;
  };
  const Case kCases[] = {
      {"a\nb", R"("a\u000ab")"},
      {"\x1b[2J", R"("\u001b[2J")"},
      {"\"}\r{", R"("\"}\u000d{")"},
      {"\\", R"("\\")"},
      {"\xff", R"("\ufffd")"},
      {std::string("\0", 1), R"("\u0000")"},
      {"\x7f", R"("\u007f")"},
      {"\u2028", R"("\u2028")"},
      {"\U0001f600", R"("\ud83d\ude00")"},
  };
  for (const Case& c : kCases) {
    const LogField field{"v", std::string_view(c.text)};
    const std::string line = json_line(Time{}, LogLevel::info, "e", "m", {&field, 1});
    EXPECT_NE(line.find(std::string("\"v\":") + c.json + "}"), std::string::npos) << line;
    const std::string text = text_line(Time{}, LogLevel::info, "e", "m", {&field, 1});
    EXPECT_NE(text.find(std::string("v=") + c.json), std::string::npos) << text;
  }
  const std::string long_text(kLogValueBytesMax + 1, 'x');
  const LogField field{"v", std::string_view(long_text)};
  const std::string line = json_line(Time{}, LogLevel::info, "e", "m", {&field, 1});
  EXPECT_NE(line.find("x...\"}"), std::string::npos);
  EXPECT_LT(line.size(), kLogValueBytesMax + 200);
}

TEST(LogSink, WritesAlignedTextOnATerminal) {
  const LogField fields[] = {{"tollhouse.reason", std::string_view("expired")},
                             {"say", std::string_view("two words")},
                             {"n", std::int64_t{4}}};
  EXPECT_EQ(text_line(Time(1ms), LogLevel::warning, "refused", "Too late.", fields),
            "00:00:00.001 warning refused      Too late.  tollhouse.reason=expired  "
            "say=\"two words\"  n=4");
}

TEST(LogSink, DropsTheOldestAndCountsThemRatherThanWait) {
  constexpr std::uint64_t kWritten = 3000;
  Pipe pipe;
  std::uint64_t dropped = 0;
  std::string text;
  std::thread reader;
  {
    const auto log = make_log({.descriptor = pipe.write_end.number(), .lines_max = 16}, kClock);
    const std::string filler(200, 'x');
    for (std::uint64_t i = 0; i < kWritten; ++i) {
      log->write(LogLevel::info, "line", filler, {{"i", i}});  // nobody reads yet
    }
    dropped = log->dropped();
    reader = std::thread([&] { text = pipe.read_all(); });
  }
  pipe.write_end.close();
  reader.join();
  EXPECT_GT(dropped, 0u);
  const auto lines = lines_of(text);
  EXPECT_EQ(lines.size(), kWritten - dropped + 1);
  const auto last = nlohmann::json::parse(lines.at(lines.size() - 1));
  EXPECT_EQ(last["event"], "log_dropped");
  EXPECT_EQ(last["dropped"], dropped);
  const auto newest = nlohmann::json::parse(lines.at(lines.size() - 2));
  EXPECT_EQ(newest["i"], kWritten - 1) << "the newest is kept";
}

// --- Process ---

TEST(Signals, AreReadAsValuesAndBrokenPipesAreNone) {
  block_signals();
  EXPECT_EQ(wait_for_signal(Duration::zero()), std::nullopt);
  ::raise(SIGHUP);
  EXPECT_EQ(wait_for_signal(20s), Signal::reload);
  for (const int signal : {SIGTERM, SIGINT}) {
    ::raise(signal);
    EXPECT_EQ(wait_for_signal(20s), Signal::terminate);
  }
  ::raise(SIGPIPE);
}

TEST(Process, ShowsNoCoreAndTakesAllDescriptorsItMay) {
  const pid_t child = ::fork();
  if (child == 0) {
    rlimit limit{};
    const std::size_t room = raise_descriptor_limit();
    const bool raised = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == limit.rlim_max &&
                        room + kDescriptorsKeptBack == limit.rlim_cur;
    const bool quiet = forbid_core_dumps() && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
                       getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0;
    ::_exit(raised && quiet ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace tollhouse::io::test
