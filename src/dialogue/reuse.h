// dialogue: how often a token that was paid for can be shown, as its own caveats say. Pure; what a
// gate says at the next call has the last word.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace tollhouse::dialogue {

/// What a payment bought.
struct Reuse {
  std::optional<std::uint32_t> uses;  ///< none: any number of calls (a pass)
  std::optional<Time> valid_until;    ///< first moment of no use; none: it has no end of its own
};

/// From `SERVICE_max_calls` and `SERVICE_valid_until`, whatever the service is called; of several
/// the narrowest. Nothing for a token that is good for one call, is bound to one request
/// (`SERVICE_body`), or cannot be read: such a one is never kept (R-SDK-4).
std::optional<Reuse> reuse_of(std::string_view macaroon_base64);

}  // namespace tollhouse::dialogue
