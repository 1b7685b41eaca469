// gate: minting, and not believing the wallet.
#include "gate/minting.h"

#include "bolt/bolt11.h"
#include "gate/sale.h"
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

/// Two calls that differ where an offer is bound to them have invoices of their own.
OfferKey offer_key(Call& call, const std::optional<x402::Binding>& binding) {
  OfferKey key{
      std::string(call.client), call.route->service, std::string(call.tool), call.terms.price, {}};
  if (call.terms.bind_body) {
    if (!call.request_digest) call.request_digest = mcp::request_digest(*call.message);
    key.binding = std::string(text_of(call.request_digest->view()));
  }
  if (binding) key.binding += text_of(binding->request_hash.view());
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
  const auto binding = binding_of(worker, call);
  const OfferKey key = offer_key(call, binding);
  if (auto open = house.open_challenges.find(key, worker.utc())) co_return std::move(open);
  if (auto refusal = judge_rates(worker, key.client)) co_return refuse(*std::move(refusal));

  const Tick began = worker.now();
  io::Reply<MintAnswer> reply(worker.reactor);
  lightning::MintRequest asked = mint_request(call.rules.policy, call.terms, call.tool);
  if (binding) asked.description_hash = bolt::DescriptionHash{binding->request_hash.bytes};
  house.wallet.mint(asked, reply.sender());
  const Tick deadline = began + call.rules.policy.limits.mint_timeout;
  const auto answer = co_await reply.until(deadline);
  worker.metrics.invoice_duration.observe(house.clock.tick() - began);

  house.wallet_up.store(answer.has_value() && answer->has_value(), std::memory_order_relaxed);
  const Time now = worker.utc();
  std::shared_ptr<const Challenge> challenge;
  if (answer && *answer) {
    const auto invoice = checked_invoice(house, **answer, asked, now);
    if (invoice) challenge = sell(worker, call, *invoice, (*answer)->bolt11, binding);
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
      if (!row.terms.priced() || commits_to_request(policy, row.terms)) continue;
      wallet.prepare(mint_request(policy, row.terms, row.name));
    }
  }
}

}  // namespace tollhouse::gate
