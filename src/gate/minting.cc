// gate: minting, and not believing the wallet.
#include "gate/minting.h"

#include "base/base64.h"
#include "bolt/bolt11.h"
#include "l402/challenge.h"
#include "lightning/minted_check.h"
#include "mcp/request_digest.h"

namespace tollhouse::gate {
namespace {

using MintAnswer = Result<lightning::MintedInvoice, lightning::WalletFault>;

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

lightning::MintRequest mint_request(const Terms& terms, std::string_view tool) {
  // An invoice never outlives its token: who pays late would pay for nothing.
  return {terms.price, terms.valid_for, "Tollhouse: " + std::string(tool)};
}

/// The invoice must be what was asked for; the wallet's own words count for nothing.
std::optional<bolt::Invoice> checked_invoice(const House& house,
                                             const lightning::MintedInvoice& minted,
                                             const lightning::MintRequest& asked, Time now) {
  const lightning::MintedExpectation expected{house.wallet.network(), now};
  auto invoice = lightning::check_minted(minted.bolt11, asked, expected, house.curve);
  if (!invoice || invoice->payment_hash != minted.payment_hash) return std::nullopt;
  return std::move(*invoice);
}

bool is_lie(lightning::WalletFault fault) {
  return fault == lightning::WalletFault::contradiction ||
         fault == lightning::WalletFault::wrong_network ||
         fault == lightning::WalletFault::wrong_payee;
}

void tell_contradiction(House& house) {
  house.log.write(LogLevel::error, "wallet_contradiction",
                  "The wallet returned an invoice that was not asked for; it is not used.",
                  {{"lightning.driver", house.wallet.driver()}});
}

Refusal no_invoice(const House& house) {
  Refusal refusal = refusal_of(Reason::rails_unavailable);
  refusal.retry_after = house.wallet.condition().retry_after;
  return refusal;
}

}  // namespace

io::Task<Offered> offer(Worker& worker, Call& call) {
  House& house = worker.house;
  const OfferKey key = offer_key(call);
  if (auto open = house.open_challenges.find(key, worker.utc())) co_return std::move(open);
  if (auto refusal = judge_rates(worker, key.client)) co_return refuse(*std::move(refusal));

  const Tick began = worker.now();
  io::Reply<MintAnswer> reply(worker.reactor);
  const lightning::MintRequest asked = mint_request(call.terms, call.tool);
  house.wallet.mint(asked, reply.sender());
  const Tick deadline = began + call.rules.policy.limits.mint_timeout;
  const auto answer = co_await reply.until(deadline);
  worker.metrics.invoice_duration.observe(house.clock.tick() - began);

  house.wallet_up.store(answer.has_value() && answer->has_value(), std::memory_order_relaxed);
  const Time now = worker.utc();
  std::shared_ptr<const Challenge> challenge;
  if (answer && *answer) {
    const auto invoice = checked_invoice(house, **answer, asked, now);
    if (invoice) challenge = sell(worker, call, *invoice, (*answer)->bolt11, now);
    if (!invoice) tell_contradiction(house);
  } else if (answer && is_lie(answer->error())) {
    tell_contradiction(house);
  }
  if (!challenge) {
    house.open_challenges.give_back(key.client);
    worker.metrics.invoices[static_cast<std::size_t>(InvoiceResult::failed)].add();
    co_return refuse(no_invoice(house));
  }
  house.open_challenges.keep(key, challenge);
  house.wallet.watch(challenge->payment_hash);
  worker.metrics.invoices[static_cast<std::size_t>(InvoiceResult::created)].add();
  worker.metrics.tools[call.tool_metric].challenges.add();
  co_return std::move(challenge);
}

void mint_ahead(const Policy& policy, lightning::MintedAhead& wallet) {
  for (const Route& route : policy.routes) {
    for (const ToolRow& row : route.rows) {
      if (!row.terms.free()) wallet.prepare(mint_request(row.terms, row.name));
    }
  }
}

}  // namespace tollhouse::gate
