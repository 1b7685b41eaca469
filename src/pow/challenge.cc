// pow: challenges, byte by byte.
#include "pow/challenge.h"

#include <algorithm>
#include <span>

#include "base/base64.h"
#include "base/hex.h"
#include "base/invariant.h"

namespace tollhouse::pow {
namespace {

constexpr std::size_t kIssuedAt = 4;
constexpr std::size_t kTtlAt = 8;
constexpr std::size_t kFlagsAt = 10;
constexpr std::size_t kKeyAt = 11;
constexpr std::size_t kTagAt = 12;
constexpr std::size_t kIdAt = 20;
constexpr std::size_t kMacAt = 32;
constexpr std::size_t kMacBytes = 16;
constexpr std::string_view kMacLabel("mcp-pow-v1\0", 11);
constexpr std::string_view kBindingLabel("v1\0", 3);
constexpr std::string_view kNul("\0", 1);

std::uint32_t big_endian(ByteView bytes) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

void put_big_endian(std::span<std::uint8_t> into, std::uint32_t value) {
  for (std::size_t i = into.size(); i-- > 0; value >>= 8)
    into[i] = static_cast<std::uint8_t>(value);
}

/// Bytes 0 to 31.
void write_fields(const Challenge& challenge, ChallengeBytes& bytes) {
  const std::span<std::uint8_t> view(bytes);
  bytes[0] = challenge.version;
  bytes[1] = challenge.algorithm;
  bytes[2] = challenge.bits;
  bytes[3] = challenge.count;
  put_big_endian(view.subspan(kIssuedAt, 4), challenge.issued);
  put_big_endian(view.subspan(kTtlAt, 2), challenge.ttl_seconds);
  bytes[kFlagsAt] = challenge.flags;
  bytes[kKeyAt] = challenge.key;
  std::ranges::copy(challenge.tag, view.subspan(kTagAt).begin());
  std::ranges::copy(challenge.id, view.subspan(kIdAt).begin());
}

Digest mac_of(const ChallengeBytes& bytes, const Keys::Pair& keys) {
  const std::array<ByteView, 2> parts{bytes_of(kMacLabel), ByteView(bytes).first(kMacAt)};
  return keys.challenge.mac(parts);
}

}  // namespace

std::uint8_t Binding::flags() const {
  return static_cast<std::uint8_t>((client ? kBoundToClient : 0) | (route ? kBoundToRoute : 0) |
                                   (body ? kBoundToBody : 0));
}

std::string route_of(std::string_view tool) {
  std::string route("tools/call:");
  return route.append(tool);
}

BindingTag tag_of(const Binding& binding, const Keys::Pair& keys) {
  BindingTag tag{};
  if (binding.flags() == 0) return tag;
  const std::string body = binding.body ? hex(binding.body->view()) : std::string();
  const std::array<ByteView, 6> parts{
      bytes_of(kBindingLabel), bytes_of(binding.client.value_or("")),
      bytes_of(kNul),          bytes_of(binding.route.value_or("")),
      bytes_of(kNul),          bytes_of(body)};
  const Digest mac = keys.binding.mac(parts);
  std::copy_n(mac.bytes.begin(), tag.size(), tag.begin());
  return tag;
}

Issued issue(const Terms& terms, const Keys& keys, Time now, Random& random) {
  const auto ttl = std::chrono::duration_cast<std::chrono::seconds>(terms.ttl).count();
  invariant(terms.bits <= kBitsMax && terms.count >= 1 && terms.count <= kCountMax);
  invariant(ttl >= 1 && terms.ttl <= kTtlMax);
  invariant(!terms.hex_unit || terms.bits % 4 == 0);
  const Keys::Pair& pair = keys.newest();
  Challenge challenge;
  challenge.bits = terms.bits;
  challenge.count = terms.count;
  challenge.issued = static_cast<std::uint32_t>(std::max<std::int64_t>(0, unix_seconds(now)));
  challenge.ttl_seconds = static_cast<std::uint16_t>(ttl);
  challenge.flags =
      static_cast<std::uint8_t>(terms.binding.flags() | (terms.hex_unit ? kHexUnit : 0));
  challenge.key = pair.number;
  challenge.tag = tag_of(terms.binding, pair);
  random.fill(challenge.id);
  ChallengeBytes bytes{};
  write_fields(challenge, bytes);
  const Digest mac = mac_of(bytes, pair);
  std::copy_n(mac.bytes.begin(), kMacBytes, bytes.begin() + kMacAt);
  return {challenge, base64url(bytes)};
}

Challenge read_fields(const ChallengeBytes& bytes) {
  const ByteView view(bytes);
  Challenge challenge;
  challenge.version = bytes[0];
  challenge.algorithm = bytes[1];
  challenge.bits = bytes[2];
  challenge.count = bytes[3];
  challenge.issued = big_endian(view.subspan(kIssuedAt, 4));
  challenge.ttl_seconds = static_cast<std::uint16_t>(big_endian(view.subspan(kTtlAt, 2)));
  challenge.flags = bytes[kFlagsAt];
  challenge.key = bytes[kKeyAt];
  std::copy_n(bytes.begin() + kTagAt, challenge.tag.size(), challenge.tag.begin());
  std::copy_n(bytes.begin() + kIdAt, challenge.id.size(), challenge.id.begin());
  return challenge;
}

bool mac_holds(const ChallengeBytes& bytes, const Keys::Pair& keys) {
  const Digest mac = mac_of(bytes, keys);
  return crypto::equal(ByteView(mac.bytes).first(kMacBytes), ByteView(bytes).subspan(kMacAt));
}

}  // namespace tollhouse::pow
