// pow: eight lanes with AVX2, sixteen with AVX-512.
#include "pow/rounds.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

namespace tollhouse::pow {
namespace {

using Eight = std::uint32_t __attribute__((vector_size(32)));
using Sixteen = std::uint32_t __attribute__((vector_size(64)));

/// One instruction for each function of three.
struct TernaryLogic {
  using Lanes = Sixteen;
  __attribute__((target("avx512f"))) static inline void choose(Sixteen& out, const Sixteen& e,
                                                               const Sixteen& f, const Sixteen& g) {
    out = reinterpret_cast<Sixteen>(_mm512_ternarylogic_epi32(reinterpret_cast<__m512i>(e),
                                                              reinterpret_cast<__m512i>(f),
                                                              reinterpret_cast<__m512i>(g), 0xca));
  }
  __attribute__((target("avx512f"))) static inline void majority(Sixteen& out, const Sixteen& a,
                                                                 const Sixteen& b,
                                                                 const Sixteen& c) {
    out = reinterpret_cast<Sixteen>(_mm512_ternarylogic_epi32(reinterpret_cast<__m512i>(a),
                                                              reinterpret_cast<__m512i>(b),
                                                              reinterpret_cast<__m512i>(c), 0xe8));
  }
  __attribute__((target("avx512f"))) static inline void exclusive(Sixteen& out, const Sixteen& a,
                                                                  const Sixteen& b,
                                                                  const Sixteen& c) {
    out = reinterpret_cast<Sixteen>(_mm512_ternarylogic_epi32(reinterpret_cast<__m512i>(a),
                                                              reinterpret_cast<__m512i>(b),
                                                              reinterpret_cast<__m512i>(c), 0x96));
  }
};

template <class Batch>
__attribute__((target("avx2"))) std::uint32_t eight_at_once(const Batch& batch, std::uint32_t most,
                                                            std::uint32_t from) {
  const __m256i limit = _mm256_set1_epi32(static_cast<int>(most));
  for (std::uint32_t i = from; i < kBatch; i += 8) {
    Eight digits, words;
    std::memcpy(&digits, &kDigitWordsTable[i], sizeof digits);
    first_words<PlainLogic<Eight>>(words, batch, digits);
    const __m256i found = reinterpret_cast<__m256i>(words);
    const __m256i hits = _mm256_cmpeq_epi32(_mm256_min_epu32(found, limit), found);
    const int mask = _mm256_movemask_ps(_mm256_castsi256_ps(hits));
    if (mask == 0) continue;
    const auto lane = static_cast<std::uint32_t>(__builtin_ctz(static_cast<unsigned>(mask)));
    return i + lane < kBatch ? i + lane : kBatch;
  }
  return kBatch;
}

template <class Batch>
__attribute__((target("avx512f"))) std::uint32_t sixteen_at_once(const Batch& batch,
                                                                 std::uint32_t most,
                                                                 std::uint32_t from) {
  const __m512i limit = _mm512_set1_epi32(static_cast<int>(most));
  for (std::uint32_t i = from; i < kBatch; i += 16) {
    Sixteen digits, words;
    std::memcpy(&digits, &kDigitWordsTable[i], sizeof digits);
    first_words<TernaryLogic>(words, batch, digits);
    const __mmask16 mask = _mm512_cmple_epu32_mask(reinterpret_cast<__m512i>(words), limit);
    if (mask == 0) continue;
    const auto lane = static_cast<std::uint32_t>(__builtin_ctz(unsigned{mask}));
    return i + lane < kBatch ? i + lane : kBatch;
  }
  return kBatch;
}

}  // namespace

std::uint32_t first_hit_avx2(const Block& block, std::uint32_t from) {
  if (block.varying != kUsualPlace) return eight_at_once(block, block.limit, from);
  return eight_at_once(Prepared<kUsualPlace>(block), block.limit, from);
}

std::uint32_t first_hit_avx512(const Block& block, std::uint32_t from) {
  if (block.varying != kUsualPlace) return sixteen_at_once(block, block.limit, from);
  return sixteen_at_once(Prepared<kUsualPlace>(block), block.limit, from);
}

}  // namespace tollhouse::pow
#endif
