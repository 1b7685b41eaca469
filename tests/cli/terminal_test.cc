// tests/cli: what a terminal gets and a pipe does not (ux-and-ops.md 1.3): progress, QR codes,
// signs beyond ASCII.
#include <sstream>

#include "captured.h"
#include "cli/progress.h"
#include "cli/qr.h"
#include "support/precompiled.h"

namespace tollhouse::cli {
namespace {

using namespace std::chrono_literals;

// An example of BOLT 11: 2500 microbitcoin for a cup of coffee.
constexpr const char* kInvoice =
    "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqq"
    "syq"
    "cyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla"
    "2087"
    "ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh";

class ClockByHand final : public Clock {
 public:
  Tick at{1h};
  Time now() const override { return Time(at.time_since_epoch()); }
  Tick tick() const override { return at; }
};

struct Told {
  std::string out, error;
  Terminal terminal(StreamTraits traits) {
    Terminal::Streams streams;
    streams.out = [this](std::string_view text) { out += text; };
    streams.error = [this](std::string_view text) { error += text; };
    streams.out_traits = streams.error_traits = traits;
    return {std::move(streams), {}};
  }
};

TEST(Progress, OnATerminalAfterHalfASecondAndTenTimesASecond) {
  Told told;
  const Terminal terminal = told.terminal({.terminal = true});
  ClockByHand clock;
  {
    Progress progress("receipts", clock, terminal);
    for (int i = 0; i < 499; ++i, clock.at += 1ms) progress.step();
    EXPECT_EQ(told.error, "") << "short work is not talked about";
    for (int i = 0; i < 1001; ++i, clock.at += 1ms) progress.step();
    std::size_t draws = 0;
    for (const char c : told.error) draws += c == '\r';
    EXPECT_GE(draws, 10U);
    EXPECT_LE(draws, 11U);
    EXPECT_NE(told.error.find("1401 receipts, 1001 a second"), std::string::npos) << told.error;
    EXPECT_EQ(told.error.find('\n'), std::string::npos);
  }
  EXPECT_TRUE(told.error.ends_with("\r\x1b[K")) << "what follows stands at the margin";
  EXPECT_EQ(told.out, "");
}

TEST(Progress, ElsewhereALineEachTenSeconds) {
  Told told;
  const Terminal terminal = told.terminal({});
  ClockByHand clock;
  {
    Progress progress("charges", clock, terminal);
    for (int i = 0; i < 25; ++i, clock.at += 1s) progress.step();
  }
  EXPECT_EQ(told.error, "11 charges, 1 a second\n21 charges, 1 a second\n");
}

/// The rows of a drawing as light (1) and dark (0), read back out of any ink.
std::vector<std::string> modules_of(const std::string& drawing, QrInk ink) {
  std::vector<std::string> rows;
  std::istringstream lines(drawing);
  for (std::string line; std::getline(lines, line);) {
    if (ink == QrInk::ascii) {
      std::string row;
      for (std::size_t x = 0; x < line.size(); x += 2) row += line[x] == '#' ? '1' : '0';
      rows.push_back(row);
      continue;
    }
    std::string upper, lower;
    if (ink == QrInk::coloured) {
      EXPECT_TRUE(line.starts_with("\x1b[30;107m") && line.ends_with("\x1b[0m"));
      line = line.substr(9, line.size() - 13);
    }
    for (std::size_t at = 0; at < line.size();) {
      const std::string sign = line[at] == ' ' ? " " : line.substr(at, 3);
      at += sign.size();
      upper += sign == "█" || sign == "▀" ? '1' : '0';
      lower += sign == "█" || sign == "▄" ? '1' : '0';
    }
    for (std::string* row : {&upper, &lower}) {
      if (ink == QrInk::coloured)
        for (char& module : *row) module = module == '1' ? '0' : '1';
      rows.push_back(*row);
    }
  }
  return rows;
}

TEST(Qr, EachInkDrawsTheSameCode) {
  const auto ascii = modules_of(*qr_text(kInvoice, QrInk::ascii), QrInk::ascii);
  ASSERT_FALSE(ascii.empty());
  const std::size_t size = ascii.size();
  EXPECT_EQ((size - 8 - 17) % 4, 0U) << "a version's size, and a quiet zone of four";
  for (const std::string& row : ascii) EXPECT_EQ(row.size(), size);
  for (std::size_t y = 0; y < 4; ++y) {
    EXPECT_EQ(ascii[y], std::string(size, '1'));
    EXPECT_EQ(ascii[size - 1 - y], std::string(size, '1'));
  }
  for (const auto& [x, y] :
       {std::pair(4UL, 4UL), std::pair(size - 11, 4UL), std::pair(4UL, size - 11)}) {
    const char* finder[] = {"0000000", "0111110", "0100010", "0100010",
                            "0100010", "0111110", "0000000"};
    for (std::size_t row = 0; row < 7; ++row) EXPECT_EQ(ascii[y + row].substr(x, 7), finder[row]);
  }
  // Error level M: 00 over the mask 10 of the format bits (ISO/IEC 18004, 7.9); dark is 1.
  EXPECT_EQ(ascii[12].substr(4, 2), "01");
  for (const QrInk ink : {QrInk::coloured, QrInk::blocks}) {
    auto rows = modules_of(*qr_text(kInvoice, ink), ink);
    if (rows.size() > size) rows.pop_back();
    EXPECT_EQ(rows, ascii);
  }
  EXPECT_EQ(qr_text(std::string(5000, 'x'), QrInk::ascii), std::nullopt);
}

TEST(Qr, OnATerminalWithRoomOnly) {
  const auto shown = [](StreamTraits traits, std::vector<std::string> arguments) {
    return run_captured(std::move(arguments), {}, {}, traits).out;
  };
  const StreamTraits wide{.terminal = true};
  EXPECT_NE(shown(wide, {"inspect", kInvoice}).find("█"), std::string::npos);
  EXPECT_NE(
      shown({.terminal = true, .utf8 = false, .columns = 160}, {"inspect", kInvoice}).find("##"),
      std::string::npos);
  EXPECT_NE(shown({.terminal = true, .colour = true}, {"inspect", kInvoice}).find("\x1b[30;107m"),
            std::string::npos);
  for (const std::string& text :
       {shown({}, {"inspect", kInvoice}), shown(wide, {"inspect", "--json", kInvoice}),
        shown({.terminal = true, .columns = 40}, {"inspect", kInvoice}),
        shown(wide, {"inspect", std::string(kInvoice) + "q"})}) {
    EXPECT_EQ(text.find("█"), std::string::npos) << text;
    EXPECT_EQ(text.find("##"), std::string::npos) << text;
  }
}

TEST(Terminal, OnlyItsOwnSignsBecomeAsciiWhereTheLocaleIsNotUtf8) {
  Told told;
  const Terminal narrow = told.terminal({.terminal = true, .utf8 = false});
  narrow.line("a · b… ü");
  EXPECT_EQ(told.out, "a - b... ü\n");
  const Terminal pipe = told.terminal({.terminal = false, .utf8 = false});
  pipe.note("a · b…");
  EXPECT_EQ(told.error, "a · b…\n");
}

}  // namespace
}  // namespace tollhouse::cli
