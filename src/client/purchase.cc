// client: the call and what it costs: asked, paid once, shown once. After the money has moved no
// way out of here forgets the credential.
#include "base/format.h"
#include "client/client.h"
#include "client/limits.h"

namespace tollhouse::client {
namespace {

Trouble trouble_with_offer(dialogue::Reason reason, const dialogue::Offer& offer, Msat limit) {
  Trouble trouble = trouble_of(reason);
  if (reason == dialogue::Reason::over_limit) {
    trouble.message =
        fmt::format("the call costs {}, the limit is {}", to_text(offer.price), to_text(limit));
  }
  return trouble;
}

Unredeemed unredeemed_of(const dialogue::Offer& offer, std::string authorization) {
  return {offer.invoice.payment_hash, offer.price, std::move(authorization)};
}

Trouble after_payment(Trouble trouble, const dialogue::Offer& offer, std::string authorization) {
  trouble.message = fmt::format("paid {}, but the call was not answered: {}", to_text(offer.price),
                                trouble.message);
  trouble.cure = "do not pay again: the credential may still be good";
  trouble.unredeemed = unredeemed_of(offer, std::move(authorization));
  return trouble;
}

/// What a paid call that got no answer got instead.
Trouble not_answered(const dialogue::Heard& heard) {
  if (const auto* refused = std::get_if<dialogue::Refused>(&heard)) return trouble_of(*refused);
  if (const auto* what = std::get_if<dialogue::NotUnderstood>(&heard)) return trouble_of(*what);
  return {TroubleKind::refused, "payment_not_accepted", "the gate asks for payment again", ""};
}

Trouble credential_refused() {
  return {TroubleKind::refused, "credential_not_accepted",
          "the gate does not take the credential that was shown", "call without it to pay anew"};
}

}  // namespace

Result<CallOutcome, Trouble> Client::call(std::string_view tool, std::string_view arguments) {
  auto mirrored = mirrored_of(tool, arguments);
  if (!mirrored) return refuse(std::move(mirrored.error()));
  const std::uint64_t id = next_id_++;
  waiting_id_ = std::to_string(id);
  const dialogue::Request request = phrases_.call_tool(id, dialect_, tool, arguments, *mirrored);
  dialogue::Request first = request;
  if (settings_.credential) first.fields.push_back({"Authorization", *settings_.credential});
  auto heard = exchange(std::move(first), kCallTimeout);
  if (!heard) return refuse(std::move(heard.error()));
  if (auto* answered = std::get_if<dialogue::Answered>(&*heard)) {
    CallOutcome outcome;
    outcome.answered = std::move(*answered);
    return outcome;
  }
  const auto* asked = std::get_if<dialogue::PaymentAsked>(&*heard);
  if (asked == nullptr) return refuse(not_answered(*heard));
  if (settings_.credential) return refuse(credential_refused());
  return buy(*asked, request);
}

Result<CallOutcome, Trouble> Client::buy(const dialogue::PaymentAsked& asked,
                                         const dialogue::Request& request) {
  auto offer = dialogue::choose_offer(asked, around_.clock.now(), around_.curve);
  if (!offer) return refuse(trouble_of(offer.error()));
  around_.witness.asked(*offer);
  if (!settings_.pay) {
    CallOutcome outcome;
    outcome.offer = std::move(*offer);
    return outcome;
  }
  const auto allowed = dialogue::affordable(*offer, settings_.limit);
  if (!allowed) return refuse(trouble_with_offer(allowed.error(), *offer, settings_.limit));
  const auto preimage = pay(*offer);
  if (!preimage) return refuse(preimage.error());
  return redeem(*offer, *preimage, request);
}

Wallet* Client::wallet_for(const dialogue::Offer& offer) {
  const bolt::Network network = offer.invoice.network;
  if (wallet_ == nullptr && simulated_by_itself(network, settings_.gate)) {
    wallet_ = std::make_unique<SimulatedGateWallet>(around_.errands, around_.witness,
                                                    settings_.gate.origin());
  }
  const bool usable = wallet_ != nullptr && wallet_->pays_on(network);
  return usable ? wallet_.get() : nullptr;
}

Result<Preimage, Trouble> Client::pay(const dialogue::Offer& offer) {
  Wallet* wallet = wallet_for(offer);
  if (wallet == nullptr) return refuse(no_wallet_for(offer.invoice.network));
  auto preimage = wallet->pay(offer.invoice_text, offer.invoice.payment_hash);
  if (!preimage) return refuse(std::move(preimage.error()));
  const auto right = dialogue::check_preimage(offer.invoice, *preimage);
  if (!right) return refuse(trouble_of(right.error()));
  around_.witness.paid(offer, wallet->name());
  return *preimage;
}

Result<CallOutcome, Trouble> Client::redeem(const dialogue::Offer& offer, const Preimage& preimage,
                                            dialogue::Request request) {
  std::string authorization = dialogue::authorization_of(offer, preimage);
  request.fields.push_back({"Authorization", authorization});
  auto heard = exchange(std::move(request), kCallTimeout);
  if (!heard) return refuse(after_payment(std::move(heard.error()), offer, authorization));
  auto* answered = std::get_if<dialogue::Answered>(&*heard);
  if (answered == nullptr) return refuse(after_payment(not_answered(*heard), offer, authorization));
  CallOutcome outcome;
  outcome.answered = std::move(*answered);
  outcome.paid = Paid{offer.price, offer.invoice.payment_hash, std::string(wallet_->name())};
  // A gate that charges for success only keeps the payment good, and then there is no receipt.
  if (outcome.answered->is_error && !outcome.answered->receipt) {
    outcome.unredeemed = unredeemed_of(offer, std::move(authorization));
  }
  return outcome;
}

}  // namespace tollhouse::client
