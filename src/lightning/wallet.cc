// lightning: words for what wallets do wrong.
#include "lightning/wallet.h"

namespace tollhouse::lightning {

std::string_view to_text(WalletFault fault) {
  switch (fault) {
    case WalletFault::unreachable:
      return "unreachable";
    case WalletFault::timed_out:
      return "timed_out";
    case WalletFault::tls_untrusted:
      return "tls_untrusted";
    case WalletFault::unauthenticated:
      return "unauthenticated";
    case WalletFault::forbidden:
      return "forbidden";
    case WalletFault::overpowered:
      return "overpowered_credential";
    case WalletFault::not_ready:
      return "not_ready";
    case WalletFault::rate_limited:
      return "rate_limited";
    case WalletFault::amount_unsupported:
      return "amount_unsupported";
    case WalletFault::bad_request:
      return "bad_request";
    case WalletFault::bad_answer:
      return "protocol";
    case WalletFault::backend_error:
      return "backend_internal";
    case WalletFault::contradiction:
      return "wallet_contradiction";
    case WalletFault::wrong_network:
      return "wrong_network";
    case WalletFault::wrong_payee:
      return "wrong_payee";
    case WalletFault::resting:
      return "resting";
  }
  return "protocol";
}

}  // namespace tollhouse::lightning
