// fuzz: LND's answers and macaroons. The first byte says what was asked, the second the status.
// Whatever comes, a payment counts as paid only with an amount, a preimage is never of zeros, and
// an invoice is never an empty text.
#include <algorithm>

#include "lightning/lnd_codec.h"
#include "lightning/lnd_macaroon.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  using namespace tollhouse::lightning;
  if (size < 2) return 0;
  constexpr int kStatuses[] = {200, 400, 401, 403, 404, 409, 500, 501, 503};
  const int status = kStatuses[data[1] % std::size(kStatuses)];
  const ByteView bytes(data + 2, size - 2);
  const std::string_view body = text_of(bytes);
  switch (data[0] % 6) {
    case 0:
      static_cast<void>(lnd::read_state(status, body));
      break;
    case 1: {
      const auto minted = lnd::read_minted(status, body);
      if (minted && minted->bolt11.empty()) __builtin_trap();
      break;
    }
    case 2: {
      const auto found = lnd::read_payment(status, body, PaymentHash{}, time_from_unix(0));
      const bool paid = found && found->state == PaymentState::paid;
      if (paid && (status != 200 || found->received == Msat{})) __builtin_trap();
      break;
    }
    case 3: {
      const auto paid = lnd::read_paid(status, body);
      if (!paid || !paid->preimage) break;
      const bool zeros = std::ranges::all_of(paid->preimage->reveal(),
                                             [](std::uint8_t byte) { return byte == 0; });
      if (zeros || paid->state != Outgoing::State::paid) __builtin_trap();
      break;
    }
    case 4:
      static_cast<void>(lnd::read_outgoing(status, body));
      break;
    default: {
      const auto macaroon = lnd::macaroon_from(bytes);
      if (macaroon) static_cast<void>(lnd::read_power(macaroon->reveal()));
    }
  }
  return 0;
}
