// pow: the one signed challenge behind all formats: 48 bytes that carry difficulty, expiry, binding
// and MAC, so that nothing is kept until it is redeemed. Spec: pow.md 2.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/time.h"
#include "pow/keys.h"
#include "pow/limits.h"

namespace tollhouse::pow {

enum class Algorithm : std::uint8_t { sha256 = 1 };

/// Bits of Challenge::flags.
enum Flag : std::uint8_t {
  kHexUnit = 1,  ///< difficulty was asked in hex digits
  kBoundToClient = 2,
  kBoundToRoute = 4,
  kBoundToBody = 8,
};

/// What the single-use store keys on.
using ChallengeId = std::array<std::uint8_t, 12>;
using BindingTag = std::array<std::uint8_t, 8>;
using ChallengeBytes = std::array<std::uint8_t, kChallengeBytes>;

/// The fields of a challenge. Nothing says that they are signed.
struct Challenge {
  std::uint8_t version = 1;
  std::uint8_t algorithm = static_cast<std::uint8_t>(Algorithm::sha256);
  std::uint8_t bits = 0;     ///< leading zero bits of each sub-puzzle
  std::uint8_t count = 1;    ///< sub-puzzles
  std::uint32_t issued = 0;  ///< seconds since 1970
  std::uint16_t ttl_seconds = 0;
  std::uint8_t flags = 0;
  std::uint8_t key = 0;  ///< number in the ring
  BindingTag tag{};      ///< zero where unbound
  ChallengeId id{};

  Time issued_at() const { return time_from_unix(issued); }
  /// Usable before this moment, not at it.
  Time expires_at() const { return time_from_unix(std::int64_t{issued} + ttl_seconds); }
};

/// Whom and what a challenge is for. Text that is not given is not bound. No text holds a NUL,
/// which stands between them under the MAC.
struct Binding {
  /// `pk:<x-only key>`, `jwt:<sub>` or `ip:<address>/<prefix>`: the class, not the connection.
  std::optional<std::string_view> client;
  /// `tools/call:<tool>` or kAnyTool.
  std::optional<std::string_view> route;
  std::optional<Digest> body;  ///< SHA-256 of the request's arguments

  /// Bits of Flag for what is given.
  std::uint8_t flags() const;
};

inline constexpr std::string_view kAnyTool = "tools/call:*";
/// `tools/call:<tool>`.
std::string route_of(std::string_view tool);

/// What a challenge asks for.
struct Terms {
  std::uint8_t bits = 0;   ///< at most kBitsMax
  std::uint8_t count = 1;  ///< 1 to kCountMax
  Duration ttl{};          ///< whole seconds count; 1 s to kTtlMax
  bool hex_unit = false;   ///< `bits` is a multiple of four
  Binding binding;
};

/// A challenge and its 64 characters.
struct Issued {
  Challenge challenge;
  std::string text;
};

/// Signs with the newest key. Writes nothing anywhere: issuing costs two HMACs and keeps no byte.
Issued issue(const Terms& terms, const Keys& keys, Time now, Random& random);

/// The tag of a binding: 8 bytes of a MAC over what is given, zero where nothing is.
BindingTag tag_of(const Binding& binding, const Keys::Pair& keys);

/// The fields as they stand; the caller has decoded the base64url.
Challenge read_fields(const ChallengeBytes& bytes);
/// Whether the last 16 bytes are the MAC of the others, in time that does not depend on them.
bool mac_holds(const ChallengeBytes& bytes, const Keys::Pair& keys);

}  // namespace tollhouse::pow
