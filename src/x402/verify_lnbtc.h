// x402: decides whether a P2 payment (`lnbtc`, preimage) is good for a call: the settlement checks
// of x402-bip122.md 7.5 without the last, the insert, which is the books'.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/money.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/secp256k1.h"
#include "x402/limits.h"
#include "x402/payment_payload.h"
#include "x402/payment_required.h"
#include "x402/reason.h"
#include "x402/requirements.h"
#include "x402/seal.h"

namespace tollhouse::x402 {

/// What is asked for now, for this request: an offer of profile lnbtc whose invoice is not looked
/// at, since a proof that was not used is good for any later challenge with equal terms.
struct LnbtcRequirement {
  const Offer* offer = nullptr;
  std::span<const DeclaredMember> declared = {};
  Duration skew = kDefaultSkew;
  /// Who alone may show the payment. Then a seal for this client is needed; empty: anybody.
  std::string_view client = {};
  Expiry expiry = Expiry::judged;
};

/// A payment whose preimage was shown.
struct LnbtcPayment {
  PaymentHash payment_hash;  ///< with the network the key of the books
  Msat amount;
  std::string_view invoice;  ///< looks into the payment
  Time usable_until;         ///< the last moment at which it passes, inclusive
  Time kept_until;           ///< until then at least the key has to be kept
  /// The invoice was minted by this gate. Where false its signer holds the right key, which is all
  /// that is known: where others have that key too the wallet has to be asked (7.4 step 4).
  bool issued_here = false;
};

/// Steps 1 to 7; the preimage is not kept. An invoice under a seal of ours (`extra.gate`) was
/// decoded when it was sealed: then its signature is not recovered again. Without `keys` no seal
/// is looked at.
///
/// Errors in order: those of 7.5, in each row in the order printed there. A payment of another
/// client is lnbtc_request_mismatch, once it names an invoice.
Result<LnbtcPayment, Reason> verify_lnbtc(const Payment& payment,
                                          const LnbtcRequirement& requirement, const SealKeys* keys,
                                          const crypto::Secp256k1& curve, Time now);

/// What a gate asks of its own offer before it is sealed and sent: a wallet that leaves out the
/// description hash, or mints for another amount or node, is caught at once (7.1).
///
/// Errors: those of row 5.
Result<void, Reason> check_minted(const Offer& offer, const crypto::Secp256k1& curve, Time now,
                                  Duration skew = kDefaultSkew);

/// The key under which a payment is kept: "lnbtc:0000…:a923…".
std::string replay_key(bolt::Network network, const PaymentHash& hash);

}  // namespace tollhouse::x402
