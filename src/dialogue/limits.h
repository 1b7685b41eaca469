// dialogue: every bound of the caller's side, with the reason for its size.
#pragma once
#include <cstddef>

namespace tollhouse::dialogue {

/// Pages of `tools/list`: a server that always gives another cursor must end somewhere.
inline constexpr std::size_t kToolPagesMax = 100;
/// Tools kept from all pages; more than any client would show a model.
inline constexpr std::size_t kToolsMax = 10'000;
/// A session id or cursor that is sent back: what fits a field line of most servers.
inline constexpr std::size_t kEchoedBytesMax = 4096;
/// Unbroken words of this length and more are cut where exchanges are shown: preimages have 64
/// characters, macaroons and invoices more; names, dates and UUIDs have fewer.
inline constexpr std::size_t kShownWordMax = 40;
/// What stays of a word that was cut: enough to tell two apart, too little to use.
inline constexpr std::size_t kShownWordKept = 8;
/// A body as shown by `-v`; the whole of a large result helps nobody on a terminal.
inline constexpr std::size_t kShownBodyMax = 4096;

}  // namespace tollhouse::dialogue
