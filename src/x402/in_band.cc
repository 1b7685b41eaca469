// x402: demands and settlements inside MCP messages.
#include "x402/in_band.h"

#include "json/writer.h"
#include "x402/limits.h"
#include "x402/payment_payload.h"

namespace tollhouse::x402 {
namespace {

std::optional<Demand> read_demand_in(const std::optional<json::Value>& place,
                                     const crypto::Secp256k1& curve, bolt::Network network) {
  return place ? read_demand(*place, curve, network) : std::nullopt;
}

std::optional<json::Value> meta_member(const json::Value& result, std::string_view name) {
  const auto meta = result.find("_meta");
  return meta ? meta->find(name) : std::nullopt;
}

/// The object as the text that older hosts show.
std::optional<Demand> read_demand_in_text(const json::Value& result, const crypto::Secp256k1& curve,
                                          bolt::Network network) {
  const auto content = result.find("content");
  if (!content || !content->is_array() || content->size() == 0) return std::nullopt;
  const json::Value first = *content->elements().begin();
  const auto text = string_member(first, "text");
  if (!text || text->size() > kPaymentRequiredCharactersMax) return std::nullopt;
  json::Document workspace;
  const auto value = json::parse(*text, workspace);
  if (!value) return std::nullopt;
  return read_demand(*value, curve, network);
}

}  // namespace

std::string extension_result(std::string_view required) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("resultType", "payment_required");
  writer.raw_member("paymentRequired", required).end_object();
  return out;
}

std::optional<Demand> read_demand_in_result(const json::Value& result,
                                            const crypto::Secp256k1& curve, bolt::Network network) {
  auto demand = read_demand_in(result.find("paymentRequired"), curve, network);
  const auto failed = result.find("isError");
  if (demand || !failed || !failed->as_bool().value_or(false)) return demand;
  demand = read_demand_in(result.find("structuredContent"), curve, network);
  if (!demand) demand = read_demand_in(meta_member(result, kMetaError), curve, network);
  if (!demand) demand = read_demand_in_text(result, curve, network);
  return demand;
}

std::optional<Demand> read_demand_in_error(const json::Value& error, const crypto::Secp256k1& curve,
                                           bolt::Network network) {
  const auto data = error.find("data");
  if (!data) return std::nullopt;
  auto demand = read_demand(*data, curve, network);
  return demand ? demand : read_demand_in(data->find("x402"), curve, network);
}

std::optional<SettlementAnswer> read_settlement_in_result(const json::Value& result) {
  const auto member = meta_member(result, kMetaSettlement);
  return member ? read_settlement(*member) : std::nullopt;
}

}  // namespace tollhouse::x402
