// gate: what one invoice sells. Every way to pay that a row takes stands behind the same invoice,
// and whichever is shown first spends its payment hash (x402-bip122.md 9). Nothing is written: the
// terms are under MACs.
#pragma once
#include <memory>
#include <optional>

#include "gate/call.h"
#include "gate/worker.h"
#include "lightning/wallet.h"

namespace tollhouse::gate {

/// Whether this row's price may be paid by x402 at all: one call is sold, by L402 also more.
bool takes_x402(const Policy& policy, const Terms& terms);
/// The same by the Payment scheme, which has a charge and nothing else.
bool takes_mpp(const Policy& policy, const Terms& terms);
/// What is asked for a call: whole satoshi where the Payment scheme, which knows no other amounts,
/// is offered beside the other rails (mpp.md 2.1).
Msat asked_price(const Policy& policy, const Terms& terms);
/// Whether a fresh invoice of this row commits to the request it is sold for (P2), and so cannot be
/// minted ahead.
bool commits_to_request(const Policy& policy, const Terms& terms);

/// The request that an invoice for this call commits to; nothing where P2 is not offered for it.
std::optional<x402::Binding> binding_of(Worker& worker, const Call& call);

/// The address of a REST call, from the origin that callers see: path and query as they were sent.
std::string rest_url(const Call& call, const std::string& origin);

/// What to ask of the wallet. The invoice never outlives what is sold: who pays late would pay for
/// nothing.
lightning::MintRequest mint_request(const Policy& policy, const Terms& terms,
                                    std::string_view tool);

/// All offers behind `invoice`, which is checked. Null where the terms fit no token.
std::shared_ptr<const Challenge> sell(Worker& worker, const Call& call,
                                      const bolt::Invoice& invoice, std::string bolt11,
                                      const std::optional<x402::Binding>& binding);

/// The same behind the invoice that a judged x402 payment names: while it is on its way it is
/// offered again, also when the table of open offers has it no more (R-X402-13).
std::shared_ptr<const Challenge> sell_again(Worker& worker, const Call& call);

}  // namespace tollhouse::gate
