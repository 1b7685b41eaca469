// pow: the SHA instructions of x86-64. One chain waits for itself, so four run side by side.
#include "pow/rounds.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TOLLHOUSE_SHA __attribute__((target("sha,sse4.1,ssse3"), always_inline)) inline

namespace tollhouse::pow {
namespace {

constexpr unsigned kStreams = 4;

/// The chains: a, b, e, f in one register, c, d, g, h in the other, and four words in each of four.
struct Streams {
  __m128i abef[kStreams];
  __m128i cdgh[kStreams];
  __m128i words[4][kStreams];
};

/// What is the same for all candidates of a batch.
struct Prepared {
  __m128i abef;
  __m128i cdgh;
  __m128i words[4];  ///< zero where the digits go
  __m128i place;     ///< ones where they go, in register `quarter`
};

TOLLHOUSE_SHA __m128i four(std::uint32_t first, std::uint32_t second, std::uint32_t third,
                           std::uint32_t fourth) {
  return _mm_set_epi32(static_cast<int>(fourth), static_cast<int>(third), static_cast<int>(second),
                       static_cast<int>(first));
}

TOLLHOUSE_SHA void prepare(Prepared& prepared, const Block& block) {
  const ChainingValue& s = block.before;
  prepared.abef = four(s[5], s[4], s[1], s[0]);
  prepared.cdgh = four(s[7], s[6], s[3], s[2]);
  std::uint32_t words[16];
  std::uint32_t place[16] = {};
  for (unsigned i = 0; i < 16; ++i) words[i] = block.words[i];
  words[block.varying] = 0;
  place[block.varying] = 0xffffffff;
  for (unsigned i = 0; i < 16; i += 4) {
    prepared.words[i / 4] = four(words[i], words[i + 1], words[i + 2], words[i + 3]);
    if (i / 4 != block.varying / 4) continue;
    prepared.place = four(place[i], place[i + 1], place[i + 2], place[i + 3]);
  }
}

/// Four rounds of all chains, and the words of four rounds sixteen later.
TOLLHOUSE_SHA void four_rounds(Streams& streams, unsigned group) {
  const __m128i constants =
      _mm_load_si128(reinterpret_cast<const __m128i*>(kRoundConstants + std::size_t{4} * group));
  TOLLHOUSE_UNROLL
  for (unsigned i = 0; i < kStreams; ++i) {
    __m128i& now = streams.words[group & 3][i];
    const __m128i sum = _mm_add_epi32(now, constants);
    streams.cdgh[i] = _mm_sha256rnds2_epu32(streams.cdgh[i], streams.abef[i], sum);
    streams.abef[i] =
        _mm_sha256rnds2_epu32(streams.abef[i], streams.cdgh[i], _mm_shuffle_epi32(sum, 0x0e));
    if (group >= 12) continue;
    const __m128i& third = streams.words[(group + 2) & 3][i];
    const __m128i& last = streams.words[(group + 3) & 3][i];
    const __m128i early = _mm_sha256msg1_epu32(now, streams.words[(group + 1) & 3][i]);
    now = _mm_sha256msg2_epu32(_mm_add_epi32(early, _mm_alignr_epi8(last, third, 4)), last);
  }
}

/// First words of the hashes of kStreams candidates.
template <unsigned Quarter>
TOLLHOUSE_SHA void hash(std::uint32_t (&out)[kStreams], const Prepared& prepared,
                        const Block& block, const std::uint32_t* digits) {
  Streams streams;
  TOLLHOUSE_UNROLL
  for (unsigned i = 0; i < kStreams; ++i) {
    streams.abef[i] = prepared.abef;
    streams.cdgh[i] = prepared.cdgh;
    TOLLHOUSE_UNROLL
    for (unsigned k = 0; k < 4; ++k) streams.words[k][i] = prepared.words[k];
    const __m128i spread = _mm_set1_epi32(static_cast<int>(digits[i]));
    streams.words[Quarter][i] =
        _mm_or_si128(prepared.words[Quarter], _mm_and_si128(spread, prepared.place));
  }
  TOLLHOUSE_UNROLL
  for (unsigned group = 0; group < 16; ++group) four_rounds(streams, group);
  TOLLHOUSE_UNROLL
  for (unsigned i = 0; i < kStreams; ++i) {
    out[i] = static_cast<std::uint32_t>(_mm_extract_epi32(streams.abef[i], 3)) + block.before[0];
  }
}

template <unsigned Quarter>
__attribute__((target("sha,sse4.1,ssse3"))) std::uint32_t first_hit_in(const Block& block,
                                                                       std::uint32_t from) {
  Prepared prepared;
  prepare(prepared, block);
  for (std::uint32_t i = from; i < kBatch; i += kStreams) {
    std::uint32_t words[kStreams];
    hash<Quarter>(words, prepared, block, &kDigitWordsTable[i]);
    for (unsigned k = 0; k < kStreams; ++k) {
      if (words[k] <= block.limit) return i + k < kBatch ? i + k : kBatch;
    }
  }
  return kBatch;
}

}  // namespace

std::uint32_t first_hit_sha_ni(const Block& block, std::uint32_t from) {
  switch (block.varying / 4) {
    case 0:
      return first_hit_in<0>(block, from);
    case 1:
      return first_hit_in<1>(block, from);
    case 2:
      return first_hit_in<2>(block, from);
    default:
      return first_hit_in<3>(block, from);
  }
}

}  // namespace tollhouse::pow
#endif
