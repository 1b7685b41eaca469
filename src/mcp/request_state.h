// mcp: what a call carries from one round to the next, in its caller's hands. An answer
// `input_required` ends nothing: the caller comes back with the same call, its answers and this
// state, which it can neither read, change nor use for another call. Spec: mcp-gateway.md 1.3, 6.6.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/time.h"
#include "crypto/seal.h"
#include "json/reader.h"
#include "mcp/message.h"

namespace tollhouse::mcp {

/// A state older than this is refused, and so is one of more rounds (mcp-gateway.md 10).
inline constexpr Duration kRoundLife = std::chrono::seconds(600);
inline constexpr std::uint8_t kRoundsMax = 10;

using ReservationId = std::array<std::uint8_t, 16>;

struct RequestState {
  ReservationId reservation{};
  Digest first_request;  ///< request_digest of the first round: what a payment is bound to
  Time issued;           ///< to the second
  std::uint8_t round = 1;
  /// The upstream's own state, exact JSON text of the string; empty: it sent none.
  std::string upstream;
};

/// What is the same in every round of a call: method, name and the bytes of its arguments.
Digest call_digest(const Message& message);

/// Base64url. Opens with the same key, for the same principal, route and call only.
std::string seal_request_state(const RequestState& state, const crypto::SealKey& key,
                               Random& random, const Digest& principal, std::string_view route,
                               const Message& call);

/// `call.request_state` opened; nothing where it is not ours, of another principal, route or call.
/// How old it is and of which round is for the caller to judge.
std::optional<RequestState> open_request_state(const Message& call, const crypto::SealKey& key,
                                               const Digest& principal, std::string_view route,
                                               json::Document& workspace);

}  // namespace tollhouse::mcp
