// base: randomness port. Keys, preimages and ids come from here and nowhere else.
#pragma once
#include <cstdint>
#include <span>

namespace tollhouse {

class Random {
 public:
  virtual ~Random() = default;
  /// Fills with bytes no stranger can predict. The machine's source never fails: it ends the
  /// program instead of giving weak bytes.
  virtual void fill(std::span<std::uint8_t> into) = 0;
};

/// getrandom(2).
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> into) override;
};

}  // namespace tollhouse
