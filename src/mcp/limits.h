// mcp: the limits of the ingress and why they are what they are (mcp-gateway.md 4).
#pragma once
#include <cstddef>
#include <cstdint>

namespace tollhouse::mcp {

/// About what both official SDKs take; configurable (`body_bytes_max`).
inline constexpr std::size_t kBodyBytesMax = 4u << 20;
/// The specification recommends names of at most 128 characters.
inline constexpr std::size_t kNameCharactersMax = 128;
/// A resource URI is no name; this is the length of a request target (reliability-security.md 4.1).
inline constexpr std::size_t kUriBytesMax = 8192;
/// A task id comes from an upstream; 256 bytes as a JSON-RPC id.
inline constexpr std::size_t kTaskIdBytesMax = 256;
inline constexpr std::size_t kMethodBytesMax = 128;
/// Longer ids cost memory in every table that waits for an answer.
inline constexpr std::size_t kIdBytesMax = 256;
/// 2^53 - 1: JavaScript rounds beyond and would answer under another id.
inline constexpr std::int64_t kIdIntegerMax = 9'007'199'254'740'991;
/// Properties of one tool that are mirrored in header fields; more than 128 fields do not fit a
/// head.
inline constexpr std::size_t kParamHeadersMax = 64;

}  // namespace tollhouse::mcp
