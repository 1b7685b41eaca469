// pow: what a gate says about work: the line and the member `pow` of a refusal, `GET
// /api/challenge`, `POST /mcp/pow/challenge` and `POST /mcp/pow/verify`. Every text states the
// difficulty in bits (C-17). Spec: pow.md 1 and 2, surface.md 5.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "json/reader.h"
#include "pow/challenge.h"
#include "pow/solution.h"

namespace tollhouse::pow {

/// `WWW-Authenticate` value: `PoW challenge="<64>", difficulty="<bits>", algorithm="sha256"`. For a
/// challenge of one sub-puzzle: who reads this line knows no count.
std::string challenge_value(const Issued& issued);

/// The member `pow` of the body of a 402: challenge, difficulty (hex digits that are at least the
/// bits), difficultyBits, targetHex, algorithm, expiresAtUnix, header, and callsPerSolve where
/// `/mcp/pow/verify` gives a credential for more than one call against it.
std::string offer_member(const Issued& issued, std::uint32_t calls = 1);

/// What `GET /api/challenge?...` asks for.
struct ChallengeQuery {
  bool bits_unit = false;   ///< `unit=bits`; hex digits else
  bool count_auto = false;  ///< `count=auto`: the client understands sub-puzzles
};

/// Reads the query without its `?`. Other names are skipped. Nothing for a unit or a count that is
/// not known, and for a profile: there is one.
std::optional<ChallengeQuery> read_challenge_query(std::string_view query);

/// Answer of `GET /api/challenge` (R-POW-1). `alternatives`: rails that open the same call. In hex
/// units the challenge was issued so (Terms::hex_unit) and `difficulty` counts digits, else bits.
std::string challenge_body(const Issued& issued, std::span<const std::string_view> alternatives);

/// `POST /mcp/pow/challenge`: nothing, `{}` or `{"tool": NAME}`. Nothing for other JSON and for a
/// tool without a name; other members are skipped.
struct ChallengeRequest {
  std::optional<std::string> tool;
};
std::optional<ChallengeRequest> read_challenge_request(std::string_view body);

/// Its answer (R-POW-5): `{nonce, target, expiresAt, difficultyBits}`, expiresAt in milliseconds,
/// and `count` where it is not one.
std::string nonce_body(const Issued& issued);

/// `POST /mcp/pow/verify`: `{"nonce", "solution"}`, both strings; a solution may be a whole number.
/// `tool`, a string, says which tool the challenge was asked for: it cannot be read off it. Views
/// into `body` and `workspace`. Nothing where one is of another kind or empty, or one of the first
/// two is missing.
struct VerifyRequest {
  Solution solution;
  std::optional<std::string_view> tool;
};
std::optional<VerifyRequest> read_verify_request(std::string_view body, json::Document& workspace);

/// Its answer (R-POW-6): `{"macaroon", "preimage", "ttl"}`, ttl in seconds; used as
/// `L402 macaroon:preimage`. A secret: it holds the preimage.
std::string granted_body(std::string_view macaroon_base64, const Preimage& preimage,
                         Duration lifetime);

}  // namespace tollhouse::pow
