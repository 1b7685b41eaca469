// pow: the kernel that runs everywhere, and the choice among all.
#include "pow/kernel.h"

#include "base/invariant.h"
#include "pow/rounds.h"

namespace tollhouse::pow {
namespace {

template <class Batch>
std::uint32_t first_hit_scalar(const Batch& batch, std::uint32_t limit, std::uint32_t from) {
  for (std::uint32_t i = from; i < kBatch; ++i) {
    std::uint32_t word;
    first_words<PlainLogic<std::uint32_t>>(word, batch, kDigitWordsTable[i]);
    if (word <= limit) return i;
  }
  return kBatch;
}

}  // namespace

std::string_view name_of(Kernel kernel) {
  switch (kernel) {
    case Kernel::scalar:
      return "scalar";
    case Kernel::avx2:
      return "avx2";
    case Kernel::sha_ni:
      return "sha-ni";
    case Kernel::avx512:
      return "avx512";
  }
  return "scalar";
}

bool runs_here(Kernel kernel) {
  if (kernel == Kernel::scalar) return true;
#if defined(__x86_64__)
  // SSE4.1 stands for the shuffles that come with SHA; its own bit is asked for by hand, since
  // compilers differ in whether they know its name.
  if (kernel == Kernel::avx2) return __builtin_cpu_supports("avx2") != 0;
  if (kernel == Kernel::avx512) return __builtin_cpu_supports("avx512f") != 0;
  std::uint32_t a = 7, b = 0, c = 0, d = 0;
  __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  constexpr std::uint32_t kShaBit = 1u << 29;
  return __builtin_cpu_supports("sse4.1") != 0 && (b & kShaBit) != 0;
#else
  return false;
#endif
}

std::uint32_t first_hit(Kernel kernel, const Block& block, std::uint32_t from) {
  invariant(block.varying < 16 && from <= kBatch);
  switch (kernel) {
#if defined(__x86_64__)
    case Kernel::avx2:
      return first_hit_avx2(block, from);
    case Kernel::sha_ni:
      return first_hit_sha_ni(block, from);
    case Kernel::avx512:
      return first_hit_avx512(block, from);
#endif
    default:
      if (block.varying != kUsualPlace) return first_hit_scalar(block, block.limit, from);
      return first_hit_scalar(Prepared<kUsualPlace>(block), block.limit, from);
  }
}

ChainingValue compress(const ChainingValue& before, const std::array<std::uint32_t, 16>& words) {
  std::uint32_t state[8];
  std::uint32_t schedule[16];
  for (unsigned i = 0; i < 8; ++i) state[i] = before[i];
  for (unsigned i = 0; i < 16; ++i) schedule[i] = words[i];
  run_rounds<PlainLogic<std::uint32_t>>(state, schedule);
  ChainingValue after;
  for (unsigned i = 0; i < 8; ++i) after[i] = state[i] + before[i];
  return after;
}

}  // namespace tollhouse::pow
