// pow: the caller's side of a challenge: what to work on, read from any gate's words. What the
// server says about difficulty is believed; how much work is too much is the caller's limit.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/secret.h"

namespace tollhouse::pow {

struct Puzzle {
  std::string challenge;  ///< printable, without blank and comma; opaque
  unsigned bits = 0;      ///< of each sub-puzzle, 0 to 256
  unsigned count = 1;     ///< 1 to kCountMax

  /// What is hashed before the nonce of one sub-puzzle; a single one has no index.
  std::string prefix(unsigned index) const;
};

enum class Unit { hex, bits };

/// Answer of `GET /api/challenge`, of `POST /mcp/pow/challenge`, or the member `pow` of a refusal:
/// `challenge` or `nonce`; `difficultyBits`, else `targetHex` or `target`, else `difficulty` in
/// `unit`, hex digits where nothing is said (seed 002). Nothing where a member that counts is of
/// another kind or out of range, and for an algorithm other than sha256.
std::optional<Puzzle> read_puzzle(std::string_view json);

/// The PoW challenges of `WWW-Authenticate` lines, in order; difficulty in bits. What cannot be
/// read is skipped.
std::vector<Puzzle> read_puzzles(std::span<const std::string_view> www_authenticate);

/// A challenge and a difficulty as a person types them; the rules of read_puzzle.
std::optional<Puzzle> make_puzzle(std::string_view challenge, unsigned difficulty, Unit unit,
                                  unsigned count);

/// What `POST /mcp/pow/verify` gave: used as `L402 macaroon:preimage`. A secret.
struct Granted {
  std::string macaroon;  ///< base64, as the gate spelled it
  Preimage preimage;
};
/// Nothing where one of the two is missing or no such text.
std::optional<Granted> read_granted(std::string_view json);

}  // namespace tollhouse::pow
