// lightning: sorting faults.
#include "lightning/fault_meaning.h"

namespace tollhouse::lightning {

WalletFault fault_of(io::ErrandFault fault) {
  switch (fault) {
    case io::ErrandFault::timed_out:
      return WalletFault::timed_out;
    case io::ErrandFault::tls:
      return WalletFault::tls_untrusted;
    case io::ErrandFault::redirected:
      return WalletFault::not_ready;  // LNbits, to /first_install: no password set yet
    case io::ErrandFault::too_large:
      return WalletFault::bad_answer;
    case io::ErrandFault::refused:
    case io::ErrandFault::protocol:
    case io::ErrandFault::not_allowed:
      break;
  }
  return WalletFault::unreachable;
}

bool tried_again(WalletFault fault) {
  return fault == WalletFault::unreachable || fault == WalletFault::bad_answer ||
         fault == WalletFault::backend_error;
}

bool opens_at_once(WalletFault fault) {
  return fault == WalletFault::contradiction || fault == WalletFault::wrong_network ||
         fault == WalletFault::wrong_payee || fault == WalletFault::unauthenticated ||
         fault == WalletFault::forbidden;
}

bool no_failure(WalletFault fault) {
  return fault == WalletFault::bad_request || fault == WalletFault::amount_unsupported;
}

}  // namespace tollhouse::lightning
