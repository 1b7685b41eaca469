// pow: the innermost loop of a solver: SHA-256 of one block in which one word of four decimal
// digits runs from 0000 to 9999. Several ways for several processors, all with the same answer. No
// threads. Spec: pow.md 5.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace tollhouse::pow {

/// scalar runs everywhere, the others are of x86-64.
enum class Kernel : std::uint8_t { scalar, avx2, sha_ni, avx512 };
inline constexpr Kernel kKernels[] = {Kernel::scalar, Kernel::avx2, Kernel::sha_ni, Kernel::avx512};

/// "scalar", "avx2", "sha-ni", "avx512".
std::string_view name_of(Kernel kernel);
/// Whether this processor and this build have it.
bool runs_here(Kernel kernel);

using ChainingValue = std::array<std::uint32_t, 8>;

/// What does not change within a batch.
struct Block {
  ChainingValue before{};                 ///< of the blocks in front
  std::array<std::uint32_t, 16> words{};  ///< big-endian, padding and length included
  unsigned varying = 0;                   ///< index of the word that the digits replace
  std::uint32_t limit = 0;                ///< a hit has a first hash word of at most this
};

/// Digits in a batch: 0000 to 9999.
inline constexpr std::uint32_t kBatch = 10'000;

/// The first value from `from` on whose hash is a hit; kBatch where there is none. `kernel` runs
/// here.
std::uint32_t first_hit(Kernel kernel, const Block& block, std::uint32_t from);

/// FIPS 180-4 5.3.3.
inline constexpr ChainingValue kInitialValue = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
/// One compression, for midstates.
ChainingValue compress(const ChainingValue& before, const std::array<std::uint32_t, 16>& words);

}  // namespace tollhouse::pow
