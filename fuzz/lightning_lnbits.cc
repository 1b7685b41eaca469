// fuzz: LNbits' answers. The first byte says what was asked, the second the status. Whatever comes,
// a payment counts as paid only with an amount, and an invoice is never an empty text.
#include "lightning/lnbits_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  using namespace tollhouse::lightning;
  if (size < 2) return 0;
  constexpr int kStatuses[] = {200, 201, 400, 401, 403, 404, 429, 500, 520};
  const int status = kStatuses[data[1] % std::size(kStatuses)];
  const std::string_view body = text_of(ByteView(data + 2, size - 2));
  switch (data[0] % 5) {
    case 0:
      static_cast<void>(lnbits::read_key_can_spend(status, body));
      break;
    case 1: {
      const auto minted = lnbits::read_minted(status, body);
      if (minted && minted->bolt11.empty()) __builtin_trap();
      break;
    }
    case 2: {
      const auto found = lnbits::read_payment(status, body, PaymentHash{}, time_from_unix(0));
      const bool paid = found && found->state == PaymentState::paid;
      if (paid && (status != 200 || found->received == Msat{})) __builtin_trap();
      break;
    }
    case 3: {
      const auto paid = lnbits::read_paid(status, body);
      if (paid && paid->preimage && paid->state != Outgoing::State::paid) __builtin_trap();
      break;
    }
    default:
      static_cast<void>(lnbits::read_outgoing(status, body));
      static_cast<void>(lnbits::shows_preimage(body));
      if (lnbits::is_hint(body) && body.size() < lnbits::kFrameBytes) __builtin_trap();
  }
  return 0;
}
