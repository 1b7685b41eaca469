// client: one order, then looking.
#include "client/lnbits_wallet.h"

#include <thread>

#include "base/format.h"
#include "client/line.h"
#include "dialogue/shown.h"

namespace tollhouse::client {
namespace {

using lightning::Outgoing;
using lightning::PayFault;
using lightning::WalletFault;

constexpr const char* kLookBeforePaying =
    "the payment may have been made: look before you pay again";

Trouble not_paid(const PayFault& fault) {
  Trouble trouble{TroubleKind::refused, std::string(to_text(fault.fault)), "the wallet did not pay",
                  ""};
  trouble.surely_unpaid = true;
  if (!fault.said.empty()) {
    trouble.message += ": " + dialogue::for_terminal(dialogue::without_secrets(fault.said));
  }
  switch (fault.fault) {
    case WalletFault::unauthenticated:
      trouble.cure = "TOLLHOUSE_WALLET_KEY is no key of this LNbits";
      break;
    case WalletFault::forbidden:
      trouble.cure = "TOLLHOUSE_WALLET_KEY can only receive; paying needs the wallet's admin key";
      break;
    case WalletFault::rate_limited:
      trouble.cure = "try again in 60 s";
      break;
    default:
      break;
  }
  return trouble;
}

Trouble payment_failed() {
  Trouble trouble{TroubleKind::refused, "payment_failed",
                  "the wallet tried, and the payment failed", ""};
  trouble.surely_unpaid = true;
  return trouble;
}

Trouble in_flight() {
  return {TroubleKind::unreachable, "payment_in_flight",
          "the wallet does not say what became of it", kLookBeforePaying};
}

}  // namespace

io::Errand LnbitsWallet::errand(std::string path) const {
  io::Errand made;
  made.url = base_ + std::move(path);
  made.fields.push_back({"X-Api-Key", std::string(text_of(key_.reveal()))});
  made.bytes_max = kWalletBytesMax;
  made.timeout = kWalletTimeout;
  made.allow_private = true;  // the caller's own wallet, by his own address
  return made;
}

Result<Preimage, Trouble> LnbitsWallet::pay(std::string_view text, const PaymentHash& hash) {
  io::Errand order = errand("/api/v1/payments");
  order.method = "POST";
  order.fields.push_back({"Content-Type", "application/json"});
  order.body = lightning::lnbits::pay_body(text);
  order.timeout = patience_.order;
  const Replied reply = ask(errands_, std::move(order), witness_);
  if (!reply) {
    // Broken off or too late: the order may have arrived.
    const bool arrived = reply.error() == io::ErrandFault::timed_out ||
                         reply.error() == io::ErrandFault::protocol ||
                         reply.error() == io::ErrandFault::too_large;
    if (arrived) return follow(hash);
    Trouble trouble = trouble_of(reply.error(), "the wallet");
    trouble.surely_unpaid = was_not_sent(reply.error());
    return refuse(std::move(trouble));
  }
  const auto paid = lightning::lnbits::read_paid(reply->status, reply->body);
  if (!paid && !paid.error().maybe_paid) return refuse(not_paid(paid.error()));
  if (paid && paid->state == Outgoing::State::failed) return refuse(payment_failed());
  if (paid && paid->preimage) return *paid->preimage;
  return follow(hash);
}

/// Looks until the wallet says paid or failed.
Result<Preimage, Trouble> LnbitsWallet::follow(const PaymentHash& hash) {
  const auto end = std::chrono::steady_clock::now() + patience_.longest;
  while (true) {
    const Replied reply = ask(errands_, errand(lightning::lnbits::payment_path(hash)), witness_);
    if (reply) {
      const auto found = lightning::lnbits::read_outgoing(reply->status, reply->body);
      if (found && found->preimage) return *found->preimage;
      if (found && found->state == Outgoing::State::failed) return refuse(payment_failed());
      // Paid, and the proof is not to be had: more looking does not bring it.
      if (found && found->state == Outgoing::State::paid) return refuse(in_flight());
    }
    if (std::chrono::steady_clock::now() + patience_.each >= end) return refuse(in_flight());
    std::this_thread::sleep_for(patience_.each);
  }
}

}  // namespace tollhouse::client
