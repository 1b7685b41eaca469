// sim: what a caller makes of a refusal: offers as they stand in it, work that is solved, and
// payments built from them as clients build them, and as they should not.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "sim/dice.h"
#include "sim/records.h"

namespace tollhouse::sim {

constexpr int kModern = 0;
constexpr int kLegacy = 1;
constexpr int kRest = 2;

/// The JSON object or array behind a name; empty where there is none.
std::string json_behind(std::string_view text, std::string_view name);
/// The offers of `accepts`, a JSON array, into the credential.
void add_offers(std::string_view accepts, Credential& credential);

/// The first nonce that solves the work of a refusal's member `pow`.
std::string solve(std::string_view offer);
/// A nonce that does not.
std::string unsolved(const SolvedWork& work);
Time end_of_challenge(std::string_view challenge);

/// An offer without `extra.gate`.
std::string without_seal(const std::string& offer);
/// With terms of another tool under a MAC that is none.
std::string resealed(const std::string& offer, std::string_view tool);
/// The same of a Payment challenge: another tool in `externalId`, under an id of the caller's own.
mpp::Challenge resealed(const mpp::Challenge& challenge, std::string_view tool);
/// A Payment challenge that is longer good, cheaper, of another realm or with another id.
mpp::Challenge altered(const mpp::Challenge& challenge, Dice& dice);

}  // namespace tollhouse::sim
