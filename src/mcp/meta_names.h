// mcp: the names of `_meta` that mean something to a gate (mcp-gateway.md 1.3, 4.6, 7.2).
#pragma once
#include <string_view>

namespace tollhouse::mcp {

inline constexpr std::string_view kMetaProtocolVersion = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view kMetaClientCapabilities =
    "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view kMetaClientInfo = "io.modelcontextprotocol/clientInfo";
inline constexpr std::string_view kMetaServerInfo = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view kMetaLogLevel = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view kMetaSubscriptionId = "io.modelcontextprotocol/subscriptionId";
inline constexpr std::string_view kMetaProgressToken = "progressToken";
inline constexpr std::string_view kTasksExtension = "io.modelcontextprotocol/tasks";

/// Credentials a caller may carry in `params._meta`; the gate consumes and removes them, and every
/// other name that begins with its own prefix.
inline constexpr std::string_view kMetaX402Payment = "x402/payment";
inline constexpr std::string_view kMetaPaymentCredential = "org.paymentauth/credential";
inline constexpr std::string_view kMetaOwnPrefix = "tollhouse/";
inline constexpr std::string_view kMetaL402 = "tollhouse/l402";
inline constexpr std::string_view kMetaWork = "tollhouse/pow";

/// A refusal in `result._meta` of surface `result`: with an offer to pay, or without.
inline constexpr std::string_view kMetaPaymentRequired = "tollhouse/payment-required";
inline constexpr std::string_view kMetaRefusal = "tollhouse/refusal";
/// The same offer where clients of x402 look for it (x402-bip122.md 10.4).
inline constexpr std::string_view kMetaX402Error = "x402/error";
/// The same where clients of the Payment scheme look for it (mpp.md 7).
inline constexpr std::string_view kMetaPaymentDemand = "org.paymentauth/payment-required";

/// What a tool costs, in `_meta` of the tool (mcp-gateway.md 8); the second is widely copied.
inline constexpr std::string_view kMetaPrice = "tollhouse/price";
inline constexpr std::string_view kMetaPaidTool = "agents-x402/paymentRequired";

/// The gate among a server's capabilities: under `experimental` (legacy) or `extensions` (modern).
inline constexpr std::string_view kGateCapability = "tollhouse/gate";

/// Receipts in `result._meta`.
inline constexpr std::string_view kMetaReceipt = "tollhouse/receipt";
inline constexpr std::string_view kMetaX402Response = "x402/payment-response";
inline constexpr std::string_view kMetaPaymentReceipt = "org.paymentauth/receipt";

constexpr bool is_credential_name(std::string_view name) {
  return name == kMetaX402Payment || name == kMetaPaymentCredential ||
         name.starts_with(kMetaOwnPrefix);
}

}  // namespace tollhouse::mcp
