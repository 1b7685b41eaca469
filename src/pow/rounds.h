// pow: SHA-256's rounds over any number of lanes, for the kernels only. Everything here is inlined
// into a function that may use the processor's wider instructions, so lanes go by reference: a
// vector by value would need them at the border.
#pragma once
#include <array>
#include <cstdint>

#include "pow/kernel.h"

#if defined(__clang__)
#define TOLLHOUSE_UNROLL _Pragma("unroll")
#else
#define TOLLHOUSE_UNROLL _Pragma("GCC unroll 64")
#endif
#define TOLLHOUSE_INLINE [[gnu::always_inline]] inline

namespace tollhouse::pow {

/// FIPS 180-4 4.2.2.
alignas(64) inline constexpr std::uint32_t kRoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/// Four ASCII digits as a big-endian word, for every number; a full vector may be read behind the
/// last.
inline constexpr std::size_t kDigitWords = kBatch + 16;
constexpr std::array<std::uint32_t, kDigitWords> make_digit_words() {
  std::array<std::uint32_t, kDigitWords> words{};
  for (std::uint32_t i = 0; i < kBatch; ++i) {
    words[i] =
        0x30303030u + ((i / 1000) << 24) + ((i / 100 % 10) << 16) + ((i / 10 % 10) << 8) + i % 10;
  }
  return words;
}
alignas(64) inline constexpr std::array<std::uint32_t, kDigitWords> kDigitWordsTable =
    make_digit_words();

/// The logic functions from and, or, xor; a processor that has better ones brings its own.
template <class L>
struct PlainLogic {
  using Lanes = L;
  TOLLHOUSE_INLINE static void choose(L& out, const L& e, const L& f, const L& g) {
    out = g ^ (e & (f ^ g));
  }
  TOLLHOUSE_INLINE static void majority(L& out, const L& a, const L& b, const L& c) {
    out = (a & b) | (c & (a | b));
  }
  TOLLHOUSE_INLINE static void exclusive(L& out, const L& a, const L& b, const L& c) {
    out = a ^ b ^ c;
  }
};

/// Rotations to the right by A, B and C, together.
template <class Logic, unsigned A, unsigned B, unsigned C>
TOLLHOUSE_INLINE void big_sigma(typename Logic::Lanes& out, const typename Logic::Lanes& x) {
  const typename Logic::Lanes first = (x >> A) | (x << (32 - A));
  const typename Logic::Lanes second = (x >> B) | (x << (32 - B));
  const typename Logic::Lanes third = (x >> C) | (x << (32 - C));
  Logic::exclusive(out, first, second, third);
}

/// Rotations by A and B, a shift by C.
template <class Logic, unsigned A, unsigned B, unsigned C>
TOLLHOUSE_INLINE void small_sigma(typename Logic::Lanes& out, const typename Logic::Lanes& x) {
  const typename Logic::Lanes first = (x >> A) | (x << (32 - A));
  const typename Logic::Lanes second = (x >> B) | (x << (32 - B));
  const typename Logic::Lanes third = x >> C;
  Logic::exclusive(out, first, second, third);
}

/// One round. `word` is the word and the constant of round `t`; a to h move through `state` instead
/// of from place to place.
template <class Logic>
TOLLHOUSE_INLINE void one_round(typename Logic::Lanes (&state)[8], unsigned t,
                                const typename Logic::Lanes& word) {
  using Lanes = typename Logic::Lanes;
  const Lanes& a = state[(0 - t) & 7];
  const Lanes& e = state[(4 - t) & 7];
  Lanes& h = state[(7 - t) & 7];
  Lanes part;
  h += word;
  big_sigma<Logic, 6, 11, 25>(part, e);
  h += part;
  Logic::choose(part, e, state[(5 - t) & 7], state[(6 - t) & 7]);
  h += part;
  state[(3 - t) & 7] += h;
  big_sigma<Logic, 2, 13, 22>(part, a);
  h += part;
  Logic::majority(part, a, state[(1 - t) & 7], state[(2 - t) & 7]);
  h += part;
}

/// All 64 rounds. `words` is used up; `state` holds a to h before and after.
template <class Logic>
TOLLHOUSE_INLINE void run_rounds(typename Logic::Lanes (&state)[8],
                                 typename Logic::Lanes (&words)[16]) {
  using Lanes = typename Logic::Lanes;
  TOLLHOUSE_UNROLL
  for (unsigned t = 0; t < 64; ++t) {
    Lanes part;
    if (t >= 16) {
      small_sigma<Logic, 7, 18, 3>(part, words[(t + 1) & 15]);
      words[t & 15] += part + words[(t + 9) & 15];
      small_sigma<Logic, 17, 19, 10>(part, words[(t + 14) & 15]);
      words[t & 15] += part;
    }
    one_round<Logic>(state, t, words[t & 15] + kRoundConstants[t]);
  }
}

/// First words of the hashes of a batch, wherever the digits stand.
template <class Logic>
TOLLHOUSE_INLINE void first_words(typename Logic::Lanes& out, const Block& block,
                                  const typename Logic::Lanes& digits) {
  using Lanes = typename Logic::Lanes;
  const Lanes zero{};
  Lanes state[8];
  Lanes words[16];
  TOLLHOUSE_UNROLL
  for (unsigned i = 0; i < 8; ++i) state[i] = zero + block.before[i];
  TOLLHOUSE_UNROLL
  for (unsigned i = 0; i < 16; ++i) {
    words[i] = i == block.varying ? digits : zero + block.words[i];
  }
  run_rounds<Logic>(state, words);
  out = state[0] + block.before[0];
}

/// Which words of the schedule depend on the word `varying`.
constexpr std::array<bool, 64> varying_words(unsigned varying) {
  std::array<bool, 64> varies{};
  varies[varying] = true;
  for (unsigned t = 16; t < 64; ++t) {
    varies[t] = varies[t - 2] || varies[t - 7] || varies[t - 15] || varies[t - 16];
  }
  return varies;
}

/// Where a solver puts the digits if it can: behind a prefix of whole blocks and twelve more.
inline constexpr unsigned kUsualPlace = 3;

/// What a batch can know beforehand where word `Varying` runs: the rounds in front of it, and of
/// each word of the schedule the part that stays. A tenth of the work.
template <unsigned Varying>
struct Prepared {
  static constexpr std::array<bool, 64> kVaries = varying_words(Varying);

  std::array<std::uint32_t, 8> state{};   ///< before round Varying, in that round's places
  std::array<std::uint32_t, 64> words{};  ///< with the round's constant where nothing varies
  std::uint32_t first = 0;                ///< first word of the chaining value

  TOLLHOUSE_INLINE explicit Prepared(const Block& block) : first(block.before[0]) {
    using Plain = PlainLogic<std::uint32_t>;
    std::uint32_t values[8];
    for (unsigned i = 0; i < 8; ++i) values[i] = block.before[i];
    for (unsigned t = 0; t < 64; ++t) words[t] = t < 16 ? block.words[t] : still<Plain>(t);
    for (unsigned t = 0; t < Varying; ++t) {
      one_round<Plain>(values, t, words[t] + kRoundConstants[t]);
    }
    for (unsigned i = 0; i < 8; ++i) state[i] = values[i];
    for (unsigned t = 0; t < 64; ++t) words[t] += kVaries[t] ? 0 : kRoundConstants[t];
  }

  /// The sum of the terms of word `t` that do not vary.
  template <class Plain>
  TOLLHOUSE_INLINE std::uint32_t still(unsigned t) const {
    std::uint32_t sum = 0, part = 0;
    if (!kVaries[t - 16]) sum += words[t - 16];
    small_sigma<Plain, 7, 18, 3>(part, words[t - 15]);
    if (!kVaries[t - 15]) sum += part;
    if (!kVaries[t - 7]) sum += words[t - 7];
    small_sigma<Plain, 17, 19, 10>(part, words[t - 2]);
    if (!kVaries[t - 2]) sum += part;
    return sum;
  }
};

/// The same where the place is known to the compiler.
template <class Logic, unsigned Varying>
TOLLHOUSE_INLINE void first_words(typename Logic::Lanes& out, const Prepared<Varying>& prepared,
                                  const typename Logic::Lanes& digits) {
  using Lanes = typename Logic::Lanes;
  constexpr std::array<bool, 64> kVaries = Prepared<Varying>::kVaries;
  const Lanes zero{};
  Lanes state[8];
  Lanes words[16];
  TOLLHOUSE_UNROLL
  for (unsigned i = 0; i < 8; ++i) state[i] = zero + prepared.state[i];
  words[Varying] = digits;
  TOLLHOUSE_UNROLL
  for (unsigned t = Varying; t < 64; ++t) {
    if (!kVaries[t]) {
      one_round<Logic>(state, t, zero + prepared.words[t]);
      continue;
    }
    Lanes& word = words[t & 15];
    if (t >= 16) {
      Lanes part;
      if (kVaries[t - 16]) {
        word += prepared.words[t];
      } else {
        word = zero + prepared.words[t];
      }
      if (kVaries[t - 15]) {
        small_sigma<Logic, 7, 18, 3>(part, words[(t + 1) & 15]);
        word += part;
      }
      if (kVaries[t - 7]) word += words[(t + 9) & 15];
      if (kVaries[t - 2]) {
        small_sigma<Logic, 17, 19, 10>(part, words[(t + 14) & 15]);
        word += part;
      }
    }
    one_round<Logic>(state, t, word + kRoundConstants[t]);
  }
  out = state[0] + prepared.first;
}

#if defined(__x86_64__)
std::uint32_t first_hit_avx2(const Block& block, std::uint32_t from);
std::uint32_t first_hit_avx512(const Block& block, std::uint32_t from);
std::uint32_t first_hit_sha_ni(const Block& block, std::uint32_t from);
#endif

}  // namespace tollhouse::pow
