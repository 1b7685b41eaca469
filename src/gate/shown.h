// gate: what a call shows, wherever a client may have put it. Nothing is judged here; each rail's
// room says which carriers it knows (mcp-gateway.md 7.2, "Credential carriers").
#pragma once
#include <string_view>

#include "gate/call.h"
#include "gate/worker.h"
#include "l402/credential.h"
#include "mpp/credential.h"
#include "x402/payment_payload.h"

namespace tollhouse::gate {

/// The composite header's payment part into `call.composite`. Refused where the header cannot be
/// read, or its identity part is not the Bearer token beside it. Who calls is not asked in this
/// build, so an identity part that can be read is ignored.
std::optional<Refusal> read_composite_header(Call& call);

/// An L402 credential, read into `worker.credential`.
l402::Presence find_l402(Worker& worker, const Call& call);

/// An x402 payment, unread. A view into the request.
struct ShownX402 {
  x402::Presence presence = x402::Presence::none;
  x402::PaymentText text;
  bool in_meta = false;
};
ShownX402 find_x402(const Call& call);

/// A credential of the Payment scheme.
mpp::Reading find_payment(Worker& worker, const Call& call);

/// Work, unread: the text of `X-PoW-Solution` or of `_meta["tollhouse/pow"]`.
struct ShownWork {
  enum class Presence : std::uint8_t {
    none,
    ambiguous,  ///< two that differ
    found,
  };
  Presence presence = Presence::none;
  std::string_view text;
};
ShownWork find_work(Worker& worker, const Call& call);

}  // namespace tollhouse::gate
