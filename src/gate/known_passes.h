// gate: passes whose MAC chain was checked before. Holds only what is true without request, price
// and time (l402.md 7, "Caching"): service, tool and expiry are judged at each showing.
#pragma once
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "l402/verify.h"

namespace tollhouse::gate {

/// Of one reactor. A credential is known by all of its macaroon's bytes and its preimage.
class KnownPasses {
 public:
  /// Places; two passes that fall together take turns. Some 5 KiB each once used.
  static constexpr std::size_t kPlaces = 256;

  /// Whose token this is and what it allows (l402::authenticate): out of memory where it is a pass
  /// shown before, else by its MAC chain. Views live until the next call. `keys` and
  /// `options` are those of every call since forget().
  Result<l402::Grant, l402::Reason> authenticate(const l402::Credential& credential,
                                                 const l402::RootKeys& keys,
                                                 std::string_view service,
                                                 const l402::Options& options);
  /// Whether the last one came out of memory.
  bool knew() const { return knew_; }
  /// Nothing is known any more: new rules are in force.
  void forget() { known_ = {}; }

 private:
  struct Known {
    l402::Credential credential;
    std::string service;
    l402::Grant grant;  ///< its views look into `credential`
  };
  static std::size_t place_of(const l402::Credential& credential);
  const Known* find(const l402::Credential& credential, std::string_view service) const;

  std::array<std::unique_ptr<Known>, kPlaces> known_;
  bool knew_ = false;
  std::unique_ptr<Known> judged_;  ///< the credential being judged, kept if it is a good pass
};

}  // namespace tollhouse::gate
