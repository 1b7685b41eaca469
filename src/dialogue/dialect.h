// dialogue: how MCP is spoken with one server: the era that was found out, its version, its
// session; and the requests a caller makes in either era (mcp-gateway.md 1.2, 1.3).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dialogue/hearing.h"
#include "dialogue/reply.h"
#include "mcp/method.h"

namespace tollhouse::dialogue {

inline constexpr std::string_view kLegacyVersion = "2025-11-25";
inline constexpr std::string_view kModernVersion = "2026-07-28";

/// Whether this is a revision whose handshake we can follow after `initialize`.
bool is_legacy_version(std::string_view version);

/// What the two have agreed on.
struct Dialect {
  mcp::Era era = mcp::Era::legacy;
  std::string version;     ///< empty before the handshake
  std::string session_id;  ///< legacy; empty where the server keeps none
};

/// Who we say we are.
struct Speaker {
  std::string name = "tollhouse";
  std::string version;
};

/// A mirrored argument of the modern era (`Mcp-Param-`).
using ParamFields = std::vector<FieldLine>;

/// Builds requests; `id` is a JSON number. Pure.
class Phrases {
 public:
  explicit Phrases(Speaker speaker) : speaker_(std::move(speaker)) {}

  Request initialize(std::uint64_t id) const;
  /// The notification that ends the handshake.
  Request initialized(const Dialect& dialect) const;
  /// Asks a stateless server what it speaks.
  Request discover(std::uint64_t id) const;
  /// `cursor` empty: the first page.
  Request list_tools(std::uint64_t id, const Dialect& dialect, std::string_view cursor) const;
  /// `arguments`: a JSON object; `mirrored`: `param_fields` of the tool, modern only.
  Request call_tool(std::uint64_t id, const Dialect& dialect, std::string_view tool,
                    std::string_view arguments, const ParamFields& mirrored) const;
  /// A request that somebody else composed, in this dialect: `params` is a JSON object, or empty.
  /// Modern: what he says of himself in `_meta` gives way to what we are.
  Request relay(std::uint64_t id, const Dialect& dialect, std::string_view method,
                std::string_view params, const ParamFields& mirrored) const;
  /// Ends a legacy session.
  Request end_session(const Dialect& dialect) const;

 private:
  void write_meta(std::string& out) const;
  Speaker speaker_;
};

enum class Handshake : std::uint8_t { agreed, try_modern, failed };

/// What the answer to `initialize` leads to. `agreed`: `dialect` is set. `try_modern`: the server
/// does not know the handshake, or names only newer versions. `failed`: `heard` says why.
Handshake read_initialize(const Heard& heard, const Reply& reply, Dialect& dialect);
/// What the answer to `discover` leads to: agreed or failed.
Handshake read_discover(const Heard& heard, Dialect& dialect);

/// One tool of `tools/list`.
/// What a gate says a tool costs (`_meta["tollhouse/price"]`); its 402 has the last word.
struct ToolTerms {
  Msat price;                         ///< zero: free
  std::optional<std::uint64_t> uses;  ///< nothing: unlimited while it is valid
  std::uint64_t valid_for_seconds = 0;
  std::string json;  ///< the whole object
};

struct Tool {
  std::string name;
  std::string title;         ///< for people; may be empty
  std::string description;   ///< may be empty
  std::string json;          ///< the whole object as the server wrote it
  std::string input_schema;  ///< JSON; empty where there is none
  std::optional<ToolTerms> terms;
};

struct ToolPage {
  std::vector<Tool> tools;
  std::string next_cursor;  ///< empty: the last page
};

/// `result` of a `tools/list`. Tools without a name are left out. Nothing where it is no such
/// result.
std::optional<ToolPage> read_tools(std::string_view result);

/// The tool and arguments of a `tools/call`; no tool where it is another method.
struct ToolCall {
  std::string tool;
  std::string arguments;  ///< JSON object
};
ToolCall tool_call_of(std::string_view method, std::string_view params);

/// The fields that mirror arguments for a tool whose schema says so. Nothing where the schema
/// breaks the rules: such a tool must not be called.
std::optional<ParamFields> param_fields(std::string_view input_schema, std::string_view arguments);

}  // namespace tollhouse::dialogue
