// client: tokens that were paid for and can be shown again, by gate and tool, in private files
// (R-SDK-4). Promises: no token for one call is ever in it, none after its end, and none that a
// gate has refused.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "dialogue/reuse.h"

namespace tollhouse::client {

/// What a token is for. Two tools of one gate have two.
struct TokenPlace {
  std::string gate;  ///< the whole MCP address: one origin can have several gates
  std::string tool;
};

class TokenCache {
 public:
  /// `folder` empty: nothing is kept. It is made when it is needed.
  explicit TokenCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Value of `Authorization`: a bearer secret.
  std::optional<std::string> find(const TokenPlace& place, Time now) const;
  /// In place of what was there. False where it could not be kept: no folder, no uses, past its
  /// end.
  bool keep(const TokenPlace& place, std::string_view authorization, const dialogue::Reuse& reuse,
            Time now) const;
  /// A call was answered and charged for: one use less. The last one ends the token.
  void used(const TokenPlace& place, Time now) const;
  /// The gate does not take it.
  void drop(const TokenPlace& place) const;

 private:
  std::filesystem::path file_of(const TokenPlace& place) const;

  std::filesystem::path folder_;
};

/// What stands in a file: JSON.
struct KeptToken {
  TokenPlace place;
  std::string authorization;
  dialogue::Reuse reuse;
};
std::string kept_token_text(const KeptToken& token);
/// Nothing where it is no such text.
std::optional<KeptToken> read_kept_token(std::string_view text);

}  // namespace tollhouse::client
