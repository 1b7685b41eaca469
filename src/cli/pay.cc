// cli: `pay`, one invoice, for its preimage. Needs a wallet by name: `sim` with --gate, or
// `sim:URL`, or `lnbits:URL`, `phoenixd:URL` or `lnd:URL` with its key in TOLLHOUSE_WALLET_KEY; all
// also as TOLLHOUSE_WALLET.
#include "cli/pay.h"

#include "base/format.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "cli/caller.h"
#include "dialogue/offer.h"
#include "json/writer.h"

namespace tollhouse::cli {
namespace {

using client::Trouble;
using client::TroubleKind;

Result<bolt::Invoice, Trouble> invoice_of(std::string_view text, const CallerMeans& means) {
  auto invoice = bolt::decode(text, means.curve());
  const auto why = [](bolt::Reason reason) {
    const auto& row = row_of(bolt::kReasons, reason);
    return Trouble{TroubleKind::refused, std::string(row.token), std::string(row.said_to_caller),
                   ""};
  };
  if (!invoice) return refuse(why(invoice.error()));
  const auto payable = bolt::check(*invoice, {.now = means.clock().now()});
  if (!payable) return refuse(why(payable.error()));
  if (!invoice->amount) return refuse(why(bolt::Reason::amount_missing));
  return std::move(*invoice);
}

Result<std::unique_ptr<client::Wallet>, Trouble> wallet_of(const PayOptions& options,
                                                           const Terminal& terminal,
                                                           CallerMeans& means) {
  std::optional<http::Url> gate;
  if (options.gate) {
    auto url = caller_url(*options.gate);
    if (!url) return refuse(std::move(url.error()));
    gate = std::move(*url);
  }
  auto name = wallet_name(options.wallet, terminal);
  if (!name && gate) name = "sim";
  if (!name) {
    return refuse(Trouble{TroubleKind::usage, "no_wallet", "no wallet is named",
                          "--wallet lnbits:URL, phoenixd:URL, lnd:URL or "
                          "sim:http://127.0.0.1:8402, or TOLLHOUSE_WALLET"});
  }
  return client::wallet_named(name, wallet_key(terminal), gate, means.errands(), means.witness());
}

std::string facts_json(const bolt::Invoice& invoice, std::string_view wallet,
                       const Preimage* preimage) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("paymentHash", hex(invoice.payment_hash.view()));
  writer.member("amountMsat", invoice.amount->count());
  writer.member("network", bolt::to_text(invoice.network));
  writer.member("wallet", wallet).member("paid", preimage != nullptr);
  if (preimage != nullptr) writer.member("preimage", hex(preimage->reveal()));
  writer.end_object();
  return text;
}

int show_plan(const bolt::Invoice& invoice, std::string_view wallet, const Terminal& terminal) {
  if (terminal.json()) {
    terminal.line(facts_json(invoice, wallet, nullptr));
  } else {
    terminal.line(fmt::format("would pay {} on {} with {} (payment hash {}, expires {})",
                              to_text(*invoice.amount), bolt::to_text(invoice.network), wallet,
                              hex(invoice.payment_hash.view()),
                              rfc3339(bolt::expires_at(invoice), 0)));
  }
  return exit_with(Exit::done);
}

int pay(client::Wallet& wallet, const bolt::Invoice& invoice, std::string_view text,
        const Terminal& terminal) {
  const auto preimage = wallet.pay(text, invoice.payment_hash);
  if (!preimage) return tell(preimage.error(), terminal);
  const auto right = dialogue::check_preimage(invoice, *preimage);
  if (!right) return tell(client::trouble_of(right.error()), terminal);
  if (terminal.json()) {
    terminal.line(facts_json(invoice, wallet.name(), &*preimage));
    return exit_with(Exit::done);
  }
  terminal.note(fmt::format("paid {} with {}", to_text(*invoice.amount), wallet.name()));
  terminal.line(hex(preimage->reveal()));
  return exit_with(Exit::done);
}

}  // namespace

int run_pay(const PayOptions& options, Terminal& terminal) {
  CallerMeans means(terminal, false);
  const auto wallet = wallet_of(options, terminal, means);
  if (!wallet) return tell(wallet.error(), terminal);
  const std::string text(bolt::bare_invoice(options.invoice));
  const auto invoice = invoice_of(text, means);
  if (!invoice) return tell(invoice.error(), terminal);
  if (!(*wallet)->pays_on(invoice->network)) {
    return tell(client::no_wallet_for(invoice->network), terminal);
  }
  if (options.dry_run) return show_plan(*invoice, (*wallet)->name(), terminal);
  return pay(**wallet, *invoice, text, terminal);
}

}  // namespace tollhouse::cli
