// cli: `inspect` of BOLT 11 invoices. The signature is checked; whether to pay is not said.
#include "bolt/bolt11.h"
#include "cli/facts.h"

namespace tollhouse::cli {
namespace {

void add_description(Facts& facts, const bolt::Invoice& invoice) {
  if (const auto* text = std::get_if<std::string>(&invoice.description)) {
    add_text(facts, "description", *text);
  } else {
    add_text(facts, "descriptionHash",
             hex(std::get<bolt::DescriptionHash>(invoice.description).view()));
  }
}

}  // namespace

void add_invoice(Facts& facts, std::string_view invoice, Time now) {
  const auto inside = invoice_facts(invoice, now);
  if (!inside) return;
  std::string json;
  std::string text;
  json::Writer writer(json);
  writer.begin_object();
  for (const Fact& fact : *inside) {
    writer.raw_member(fact.name, fact.json);
    text += fmt::format("{}{} {}", text.empty() ? "" : "\n" + std::string(23, ' '), fact.name,
                        fact.text);
  }
  writer.end_object();
  facts.push_back({"invoice", json, text});
}

std::optional<Facts> invoice_facts(std::string_view thing, Time now) {
  const std::string_view bare = bolt::bare_invoice(thing);
  SystemRandom random;
  const crypto::Secp256k1 curve(random);
  bolt::DecodeOptions options;
  const auto invoice = bolt::decode(bare, curve, options);
  if (!invoice) {
    // What begins like an invoice is told as one that is not good.
    const std::string_view prefix = bare.substr(0, 4);
    if (prefix != "lnbc" && prefix != "lntb" && prefix != "LNBC" && prefix != "LNTB")
      return std::nullopt;
    Facts facts;
    add_text(facts, "kind", "bolt11");
    add_truth(facts, "valid", false);
    add_text(facts, "reason", row_of(bolt::kReasons, invoice.error()).token);
    return facts;
  }
  Facts facts;
  add_text(facts, "kind", "bolt11");
  add_truth(facts, "valid", true);
  add_text(facts, "network", bolt::to_text(invoice->network));
  if (invoice->amount) add_amount(facts, "amountMsat", *invoice->amount);
  if (!invoice->amount) facts.push_back({"amountMsat", "null", "the payer decides"});
  add_description(facts, *invoice);
  add_text(facts, "paymentHash", hex(invoice->payment_hash.view()));
  add_text(facts, "payee", hex(invoice->payee.bytes));
  add_time(facts, "timestamp", invoice->timestamp);
  add_time(facts, "expiresAt", bolt::expires_at(*invoice));
  add_truth(facts, "expired", bolt::expires_at(*invoice) < now);
  return facts;
}

}  // namespace tollhouse::cli
