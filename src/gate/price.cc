// gate: the advertised price.
#include "gate/price.h"

#include "bolt/network.h"
#include "gate/mpp_admission.h"
#include "gate/sale.h"
#include "json/writer.h"

namespace tollhouse::gate {
namespace {

void write_sale(json::Writer& writer, const Terms& terms) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(terms.valid_for);
  writer.name("uses");
  if (terms.uses == 0) {
    writer.string("unlimited");
  } else {
    writer.u64(terms.uses);
  }
  writer.member("validForSeconds", std::int64_t{seconds.count()});
  writer.member("chargeOn", terms.charge_on == ChargeOn::attempt ? "attempt" : "success");
}

/// How this row's price may be paid.
void write_rails(json::Writer& writer, const Policy& policy, const Terms& terms) {
  writer.name("rails").begin_array();
  if (terms.priced() && terms.rails.l402) writer.string("l402");
  if (takes_x402(policy, terms)) {
    if (policy.x402.lnbtc) writer.string(x402::rail_name(x402::Profile::lnbtc));
    if (policy.x402.bip122) writer.string(x402::rail_name(x402::Profile::bip122));
  }
  if (takes_mpp(policy, terms)) writer.string(kMppRailName);
  if (terms.work) writer.string("pow");
  writer.end_array();
  if (terms.work) {
    const WorkTerms& work = *terms.work;
    writer.name("pow").begin_object();
    writer.member("bits", std::uint32_t{work.automatic ? policy.work.bits_min : work.bits});
    writer.member("withPrice", work.with_price).end_object();
  }
}

}  // namespace

std::string gate_object(const House& house, const Rules& rules) {
  const std::string& origin = rules.receipts.issuer;
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  if (!house.version.empty()) writer.member("version", house.version);
  writer.raw_member("rails", rails_array(rules.policy));
  writer.name("networks").begin_array().string(bolt::to_text(house.wallet.network())).end_array();
  writer.name("surfaces").begin_array().string("http").string("result").string("error");
  writer.end_array().member("terms", origin + "/.well-known/tollhouse");
  writer.member("receiptKeys", origin + "/.well-known/tollhouse-keys").end_object();
  return text;
}

std::string rails_array(const Policy& policy) {
  std::string text;
  json::Writer writer(text);
  writer.begin_array().string("l402");
  if (policy.x402.lnbtc) writer.string(x402::rail_name(x402::Profile::lnbtc));
  if (policy.x402.bip122) writer.string(x402::rail_name(x402::Profile::bip122));
  if (policy.mpp.enabled) writer.string(kMppRailName);
  if (policy.asks_work()) writer.string("pow");
  writer.end_array();
  return text;
}

std::string price_object(const Policy& policy, const ToolRow& row) {
  std::string text;
  json::Writer writer(text);
  const Msat price = asked_price(policy, row.terms);
  writer.begin_object().member("amountMsat", price.count()).member("unit", "call");
  write_rails(writer, policy, row.terms);
  if (row.terms.priced()) write_sale(writer, row.terms);
  writer.end_object();
  return text;
}

}  // namespace tollhouse::gate
