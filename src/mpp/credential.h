// mpp: finds the Payment credential of a request, wherever a client may have put it, and writes
// one. Spec: mpp.md 3 and 7.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "http/authorization.h"
#include "mpp/challenge.h"

namespace tollhouse::mpp {

/// What a payer shows: the challenge it answers and the preimage that it paid for. Nothing about it
/// has been verified.
struct Credential {
  Challenge challenge;
  Preimage preimage;
  std::string source;  ///< a claim of who pays, never needed; empty where it was not sent
};

/// Where a credential may stand; none where it was not sent. `authorization` is split already,
/// because other rails read it too; null is none.
struct Carriers {
  const http::CredentialList* authorization = nullptr;
  /// JSON text of `params._meta["org.paymentauth/credential"]`.
  std::optional<std::string_view> meta;
  /// The same name in a `_meta` beside `params` (generic JSON-RPC).
  std::optional<std::string_view> root_meta;
};

enum class Presence : std::uint8_t {
  none,       ///< no Payment credential anywhere
  malformed,  ///< one is there and cannot be read: malformed_credential, in JSON-RPC -32602
  ambiguous,  ///< two that contradict each other: conflicting_credentials()
  found,
};

/// Which carrier the presence is about; says how a refusal is to be said.
enum class Carrier : std::uint8_t { none, authorization, meta, root_meta };

struct Reading {
  Presence presence = Presence::none;
  Carrier carrier = Carrier::none;
  Credential credential;  ///< where it was found
};

/// Reads the first carrier that has a credential, in the order of `Carriers`. Equal credentials
/// count once. Another one in a later carrier makes it ambiguous; a malformed one there changes
/// nothing. What was in the workspace is gone.
Reading read_credential(const Carriers& carriers, json::Document& workspace);

/// `Payment TOKEN`: base64url without padding of canonical JSON, byte for byte what the reference
/// payers send.
std::string authorization_value(const Challenge& challenge, const Preimage& preimage);
/// JSON for `_meta["org.paymentauth/credential"]`, `request` as a native object.
std::string meta_value(const Challenge& challenge, const Preimage& preimage);

}  // namespace tollhouse::mpp
