// x402: payments inside MCP messages: where a demand and a settlement stand in a result, for the
// gate that writes them and the caller who looks for them. Spec: x402-bip122.md 10.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "json/reader.h"
#include "x402/pay.h"

namespace tollhouse::x402 {

/// Member of a request's `_meta`: the PaymentPayload as an object.
inline constexpr std::string_view kMetaPayment = "x402/payment";
/// Members of a result's `_meta`: the SettlementResponse, and the PaymentRequired once more for
/// clients that look there (10.4).
inline constexpr std::string_view kMetaSettlement = "x402/payment-response";
inline constexpr std::string_view kMetaError = "x402/error";
/// What both sides announce to use the extension binding (10.2, not merged, off by default).
inline constexpr std::string_view kPaymentExtension = "org.x402/payment";

/// `result` of the extension binding: `{"resultType":"payment_required","paymentRequired":{…}}`.
/// The result form of 10.1 is mcp/'s `tool_refusal_body`, with `required` as its object.
std::string extension_result(std::string_view required);

/// The PaymentRequired object in a `result`, as JSON, over all places where gates are known to put
/// it: `paymentRequired`, `structuredContent`, `_meta["x402/error"]`, and the text of the first
/// content. Nothing in a result that is no error, but for the first place. For `read_demand`.
std::optional<std::string> required_in_result(const json::Value& result);
/// The same in a JSON-RPC `error`: its `data`, or `data.x402`.
std::optional<std::string> required_in_error(const json::Value& error);
/// What a `result` says of the payment that was sent with its request.
std::optional<SettlementAnswer> read_settlement_in_result(const json::Value& result);

}  // namespace tollhouse::x402
