// sim: simulated time and what will happen in it, in one order that the seed fixes; and the trace,
// whose hash tells whether two runs were the same.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/time.h"

namespace tollhouse::sim {

/// Monotonic time moves with the scheduler; wall time can be stepped and may be coarse, as the
/// clocks of real machines are.
class SimClock final : public Clock {
 public:
  static constexpr std::int64_t kBegin = 1'800'000'000;
  Time now() const override {
    const Duration since = wall_ + tick_.time_since_epoch();
    return Time(since - since % grain_);
  }
  Tick tick() const override { return tick_; }
  void advance_to(Tick at) { tick_ = std::max(tick_, at); }
  void step_wall(Duration by) {
    wall_ += by;
    if (by < Duration::zero()) ++back_steps_;
  }
  void set_grain(Duration grain) { grain_ = grain; }
  /// How often the wall clock was set back: comparisons of two wall times hold while it is the
  /// same.
  std::uint32_t back_steps() const { return back_steps_; }

 private:
  Tick tick_{std::chrono::seconds(1000)};
  Duration wall_ = std::chrono::seconds(kBegin);
  Duration grain_{1};
  std::uint32_t back_steps_ = 0;
};

class Trace {
 public:
  static constexpr std::size_t kKept = 150;
  /// `whole`: prints each line as it comes.
  explicit Trace(const SimClock& clock, bool whole) : clock_(clock), whole_(whole) {}

  template <class... Values>
  void say(fmt::format_string<Values...> text, Values&&... values) {
    add(fmt::format(text, std::forward<Values>(values)...));
  }
  std::uint64_t hash() const { return hash_; }
  std::uint64_t lines() const { return count_; }
  std::string last_lines() const {
    std::string all;
    for (const std::string& line : lines_) all += line + '\n';
    return all;
  }

 private:
  void add(const std::string& text) {
    const std::int64_t at = clock_.tick().time_since_epoch().count();
    std::string line = fmt::format("{:>5} {:>12.6f} {}", ++count_, double(at) / 1e9, text);
    for (const char c : line) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    if (whole_) std::fputs((line + "\n").c_str(), stdout);
    lines_.push_back(std::move(line));
    if (lines_.size() > kKept) lines_.pop_front();
  }

  const SimClock& clock_;
  bool whole_;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
  std::uint64_t count_ = 0;
  std::deque<std::string> lines_;
};

/// Events by time, and in the order they were made where the times are equal.
class Scheduler {
 public:
  using Event = std::move_only_function<void()>;
  explicit Scheduler(const SimClock& clock) : clock_(clock) {}

  void after(Duration delay, Event event) { at(clock_.tick() + delay, std::move(event)); }
  void at(Tick when, Event event) {
    heap_.push_back({when, ++made_, std::move(event)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  bool empty() const { return heap_.empty(); }
  Tick next() const { return heap_.empty() ? kNever : heap_.front().at; }
  void run_next() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Event event = std::move(heap_.back().event);
    heap_.pop_back();
    event();
  }

 private:
  struct Entry {
    Tick at;
    std::uint64_t number;
    Event event;
  };
  static bool later(const Entry& a, const Entry& b) {
    return a.at != b.at ? a.at > b.at : a.number > b.number;
  }
  const SimClock& clock_;
  std::vector<Entry> heap_;
  std::uint64_t made_ = 0;
};

}  // namespace tollhouse::sim
