// gate: the advertised price.
#include "gate/price.h"

#include "bolt/network.h"
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

}  // namespace

std::string gate_object(const House& house, const Rules& rules) {
  const std::string& origin = rules.receipts.issuer;
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  if (!house.version.empty()) writer.member("version", house.version);
  writer.name("rails").begin_array().string("l402").end_array();
  writer.name("networks").begin_array().string(bolt::to_text(house.wallet.network())).end_array();
  writer.name("surfaces").begin_array().string("http").string("result").string("error");
  writer.end_array().member("terms", origin + "/.well-known/tollhouse");
  writer.member("receiptKeys", origin + "/.well-known/tollhouse-keys").end_object();
  return text;
}

std::string price_object(const ToolRow& row) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("amountMsat", row.terms.price.count()).member("unit", "call");
  writer.name("rails").begin_array();
  if (!row.terms.free()) writer.string("l402");
  writer.end_array();
  if (!row.terms.free()) write_sale(writer, row.terms);
  writer.end_object();
  return text;
}

}  // namespace tollhouse::gate
