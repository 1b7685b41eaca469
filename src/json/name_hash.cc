// json: SipHash-1-3.
#include "json/name_hash.h"

#include <bit>

#include "json/text_scan.h"

namespace tollhouse::json {
namespace {

struct State {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  }
};

}  // namespace

std::uint64_t name_hash(std::string_view name, std::uint64_t seed) {
  const std::uint64_t second_half = std::rotl(seed, 32) ^ 0x9e3779b97f4a7c15;
  State state{seed ^ 0x736f6d6570736575, second_half ^ 0x646f72616e646f6d,
              seed ^ 0x6c7967656e657261, second_half ^ 0x7465646279746573};
  std::size_t at = 0;
  for (; name.size() - at >= 8; at += 8) state.absorb(load_eight(name.data() + at));
  std::uint64_t last = static_cast<std::uint64_t>(name.size()) << 56;
  for (std::size_t i = 0; at + i < name.size(); ++i) {
    last |= static_cast<std::uint64_t>(static_cast<unsigned char>(name[at + i])) << (8 * i);
  }
  state.absorb(last);
  state.v2 ^= 0xff;
  for (int i = 0; i < 3; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace tollhouse::json
