// identity: the composite header, identity and payment in one field:
// `X-MCP-Auth-Composite: Identity JWT, Payment MACAROON[,MACAROON]:PREIMAGE`. Promises: strict, no
// heap, fails closed on what it does not know. Spec: identity.md 11 (R-ID-9).
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "identity/limits.h"
#include "identity/reason.h"

namespace tollhouse::identity {

/// As it is matched, in lower case.
inline constexpr std::string_view kCompositeField = "x-mcp-auth-composite";

/// Macaroons in base64 of either alphabet, not looked into, and the preimage that pays for them.
/// Not the MPP scheme of that name.
class PaymentPart {
 public:
  std::span<const std::string_view> macaroons() const {
    return std::span(macaroons_).first(count_);
  }
  const Preimage& preimage() const { return preimage_; }
  /// `MACAROON:PREIMAGE` as it was sent; empty where there are several macaroons.
  std::string_view pair() const { return count_ == 1 ? last_ : std::string_view(); }

 private:
  friend class CompositeReader;
  std::array<std::string_view, kMacaroonsMax> macaroons_;
  std::size_t count_ = 0;
  std::string_view last_;  // macaroon with the preimage behind it
  Preimage preimage_;
};

/// Views into the field's lines.
struct Composite {
  std::optional<std::string_view> identity;  ///< a JWT by its shape; nothing about it is verified
  std::optional<PaymentPart> payment;
};

/// All lines of the field, in order. No lines at all is a header that is absent: no parts. Errors:
/// see Reason; then nothing of the header is to be used.
Result<Composite, Reason> read_composite(std::span<const std::string_view> lines);

/// What a client sends: identity first, one line. `macaroon_base64` is of the standard alphabet,
/// with padding; `jwt` has been checked by its issuer.
std::string composite_value(std::string_view jwt, std::string_view macaroon_base64,
                            const Preimage& preimage);

}  // namespace tollhouse::identity
