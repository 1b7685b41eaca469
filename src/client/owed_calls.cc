// client: what was paid for and not answered.
#include "client/owed_calls.h"

#include <algorithm>
#include <ranges>

#include "client/limits.h"

namespace tollhouse::client {

void OwedCalls::add(const Unredeemed& credential, std::string_view tool, const Digest& request,
                    Binding binding) {
  erase(credential.payment_hash);
  if (owed_.size() >= kUnredeemedMax) owed_.erase(owed_.begin());
  owed_.push_back({credential, std::string(tool), request, binding});
}

std::vector<Unredeemed> OwedCalls::for_call(std::string_view tool, const Digest& request) const {
  std::vector<Unredeemed> found;
  for (const Owed& owed : std::views::reverse(owed_)) {
    const bool fits = owed.binding == Binding::tool || owed.request == request;
    if (owed.tool == tool && fits) found.push_back(owed.credential);
  }
  return found;
}

void OwedCalls::bind(const PaymentHash& hash) {
  for (Owed& owed : owed_) {
    if (owed.credential.payment_hash == hash) owed.binding = Binding::request;
  }
}

void OwedCalls::erase(const PaymentHash& hash) {
  std::erase_if(owed_, [&](const Owed& owed) { return owed.credential.payment_hash == hash; });
}

}  // namespace tollhouse::client
