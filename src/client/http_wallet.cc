// client: one order, then looking.
#include "client/http_wallet.h"

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

std::string in_its_words(std::string_view said) {
  return ": " + dialogue::for_terminal(dialogue::without_secrets(said));
}

Trouble payment_failed(std::string_view said) {
  Trouble trouble{TroubleKind::refused, "payment_failed",
                  "the wallet tried, and the payment failed", ""};
  if (!said.empty()) trouble.message += in_its_words(said);
  trouble.surely_unpaid = true;
  return trouble;
}

Trouble in_flight() {
  return {TroubleKind::unreachable, "payment_in_flight",
          "the wallet does not say what became of it", kLookBeforePaying};
}

}  // namespace

io::Errand HttpWallet::errand(lightning::Question question) const {
  io::Errand made;
  made.method = std::move(question.method);
  made.url = base_ + std::move(question.path);
  if (!question.content_type.empty()) {
    made.fields.push_back({"Content-Type", std::move(question.content_type)});
  }
  made.body = std::move(question.body);
  made.bytes_max = kWalletBytesMax;
  made.timeout = kWalletTimeout;
  made.allow_private = true;  // the caller's own wallet, by his own address
  protocol_->show_credential(made);
  return made;
}

Trouble HttpWallet::not_paid(const PayFault& fault) const {
  Trouble trouble{TroubleKind::refused, std::string(to_text(fault.fault)), "the wallet did not pay",
                  ""};
  trouble.surely_unpaid = true;
  if (!fault.said.empty()) trouble.message += in_its_words(fault.said);
  switch (fault.fault) {
    case WalletFault::unauthenticated:
      trouble.cure = fmt::format("TOLLHOUSE_WALLET_KEY is not known there; paying needs {}",
                                 protocol_->credential());
      break;
    case WalletFault::forbidden:
      trouble.cure =
          fmt::format("TOLLHOUSE_WALLET_KEY may not pay; paying needs {}", protocol_->credential());
      break;
    case WalletFault::not_ready:
      trouble.cure = "unlock it, or wait until it has started";
      break;
    case WalletFault::rate_limited:
      trouble.cure = "try again in 60 s";
      break;
    default:
      break;
  }
  return trouble;
}

Result<Preimage, Trouble> HttpWallet::pay(std::string_view text, const PaymentHash& hash) {
  io::Errand order = errand(protocol_->order(text));
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
  const auto paid = protocol_->read_order(reply->status, reply->body);
  if (!paid && !paid.error().maybe_paid) return refuse(not_paid(paid.error()));
  if (paid && paid->state == Outgoing::State::failed) return refuse(payment_failed(paid->said));
  if (paid && paid->preimage) return *paid->preimage;
  return follow(hash);
}

/// Looks until the wallet says paid or failed.
Result<Preimage, Trouble> HttpWallet::follow(const PaymentHash& hash) {
  const auto end = std::chrono::steady_clock::now() + patience_.longest;
  while (true) {
    const Replied reply = ask(errands_, errand(protocol_->look(hash)), witness_);
    if (reply) {
      const auto found = protocol_->read_look(reply->status, reply->body);
      if (found && found->preimage) return *found->preimage;
      if (found && found->state == Outgoing::State::failed) {
        return refuse(payment_failed(found->said));
      }
      // Paid, and the proof is not to be had: more looking does not bring it.
      if (found && found->state == Outgoing::State::paid) return refuse(in_flight());
    }
    if (std::chrono::steady_clock::now() + patience_.each >= end) return refuse(in_flight());
    std::this_thread::sleep_for(patience_.each);
  }
}

}  // namespace tollhouse::client
