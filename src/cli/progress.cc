// cli: progress of long commands.
#include "cli/progress.h"

#include <utility>

#include "base/format.h"

namespace tollhouse::cli {
namespace {

constexpr Duration kSilent = std::chrono::milliseconds(500);
constexpr Duration kRedrawn = std::chrono::milliseconds(100);
constexpr Duration kLines = std::chrono::seconds(10);
/// Back to the margin, and what stands there goes.
constexpr std::string_view kClearLine = "\r\x1b[K";

}  // namespace

Progress::Progress(std::string what, const Clock& clock, const Terminal& terminal)
    : what_(std::move(what)),
      clock_(clock),
      terminal_(terminal),
      begun_(clock.tick()),
      next_(begun_ + (terminal.error_is_terminal() ? kSilent : kLines)) {}

Progress::~Progress() {
  if (drawn_) terminal_.draw(kClearLine);
}

void Progress::step() {
  ++done_;
  const Tick now = clock_.tick();
  if (now >= next_) say(counted(now), now);
}

void Progress::show(std::string_view text) {
  const Tick now = clock_.tick();
  if (now >= next_) say(text, now);
}

void Progress::say(std::string_view text, Tick now) {
  if (!terminal_.error_is_terminal()) {
    next_ = now + kLines;
    terminal_.note(text);
    return;
  }
  next_ = now + kRedrawn;
  drawn_ = true;
  terminal_.draw(std::string(kClearLine).append(text));
}

std::string Progress::counted(Tick now) const {
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  return fmt::format("{} {}, {:.0f} a second", done_, what_, static_cast<double>(done_) / seconds);
}

}  // namespace tollhouse::cli
