// x402: demands and settlements inside MCP messages.
#include "x402/in_band.h"

#include "json/writer.h"
#include "x402/limits.h"
#include "x402/payment_payload.h"

namespace tollhouse::x402 {
namespace {

std::optional<std::string> required_at(const std::optional<json::Value>& place) {
  if (!place || !is_required(*place)) return std::nullopt;
  return std::string(place->raw());
}

std::optional<json::Value> meta_member(const json::Value& result, std::string_view name) {
  const auto meta = result.find("_meta");
  return meta ? meta->find(name) : std::nullopt;
}

/// The object as the text that older hosts show.
std::optional<std::string> required_in_text(const json::Value& result) {
  const auto content = result.find("content");
  if (!content || !content->is_array() || content->size() == 0) return std::nullopt;
  const json::Value first = *content->elements().begin();
  const auto text = string_member(first, "text");
  if (!text || text->size() > kPaymentRequiredCharactersMax) return std::nullopt;
  json::Document workspace;
  const auto value = json::parse(*text, workspace);
  if (!value) return std::nullopt;
  return required_at(*value);
}

}  // namespace

std::string extension_result(std::string_view required) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("resultType", "payment_required");
  writer.raw_member("paymentRequired", required).end_object();
  return out;
}

std::optional<std::string> required_in_result(const json::Value& result) {
  auto required = required_at(result.find("paymentRequired"));
  const auto failed = result.find("isError");
  if (required || !failed || !failed->as_bool().value_or(false)) return required;
  required = required_at(result.find("structuredContent"));
  if (!required) required = required_at(meta_member(result, kMetaError));
  return required ? required : required_in_text(result);
}

std::optional<std::string> required_in_error(const json::Value& error) {
  const auto data = error.find("data");
  if (!data) return std::nullopt;
  auto required = required_at(data);
  return required ? required : required_at(data->find("x402"));
}

std::optional<SettlementAnswer> read_settlement_in_result(const json::Value& result) {
  const auto member = meta_member(result, kMetaSettlement);
  return member ? read_settlement(*member) : std::nullopt;
}

}  // namespace tollhouse::x402
