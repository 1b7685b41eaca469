// http: the search for control characters, sixteen bytes at a time where the machine can.
#include "http/characters.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tollhouse::http {
namespace {

#if defined(__SSE2__)
/// One bit for each of sixteen bytes that is a control character.
unsigned control_mask(const char* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  const __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
  const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
  const __m128i control = _mm_or_si128(_mm_andnot_si128(tab, low), del);
  return static_cast<unsigned>(_mm_movemask_epi8(control));
}
#endif

}  // namespace

const char* find_control(const char* at, const char* end) {
#if defined(__SSE2__)
  while (end - at >= 16) {
    const unsigned mask = control_mask(at);
    if (mask != 0) return at + __builtin_ctz(mask);
    at += 16;
  }
#endif
  while (at != end && is_in(*at, kTextCharacter)) ++at;
  return at;
}

}  // namespace tollhouse::http
