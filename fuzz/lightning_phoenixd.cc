// fuzz: phoenixd's answers. The first byte says what was asked, the second the status. Whatever
// comes, a payment counts as paid only with an amount, and an invoice is never an empty text.
#include "lightning/phoenixd_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  using namespace tollhouse::lightning;
  if (size < 2) return 0;
  constexpr int kStatuses[] = {200, 400, 401, 403, 404, 405, 500};
  const int status = kStatuses[data[1] % std::size(kStatuses)];
  const std::string_view body = text_of(ByteView(data + 2, size - 2));
  switch (data[0] % 5) {
    case 0:
      static_cast<void>(phoenixd::read_info(status, body));
      break;
    case 1: {
      const auto minted = phoenixd::read_minted(status, body);
      if (minted && minted->bolt11.empty()) __builtin_trap();
      break;
    }
    case 2: {
      const auto found = phoenixd::read_payment(status, body, PaymentHash{});
      const bool paid = found && found->state == PaymentState::paid;
      if (paid && (status != 200 || found->received == Msat{})) __builtin_trap();
      break;
    }
    case 3: {
      const auto paid = phoenixd::read_paid(status, body);
      if (paid && paid->preimage && paid->state != Outgoing::State::paid) __builtin_trap();
      break;
    }
    default:
      static_cast<void>(phoenixd::read_outgoing(status, body));
  }
  return 0;
}
