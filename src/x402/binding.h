// x402: the hash that ties a P2 payment to one request. Always made from the call in hand, never
// from what a payment says. Spec: x402-bip122.md 7.2.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/reader.h"
#include "x402/payment_required.h"
#include "x402/reason.h"

namespace tollhouse::x402 {

/// A `tools/call` as it arrived (profile `mcp:1`), also over HTTP.
struct McpCall {
  std::string_view server;                ///< the public MCP endpoint, in its configured spelling
  std::span<const std::string> metadata;  ///< bound names of `_meta`, as valid_metadata_names wants
  std::string_view name;                  ///< `params.name`, unescaped
  std::string_view arguments;             ///< exact JSON text; empty where it was left out
  std::string_view meta;                  ///< exact JSON text of `_meta`; empty where left out
};

/// Ascending, no name twice, visible ASCII, and neither `x402/payment` nor `progressToken`.
bool valid_metadata_names(std::span<const std::string> names);

/// Error: lnbtc_request_binding where server, names, name, arguments or `_meta` are not as the page
/// wants them, or a number is written as an integer beyond 2^53: what hash it has is an open
/// question upstream, so P2 is not offered for such a call.
Result<Binding, Reason> bind_mcp(const McpCall& call, json::Document& workspace);

/// Any other HTTP request (profile `http:1`).
struct HttpCall {
  struct Line {
    std::string_view name;
    std::string_view value;
  };
  std::string_view method;               ///< as sent
  std::string_view url;                  ///< absolute, from the public origin, not normalised
  Digest body;                           ///< SHA-256 of the content
  std::span<const std::string> headers;  ///< bound names, as valid_header_names wants
  std::span<const Line> lines;           ///< the request's field lines in order
};

/// Lower-case field names, ascending, no name twice, never `payment-signature`.
bool valid_header_names(std::span<const std::string> names);

/// Error: lnbtc_request_binding, as above, or a bound value that is no visible ASCII.
Result<Binding, Reason> bind_http(const HttpCall& call);

/// Whether `requestBindingParams` of a payment has exactly the members of the profile.
bool well_formed_parameters(BindingProfile profile, const json::Value& parameters);

}  // namespace tollhouse::x402
