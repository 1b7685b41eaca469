// l402: decides whether a credential is good for a call. Spec: l402.md 7, steps 1 to 9.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "l402/caveats.h"
#include "l402/credential.h"
#include "l402/identifier.h"
#include "l402/keys.h"
#include "l402/reason.h"

namespace tollhouse::l402 {

/// Which tokens the books stand behind (RS-11). A token of an older epoch is accepted only where it
/// was minted before the copy was taken that the books were restored from; by default none is.
struct Epochs {
  std::uint32_t current = 0;
  Time copy_taken = Time::min();
};

struct Options {
  /// Conditions of the operator's ignore list, exact.
  std::span<const std::string> ignored_caveats;
  Epochs epochs;
};

/// The call a credential is shown for. What the gate does not know stays empty, and then a token
/// that is bound to it is refused.
struct Target {
  std::string_view service;
  std::string_view capability;  ///< the tool's name as it is
  std::string_view method;      ///< JSON-RPC method
  std::string_view client;      ///< proved caller key or subject
  std::string_view address;     ///< the caller's address class
  std::optional<Digest> body;   ///< SHA-256 of the request body, as bound at minting
  std::optional<Msat> price;    ///< what the call costs now
};

/// A token that is ours and was paid for (in so far as the preimage shows it). Views look into the
/// credential: a grant is of no use after it.
struct Grant {
  PaymentHash payment_hash;      ///< the key of the books; never the token's text
  std::optional<TokenId> token;  ///< none where another minter's root key was given
  Allowance allowance;
};

/// Steps 1 to 8: whose token, and what do its caveats say for `service`. Not yet: this call, and
/// expiry. A charge that was not delivered is looked up between this and authorise().
///
/// Pure, no heap. An unknown key takes the same path as a known one. Errors, the first that
/// applies: malformed, invalid_preimage, unknown_token, unsupported, bad_signature, token_epoch,
/// then by caveat caveat_widened, unknown_caveat, malformed_caveat. Cost for three caveats of up to
/// 55 bytes: 23 SHA-256 blocks.
Result<Grant, Reason> authenticate(const Credential& credential, const RootKeys& keys,
                                   std::string_view service, const Options& options = {});

/// The same for a token whose root key is stored or another minter's: `key` is derive(root). The
/// token id is not looked at, so unknown_token and token_epoch do not occur.
Result<Grant, Reason> authenticate(const Credential& credential, const macaroon::ChainKey& key,
                                   std::string_view service, const Options& options = {});

/// Steps 3, 4 and 8 alone, of a token that another gate issued and vouches for (R-L402-11): what it
/// would grant if its MAC chain is good, which is that gate's to say. No token id.
///
/// Errors: malformed, invalid_preimage, then by caveat as above.
Result<Grant, Reason> read_claim(const Credential& credential, std::string_view service,
                                 const Options& options = {});

/// Step 9: is this call, now, within the grant. Usable while now < valid_until.
///
/// Errors, the first that applies: wrong_service (also without any services caveat), not_permitted
/// (tool, method, price, no calls left by a caveat of zero), request_mismatch (client, address,
/// body), expired.
/// Not here: single use and counts, which are the books', and whether the wallet was paid.
Result<void, Reason> authorise(const Grant& grant, const Target& target, Time now);

/// Both, in this order.
Result<Grant, Reason> verify(const Credential& credential, const RootKeys& keys,
                             const Target& target, Time now, const Options& options = {});
Result<Grant, Reason> verify(const Credential& credential, const macaroon::ChainKey& key,
                             const Target& target, Time now, const Options& options = {});

}  // namespace tollhouse::l402
