// l402: what one gate asks another about a token that it did not issue (R-L402-11), and how the
// answer is read. Pure; who asks and when is gate/'s.
//
//   POST {gate}/v1/verify   {"token":"<macaroon>:<preimage>"}
//   yes                     {"ok":true, ...}
//   no                      {"ok":false, ...}
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/money.h"
#include "l402/credential.h"

namespace tollhouse::l402 {

/// The body of the question. A secret: it holds the preimage.
std::string verify_question(const Credential& credential);

/// The other gate's word.
struct Vouched {
  bool good = false;
  std::optional<Msat> price;          ///< `priceMsat`: what was paid, in all
  std::optional<std::uint32_t> uses;  ///< `uses`: calls the payment is good for, at least 1
  bool pass = false;                  ///< `uses` is "unlimited"
};

/// Nothing for what is no JSON object with a boolean `ok`, and for a yes whose `priceMsat` or
/// `uses` is there and not understood: half a yes is none.
std::optional<Vouched> read_verify_answer(std::string_view body);

}  // namespace tollhouse::l402
