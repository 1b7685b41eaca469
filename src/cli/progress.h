// cli: how far a long command is (ux-and-ops.md 1.3): nothing for half a second; then on a terminal
// one line that is drawn over, at most ten times a second; elsewhere a line every ten seconds.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "cli/terminal.h"

namespace tollhouse::cli {

class Progress {
 public:
  /// `what`: "charges". `clock` and `terminal` outlive it.
  Progress(std::string what, const Clock& clock, const Terminal& terminal);
  /// Clears its line, so that what follows stands at the margin.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// One more is done.
  void step();
  /// For what is not counted one by one: says `text` where something is due.
  void show(std::string_view text);

 private:
  void say(std::string_view text, Tick now);
  std::string counted(Tick now) const;

  const std::string what_;
  const Clock& clock_;
  const Terminal& terminal_;
  const Tick begun_;
  Tick next_;
  std::uint64_t done_ = 0;
  bool drawn_ = false;
};

}  // namespace tollhouse::cli
