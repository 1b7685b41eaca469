// client: payments of this client that bought no answer yet, so that the next call they are good
// for shows them again in place of paying (R-SDK-5). Promises: one that is bound to its request is
// never shown with another.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "client/trouble.h"

namespace tollhouse::client {

/// What a payment is good for, as far as its buyer can tell.
enum class Binding : std::uint8_t { tool, request };

class OwedCalls {
 public:
  /// `request` stands for the tool's name and arguments. Where there are too many the oldest is
  /// forgotten: its file stays.
  void add(const Unredeemed& credential, std::string_view tool, const Digest& request,
           Binding binding);
  /// Those that may open this call, the newest first.
  std::vector<Unredeemed> for_call(std::string_view tool, const Digest& request) const;
  /// The gate does not take it for other requests than its own.
  void bind(const PaymentHash& hash);
  /// It is used up, or no good.
  void erase(const PaymentHash& hash);

 private:
  struct Owed {
    Unredeemed credential;
    std::string tool;
    Digest request;
    Binding binding;
  };
  std::vector<Owed> owed_;  ///< the oldest first
};

}  // namespace tollhouse::client
