// client: the call and what it costs: asked, paid once, shown once. After the money has moved no
// way out of here forgets the credential.
#include "base/format.h"
#include "client/client.h"
#include "client/limits.h"
#include "crypto/sha256.h"
#include "dialogue/meant_call.h"
#include "dialogue/reuse.h"
#include "x402/binding.h"

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

Trouble after_payment(Trouble trouble, const dialogue::Offer& offer, std::string authorization,
                      const Paid& paid) {
  trouble.message = fmt::format("paid {}, but the call was not answered: {}", to_text(offer.price),
                                trouble.message);
  trouble.cure = "do not pay again: the credential may still be good";
  trouble.unredeemed = unredeemed_of(offer, std::move(authorization));
  trouble.paid = paid;
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

/// R-SDK-4: 401, 402 and 409 end a token that was kept. A 402 is PaymentAsked on every surface.
bool refuses_token(const dialogue::Heard& heard) {
  if (std::holds_alternative<dialogue::PaymentAsked>(heard)) return true;
  const auto* refused = std::get_if<dialogue::Refused>(&heard);
  return refused != nullptr && (refused->status == 401 || refused->status == 409);
}

/// A gate that charges for success only keeps the payment good, and then there is no receipt; and
/// what is not finished is not charged for yet.
bool is_charged(const dialogue::Answered& answered) {
  return answered.receipt || (!answered.is_error && !answered.unfinished);
}

/// What a no says of the credential that was shown.
enum class Standing : std::uint8_t { good, for_another_request, spent_or_bad };

Standing standing_after(const dialogue::PaymentAsked& asked) {
  const std::string_view code = asked.code;
  if (code.ends_with("request_mismatch")) return Standing::for_another_request;
  const bool under_way = code == "invoice_in_flight" || code == "invoice_not_paid";
  return under_way || code.starts_with("pow_") ? Standing::good : Standing::spent_or_bad;
}

/// Only a gate that says so ends a payment: a lost session, a server that fails or an error of the
/// tool does not.
Standing standing_after(const dialogue::Heard& heard) {
  if (const auto* asked = std::get_if<dialogue::PaymentAsked>(&heard)) {
    return standing_after(*asked);
  }
  const auto* refused = std::get_if<dialogue::Refused>(&heard);
  if (refused == nullptr) return Standing::good;
  if (refused->status == 403) return Standing::for_another_request;
  const bool ended = refused->status == 401 || refused->status == 409;
  return ended && refused->code != "call_in_progress" ? Standing::spent_or_bad : Standing::good;
}

/// Stands for the tool and its arguments, however they are spelled.
Digest request_of(const dialogue::Request& request, std::string_view gate) {
  const auto meant = dialogue::meant_call(request.body);
  json::Document workspace;
  if (meant) {
    const auto bound = x402::bind_mcp(meant->on(gate), workspace);
    if (bound) return bound->request_hash;
  }
  return crypto::sha256(bytes_of(request.body));
}

/// P2 names its request; of the others the gate says it when they are shown.
Binding binding_of(const dialogue::Offer& offer) {
  const bool bound = offer.rail == dialogue::Rail::x402 && offer.x402.offer.binding;
  return bound ? Binding::request : Binding::tool;
}

Trouble over_budget(const dialogue::Offer& offer, const Budget::State& budget) {
  Trouble trouble = trouble_of(dialogue::Reason::over_budget);
  trouble.message =
      fmt::format("the call costs {}, and of the budget of {} there is {} left",
                  to_text(offer.price), to_text(budget.total), to_text(budget.left()));
  return trouble;
}

dialogue::Request with_authorization(dialogue::Request request, std::string authorization) {
  request.fields.push_back(dialogue::credential_field(std::move(authorization)));
  return request;
}

/// What `--rail pow` cannot do.
std::optional<Trouble> not_for_work_alone(const dialogue::PaymentAsked& asked) {
  if (!asked.work) {
    return Trouble{TroubleKind::refused, "no_work", "the gate takes no work for this call",
                   "pay for it: --rail auto"};
  }
  if (!asked.work->needed || !asked.payable()) return std::nullopt;
  return Trouble{TroubleKind::refused, "payment_required", "the call costs a price beside the work",
                 "pay for it: --rail auto"};
}

/// Whether work is to be done in place of a payment.
bool opens_by_work(const dialogue::PaymentAsked& asked, WorkUse use, bool can_pay) {
  if (!asked.work || use == WorkUse::beside) return false;
  if (use == WorkUse::only || !asked.payable()) return true;
  return !asked.work->needed && !can_pay;
}

}  // namespace

Result<CallOutcome, Trouble> Client::call(std::string_view tool, std::string_view arguments) {
  auto mirrored = mirrored_of(tool, arguments);
  if (!mirrored) return refuse(std::move(mirrored.error()));
  const std::uint64_t id = next_id_++;
  waiting_id_ = std::to_string(id);
  return perform(phrases_.call_tool(id, dialect_, tool, arguments, *mirrored),
                 {settings_.gate.text(), std::string(tool)});
}

Result<CallOutcome, Trouble> Client::relay(std::string_view method, std::string_view params,
                                           Spending spending) {
  const dialogue::ToolCall called = dialogue::tool_call_of(method, params);
  auto mirrored =
      called.tool.empty() ? dialogue::ParamFields{} : mirrored_of(called.tool, called.arguments);
  if (!mirrored) return refuse(std::move(mirrored.error()));
  const std::uint64_t id = next_id_++;
  waiting_id_ = std::to_string(id);
  return perform(phrases_.relay(id, dialect_, method, params, *mirrored),
                 {settings_.gate.text(), called.tool}, spending);
}

std::optional<std::string> Client::kept_token(const TokenPlace& place) const {
  const bool wanted = settings_.pay && !settings_.credential && !place.tool.empty();
  if (settings_.purse.tokens == nullptr || !wanted) return std::nullopt;
  return settings_.purse.tokens->find(place, around_.clock.now());
}

Result<dialogue::Heard, Trouble> Client::exchange_shown(const dialogue::Request& request,
                                                        std::string authorization) {
  dialogue::Request shown = with_authorization(request, std::move(authorization));
  auto heard = exchange(shown, kCallTimeout);
  const auto* asked = heard ? std::get_if<dialogue::PaymentAsked>(&*heard) : nullptr;
  const bool work = asked != nullptr && asked->work && asked->work->needed;
  if (!work || !settings_.pay) return heard;
  const auto worked = work_on(asked->work->puzzle, shown);
  if (!worked) return refuse(worked.error());
  return exchange(std::move(shown), kCallTimeout);
}

Result<CallOutcome, Trouble> Client::perform(const dialogue::Request& request,
                                             const TokenPlace& place, Spending spending) {
  if (auto token = kept_token(place)) {
    auto heard = exchange_shown(request, std::move(*token));
    if (!heard) return refuse(std::move(heard.error()));
    if (!refuses_token(*heard)) return answered_again(std::move(*heard), place);
    settings_.purse.tokens->drop(place);
  }
  if (auto again = redeem_again(request, place)) return std::move(*again);
  auto heard = settings_.credential ? exchange_shown(request, *settings_.credential)
                                    : exchange(request, kCallTimeout);
  if (!heard) return refuse(std::move(heard.error()));
  if (auto* answered = std::get_if<dialogue::Answered>(&*heard)) {
    CallOutcome outcome;
    outcome.answered = std::move(*answered);
    return outcome;
  }
  const auto* asked = std::get_if<dialogue::PaymentAsked>(&*heard);
  if (asked == nullptr) return refuse(not_answered(*heard));
  if (settings_.credential) return refuse(credential_refused());
  if (spending == Spending::over) return refuse(not_answered(*heard));
  return buy(*asked, request, place);
}

std::optional<Result<CallOutcome, Trouble>> Client::redeem_again(const dialogue::Request& request,
                                                                 const TokenPlace& place) {
  if (place.tool.empty()) return std::nullopt;
  for (const Unredeemed& credential : owed_.for_call(place.tool, request_of(request, place.gate))) {
    auto heard = exchange_shown(request, credential.authorization);
    if (!heard) return refuse(std::move(heard.error()));
    if (auto* answered = std::get_if<dialogue::Answered>(&*heard)) {
      return redeemed_again(std::move(*answered), credential);
    }
    switch (standing_after(*heard)) {
      case Standing::good:
        return refuse(not_answered(*heard));
      case Standing::for_another_request:
        owed_.bind(credential.payment_hash);
        break;
      case Standing::spent_or_bad:
        // What else it is good for the gate knows; the file stays.
        owed_.erase(credential.payment_hash);
        break;
    }
  }
  return std::nullopt;
}

CallOutcome Client::redeemed_again(dialogue::Answered answered, const Unredeemed& credential) {
  CallOutcome outcome;
  outcome.answered = std::move(answered);
  outcome.reused = true;
  if (!is_charged(*outcome.answered)) return outcome;
  owed_.erase(credential.payment_hash);
  if (settings_.purse.keeper != nullptr) settings_.purse.keeper->redeemed(credential.payment_hash);
  return outcome;
}

/// What a token of an earlier payment brought.
Result<CallOutcome, Trouble> Client::answered_again(dialogue::Heard heard,
                                                    const TokenPlace& place) {
  auto* answered = std::get_if<dialogue::Answered>(&heard);
  if (answered == nullptr) return refuse(not_answered(heard));
  CallOutcome outcome;
  outcome.answered = std::move(*answered);
  outcome.reused = true;
  if (is_charged(*outcome.answered)) settings_.purse.tokens->used(place, around_.clock.now());
  return outcome;
}

/// An offer that binds its request is held against the bytes that were sent.
Result<dialogue::Offer, dialogue::Reason> Client::choose(const dialogue::PaymentAsked& asked,
                                                         const dialogue::Request& request) const {
  const auto meant = dialogue::meant_call(request.body);
  const std::string server = settings_.gate.text();
  const x402::McpCall call = meant ? meant->on(server) : x402::McpCall{};
  const dialogue::Purchase purchase{around_.clock.now(), settings_.rail, meant ? &call : nullptr};
  return dialogue::choose_offer(asked, purchase, around_.curve);
}

Result<CallOutcome, Trouble> Client::buy(const dialogue::PaymentAsked& asked,
                                         const dialogue::Request& request,
                                         const TokenPlace& place) {
  if (settings_.work == WorkUse::only) {
    if (auto trouble = not_for_work_alone(asked)) return refuse(std::move(*trouble));
  }
  const auto offer = choose(asked, request);
  if (offer) around_.witness.asked(*offer);
  const auto allowed =
      offer ? payable(*offer) : Result<void, Trouble>(refuse(trouble_of(offer.error())));
  const bool work = opens_by_work(asked, settings_.work, allowed.has_value());
  if (!settings_.pay && (offer || work)) {
    CallOutcome outcome;
    if (offer) outcome.offer = *offer;
    outcome.work = asked.work;
    return outcome;
  }
  if (work) return work_for(*asked.work, request, place);
  if (!allowed) return refuse(allowed.error());
  return pay_and_redeem(*offer, asked, request, place);
}

Result<void, Trouble> Client::payable(const dialogue::Offer& offer) {
  const auto allowed = dialogue::affordable(offer, settings_.limit);
  if (!allowed) return refuse(trouble_with_offer(allowed.error(), offer, settings_.limit));
  const Budget* budget = settings_.purse.budget;
  if (budget != nullptr && budget->state().left() < offer.price) {
    return refuse(over_budget(offer, budget->state()));
  }
  if (wallet_for(offer) == nullptr) return refuse(no_wallet_for(offer.invoice.network));
  return {};
}

Result<CallOutcome, Trouble> Client::pay_and_redeem(const dialogue::Offer& offer,
                                                    const dialogue::PaymentAsked& asked,
                                                    dialogue::Request request,
                                                    const TokenPlace& place) {
  std::optional<Worked> worked;
  if (asked.work && asked.work->needed) {
    const auto done = work_on(asked.work->puzzle, request);
    if (!done) return refuse(done.error());
    worked = *done;
  }
  const auto preimage = pay_within_limits(offer);
  if (!preimage) return refuse(preimage.error());
  auto outcome = redeem(offer, *preimage, request, place);
  if (outcome) outcome->worked = worked;
  return outcome;
}

/// The money counts as spent before it is ordered, so that nothing that happens in between can
/// spend it twice.
Result<Preimage, Trouble> Client::pay_within_limits(const dialogue::Offer& offer) {
  const auto allowed = dialogue::affordable(offer, settings_.limit);
  if (!allowed) return refuse(trouble_with_offer(allowed.error(), offer, settings_.limit));
  Budget* budget = settings_.purse.budget;
  if (budget != nullptr && !budget->reserve(offer.price)) {
    return refuse(over_budget(offer, budget->state()));
  }
  auto preimage = pay(offer);
  if (budget != nullptr && !preimage && preimage.error().surely_unpaid) {
    budget->release(offer.price);
  }
  return preimage;
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

/// Before it is shown: whatever ends the program now, the credential is in a file. False where it
/// is for this one call.
bool Client::keep(const dialogue::Offer& offer, const std::string& authorization,
                  const TokenPlace& place) {
  const auto reuse = dialogue::reuse_of(offer.macaroon_base64);
  const Purse& purse = settings_.purse;
  if (purse.tokens != nullptr && reuse && !place.tool.empty() &&
      purse.tokens->keep(place, authorization, *reuse, around_.clock.now())) {
    return true;
  }
  if (purse.keeper != nullptr) purse.keeper->paid(unredeemed_of(offer, authorization));
  return false;
}

Result<CallOutcome, Trouble> Client::redeem(const dialogue::Offer& offer, const Preimage& preimage,
                                            const dialogue::Request& request,
                                            const TokenPlace& place) {
  const std::string authorization = dialogue::authorization_of(offer, preimage);
  const bool kept = keep(offer, authorization, place);
  if (!kept && !place.tool.empty()) {
    owed_.add(unredeemed_of(offer, authorization), place.tool, request_of(request, place.gate),
              binding_of(offer));
  }
  const Paid paid{offer.price, offer.invoice.payment_hash, std::string(wallet_->name()),
                  offer.rail};
  auto heard = exchange_shown(request, authorization);
  if (!heard) return refuse(after_payment(std::move(heard.error()), offer, authorization, paid));
  if (kept && refuses_token(*heard)) settings_.purse.tokens->drop(place);
  auto* answered = std::get_if<dialogue::Answered>(&*heard);
  if (answered == nullptr) {
    return refuse(after_payment(not_answered(*heard), offer, authorization, paid));
  }
  CallOutcome outcome;
  outcome.answered = std::move(*answered);
  outcome.paid = paid;
  if (!is_charged(*outcome.answered)) {
    if (!kept && outcome.answered->is_error)
      outcome.unredeemed = unredeemed_of(offer, authorization);
  } else if (kept) {
    settings_.purse.tokens->used(place, around_.clock.now());
  } else {
    owed_.erase(offer.invoice.payment_hash);
    if (settings_.purse.keeper != nullptr) {
      settings_.purse.keeper->redeemed(offer.invoice.payment_hash);
    }
  }
  return outcome;
}

}  // namespace tollhouse::client
