// fuzz: strict version 2 reader. What it accepts is canonical, so writing it again gives the same
// bytes; what version 1 accepts survives a round trip.
#include "macaroon/chain.h"
#include "macaroon/formats.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  const ByteView bytes(data, size);
  if (const auto view = macaroon::read_v2(bytes)) {
    const macaroon::Owned owned = macaroon::owned(*view);
    // An empty location field is the one spelling we accept and do not write (l402.md 4.3).
    const Bytes again = macaroon::write_v2(owned);
    const bool empty_location = size > 2 && data[1] == 1 && data[2] == 0;
    bool third_party = false;
    for (const auto& caveat : owned.caveats) third_party |= !caveat.verification_id.empty();
    if (!empty_location && !third_party && again != Bytes(data, data + size)) __builtin_trap();
    const auto reread = macaroon::read_v2(again);
    if (!reread || macaroon::owned(*reread) != owned) __builtin_trap();
    const auto narrower = macaroon::attenuate(*view, "a=b");
    if (narrower && !macaroon::read_v2(*narrower)) __builtin_trap();
    // A signature that nobody made never verifies, and a good one stays good when lengthened.
    const macaroon::ChainKey key;
    if (macaroon::verify(*view, key) && narrower &&
        !macaroon::verify(*macaroon::read_v2(*narrower), key)) {
      __builtin_trap();
    }
  }
  if (const auto old = macaroon::read_v1(bytes)) {
    const auto again = macaroon::write_v1(*old);
    if (!again || *again != Bytes(data, data + size)) __builtin_trap();
  }
  return 0;
}
