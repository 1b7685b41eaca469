// http: every bound of the room, with the reason for its size (reliability-security.md 4.1).
#pragma once
#include <cstddef>
#include <cstdint>

namespace tollhouse::http {

/// Places for field lines in a head; `Limits::fields_max` may be lower, never higher. Real clients
/// send 10 to 30.
constexpr std::size_t kFieldsCapacity = 128;
/// Longest method token: the longest registered one (UPDATEREDIRECTREF) has 17 characters.
constexpr std::size_t kMethodBytesMax = 32;
/// Options of all `Connection` lines together: each is compared with each field.
constexpr std::size_t kConnectionOptionsMax = 32;
/// More digits than 10^19 - 1 has are not a length (no arithmetic is done on them).
constexpr std::size_t kContentLengthDigitsMax = 19;
/// Sixteen hexadecimal digits fill 64 bits.
constexpr std::size_t kChunkSizeDigitsMax = 16;
/// Interim answers before the final one. Servers send one or two; an endless row is an attack.
constexpr std::size_t kInterimAnswersMax = 8;
/// Framing bytes that any chunk may have without counting as overhead, beside twice its payload:
/// size digits and four line ends.
constexpr std::size_t kChunkOverheadFree = 16;

/// What one message may take. Configurable; these are the defaults.
struct Limits {
  std::size_t target_bytes_max = 8 * 1024;         ///< 414: longer than any browser's URL
  std::size_t head_bytes_max = 64 * 1024;          ///< 431: macaroons are large
  std::size_t fields_max = kFieldsCapacity;        ///< 431
  std::uint64_t body_bytes_max = 4 * 1024 * 1024;  ///< 413: what the MCP SDKs take as well
  std::size_t chunk_line_bytes_max = 256;          ///< 400: size and extensions, without CRLF
  std::size_t chunk_overhead_max = 16 * 1024;      ///< 400: see kChunkOverheadFree
  std::size_t trailer_bytes_max = 8 * 1024;        ///< 400: all trailer lines together
};

/// For bodies that are relayed and never held: no bound on the sum.
constexpr std::uint64_t kBodyUnbounded = UINT64_MAX;

}  // namespace tollhouse::http
