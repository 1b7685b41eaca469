// pow: looking for a nonce, batch by batch, in one thread. Where digits, padding and length stand
// is settled once, so that a nonce costs one compression whatever the prefix. Spec: pow.md 5.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "pow/kernel.h"
#include "pow/limits.h"

namespace tollhouse::pow {

struct Found {
  std::string nonce;  ///< decimal digits, the first is not zero
  Digest hash;        ///< SHA-256 of prefix and nonce
};

/// Nonces of one sub-puzzle, or one share of them: shares never meet. All nonces of a search have
/// the same number of digits.
class Search {
 public:
  /// A nonce that is a number to the other side, as LiveAuth's, fits 63 bits.
  static constexpr unsigned kNumberDigitsMax = 18;

  ///  prefix      what is hashed before the nonce (Puzzle::prefix)
  ///  share       0 to shares - 1
  ///  digits_max  kNumberDigitsMax to kNonceCharactersMax
  Search(const std::string& prefix, unsigned bits, unsigned share = 0, unsigned shares = 1,
         unsigned digits_max = kNonceCharactersMax);

  /// Tries up to kBatch nonces more. `kernel` runs here.
  std::optional<Found> step(Kernel kernel);

  std::uint64_t tried() const { return tried_; }
  /// Every nonce of this share has been tried: 10^11 and more among all shares.
  bool exhausted() const { return high_ >= high_end_; }

 private:
  void lay_out();
  void write_high();
  void write_middle();
  void advance();
  std::optional<Found> step_in_place(Kernel kernel);
  std::optional<Found> step_across();
  std::string nonce_with(std::uint32_t low) const;

  unsigned bits_;
  unsigned shares_;
  unsigned digits_max_;
  std::string prefix_;
  std::uint64_t whole_ = 0;   ///< bytes of the prefix in whole blocks
  ChainingValue midstate_{};  ///< behind them
  std::string nonce_;         ///< the last four digits are not kept up to date
  bool across_ = false;       ///< digits and padding do not fit: two compressions, the slow way
  Block block_;
  std::uint64_t high_ = 0;  ///< digits in front of the last eight, but for the first of all
  std::uint64_t high_end_ = 0;
  std::uint32_t middle_ = 0;  ///< the four digits before the last four
  std::uint32_t low_ = 0;     ///< where the next batch begins
  std::uint64_t tried_ = 0;
};

/// The whole search of one sub-puzzle in this thread. Nothing after `hashes_max`.
std::optional<Found> search(const std::string& prefix, unsigned bits, Kernel kernel,
                            std::uint64_t hashes_max);

}  // namespace tollhouse::pow
