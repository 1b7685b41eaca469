// gate: minting, and not believing the wallet.
#include "gate/minting.h"

#include "base/base64.h"
#include "bolt/bolt11.h"
#include "l402/challenge.h"
#include "mcp/request_digest.h"

namespace tollhouse::gate {
namespace {

using MintAnswer = Result<lightning::MintedInvoice, lightning::WalletFault>;

/// A wallet's clock may run a little ahead or behind.
constexpr Duration kExpirySlack = std::chrono::minutes(5);

Refusal limited(Worker& worker, Duration wait) {
  worker.metrics.rate_limited.add();
  worker.metrics.invoices[static_cast<std::size_t>(InvoiceResult::limited)].add();
  Refusal refusal = refusal_of(Reason::rate_limited);
  refusal.retry_after = wait;
  return refusal;
}

OfferKey offer_key(Call& call) {
  OfferKey key{
      std::string(call.client), call.route->service, std::string(call.tool), call.terms.price, {}};
  if (call.terms.bind_body) {
    if (!call.request_digest) call.request_digest = mcp::request_digest(*call.message);
    key.binding = std::string(text_of(call.request_digest->view()));
  }
  return key;
}

/// Whether one more invoice may be asked of the wallet for this client.
std::optional<Refusal> judge_rates(Worker& worker, const std::string& client) {
  House& house = worker.house;
  const Tick now = worker.now();
  if (const auto wait = house.mints_by_client.take(client, now)) return limited(worker, *wait);
  if (const auto wait = house.mints_in_all.take("", now)) return limited(worker, *wait);
  if (!house.open_challenges.reserve(client, worker.utc())) {
    return limited(worker, std::chrono::seconds(30));
  }
  return std::nullopt;
}

/// The invoice must be what was asked for: signed, on our network, with the hash and at least the
/// amount (whole-satoshi wallets round up); the wallet's own words count for nothing.
std::optional<bolt::Invoice> checked_invoice(const House& house,
                                             const lightning::MintedInvoice& minted, Msat asked,
                                             Time now) {
  bolt::DecodeOptions options;
  options.network = house.wallet.network();
  auto invoice = bolt::decode(minted.bolt11, house.curve, options);
  if (!invoice || invoice->payment_hash != minted.payment_hash || !invoice->amount) {
    return std::nullopt;
  }
  const bool rounded_up =
      invoice->amount->count() >= asked.count() && invoice->amount->count() - asked.count() < 1000;
  bolt::Expectation expected;
  expected.now = now;
  expected.timestamp_ahead_max = kExpirySlack;
  if (!rounded_up || !bolt::check(*invoice, expected)) return std::nullopt;
  return std::move(*invoice);
}

l402::Terms token_terms(const Call& call, std::span<const std::string_view> tool) {
  l402::Terms terms;
  terms.service = call.route->service;
  terms.capabilities = tool;
  terms.valid_for = call.terms.valid_for;
  terms.uses = call.terms.uses == 0 ? std::nullopt : std::optional(call.terms.uses);
  if (call.terms.bind_body) terms.body = call.request_digest;
  if (call.terms.bind_address) terms.address = call.client;
  return terms;
}

std::shared_ptr<const Challenge> sell(Worker& worker, const Call& call,
                                      const bolt::Invoice& invoice, std::string bolt11, Time now) {
  const std::array<std::string_view, 1> tool{call.tool};
  const Time valid_until = now + call.terms.valid_for;
  const l402::Sale sale{invoice.payment_hash, *invoice.amount, now, worker.house.epoch,
                        token_terms(call, tool)};
  const auto token = l402::mint(sale, call.rules.keys, worker.house.random);
  if (!token) return nullptr;
  return std::make_shared<const Challenge>(Challenge{
      std::move(bolt11), base64(*token), invoice.payment_hash, *invoice.amount, now, valid_until});
}

lightning::MintRequest mint_request(const Call& call) {
  // An invoice never outlives its token: who pays late would pay for nothing.
  return {call.terms.price, call.terms.valid_for, "Tollhouse: " + std::string(call.tool)};
}

}  // namespace

io::Task<Offered> offer(Worker& worker, Call& call) {
  House& house = worker.house;
  const OfferKey key = offer_key(call);
  if (auto open = house.open_challenges.find(key, worker.utc())) co_return std::move(open);
  if (auto refusal = judge_rates(worker, key.client)) co_return refuse(*std::move(refusal));

  const Tick began = worker.now();
  io::Reply<MintAnswer> reply(worker.reactor);
  house.wallet.mint(mint_request(call), reply.sender());
  const Tick deadline = began + call.rules.policy.limits.mint_timeout;
  const auto answer = co_await reply.until(deadline);
  worker.metrics.invoice_duration.observe(house.clock.tick() - began);

  house.wallet_up.store(answer.has_value() && answer->has_value(), std::memory_order_relaxed);
  const Time now = worker.utc();
  std::shared_ptr<const Challenge> challenge;
  if (answer && *answer) {
    const auto invoice = checked_invoice(house, **answer, call.terms.price, now);
    if (invoice) challenge = sell(worker, call, *invoice, (*answer)->bolt11, now);
    if (!invoice) {
      house.log.write(LogLevel::error, "wallet_contradiction",
                      "The wallet returned an invoice that was not asked for; it is not used.",
                      {{"lightning.driver", house.wallet.driver()}});
    }
  }
  if (!challenge) {
    house.open_challenges.give_back(key.client);
    worker.metrics.invoices[static_cast<std::size_t>(InvoiceResult::failed)].add();
    co_return refuse(refusal_of(Reason::rails_unavailable));
  }
  house.open_challenges.keep(key, challenge);
  worker.metrics.invoices[static_cast<std::size_t>(InvoiceResult::created)].add();
  worker.metrics.tools[call.tool_metric].challenges.add();
  co_return std::move(challenge);
}

}  // namespace tollhouse::gate
