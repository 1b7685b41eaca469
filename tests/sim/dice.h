// sim: the only source of chance in a simulated world. One seed is split into a stream per concern,
// so that one more throw of one concern does not change what the others do.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/random.h"
#include "base/time.h"

namespace tollhouse::sim {

/// SplitMix64: one word of state, every seed is good.
class Dice final : public Random {
 public:
  Dice(std::uint64_t seed, std::string_view concern) : state_(seed * 0x9e3779b97f4a7c15U + 1) {
    for (const char c : concern) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    next();
  }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  /// 0 to `end` - 1; 0 for an empty range.
  std::uint64_t below(std::uint64_t end) { return end == 0 ? 0 : next() % end; }
  std::uint64_t between(std::uint64_t first, std::uint64_t last) {
    return first + below(last - first + 1);
  }
  bool one_in(std::uint64_t n) { return n != 0 && below(n) == 0; }
  bool percent(std::uint64_t n) { return below(100) < n; }
  Duration duration(Duration first, Duration last) {
    const auto span = static_cast<std::uint64_t>((last - first).count());
    return first + Duration(static_cast<std::int64_t>(below(span + 1)));
  }
  template <class List>
  auto& pick(List& list) {
    return list[below(std::size(list))];
  }
  void fill(std::span<std::uint8_t> into) override {
    for (std::uint8_t& byte : into) byte = static_cast<std::uint8_t>(next() >> 24);
  }

 private:
  std::uint64_t state_;
};

}  // namespace tollhouse::sim
