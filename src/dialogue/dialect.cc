// dialogue: requests in both eras.
#include "dialogue/dialect.h"

#include <algorithm>

#include "dialogue/limits.h"
#include "json/reader.h"
#include "json/writer.h"
#include "mcp/header_codec.h"
#include "mcp/meta_names.h"

namespace tollhouse::dialogue {
namespace {

/// Revisions whose handshake we can follow after `initialize` (mcp-gateway.md 1).
constexpr std::string_view kLegacyVersions[] = {"2025-11-25", "2025-06-18", "2025-03-26",
                                                "2024-11-05"};

constexpr std::int64_t kMethodNotFound = -32601;
constexpr std::int64_t kHeaderMismatch = -32020;
constexpr std::int64_t kUnsupportedVersion = -32022;

void add_common(Request& request) {
  request.fields.push_back({"Content-Type", "application/json"});
  request.fields.push_back({"Accept", "application/json, text/event-stream"});
}

/// Fields that tell the server which dialect this is, behind the handshake.
void add_dialect(Request& request, const Dialect& dialect, std::string_view method) {
  request.fields.push_back({"MCP-Protocol-Version", dialect.version});
  if (!dialect.session_id.empty()) request.fields.push_back({"Mcp-Session-Id", dialect.session_id});
  if (dialect.era == mcp::Era::modern)
    request.fields.push_back({"Mcp-Method", std::string(method)});
}

/// `{"jsonrpc":"2.0","id":1,"method":"...","params":{` stands open for the caller.
json::Writer begin(std::string& out, std::uint64_t id, std::string_view method) {
  json::Writer writer(out);
  writer.begin_object().member("jsonrpc", "2.0").member("id", id).member("method", method);
  writer.name("params").begin_object();
  return writer;
}

void end(json::Writer& writer) { writer.end_object().end_object(); }

bool is_session_id(std::string_view text) {
  return !text.empty() && text.size() <= kEchoedBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string text_member(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  const auto text = member ? member->as_string() : std::nullopt;
  return std::string(text.value_or(""));
}

/// Whether a refusal of `initialize` looks like that of a server without handshake.
bool hints_at_modern(const Refused& refused) {
  if (refused.status == 401 || refused.status == 403 || refused.status >= 500) return false;
  for (const std::string& version : refused.supported) {
    if (version == kModernVersion) return true;
  }
  const bool by_status = refused.status == 400 || refused.status == 404 || refused.status == 405;
  const bool by_code = refused.rpc_code == kMethodNotFound || refused.rpc_code == kHeaderMismatch ||
                       refused.rpc_code == kUnsupportedVersion;
  return by_status || by_code;
}

}  // namespace

bool is_legacy_version(std::string_view version) {
  return std::ranges::find(kLegacyVersions, version) != std::end(kLegacyVersions);
}

Request Phrases::initialize(std::uint64_t id) const {
  Request request;
  add_common(request);
  json::Writer writer = begin(request.body, id, "initialize");
  writer.member("protocolVersion", kLegacyVersion);
  writer.name("capabilities").begin_object().end_object();
  writer.name("clientInfo").begin_object().member("name", speaker_.name);
  writer.member("version", speaker_.version).end_object();
  end(writer);
  return request;
}

Request Phrases::initialized(const Dialect& dialect) const {
  Request request;
  add_common(request);
  add_dialect(request, dialect, "notifications/initialized");
  request.body = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
  return request;
}

void Phrases::write_meta(std::string& out) const {
  json::Writer writer(out);
  writer.begin_object().member(mcp::kMetaProtocolVersion, kModernVersion);
  writer.name(mcp::kMetaClientCapabilities).begin_object().end_object();
  writer.name(mcp::kMetaClientInfo).begin_object().member("name", speaker_.name);
  writer.member("version", speaker_.version).end_object().end_object();
}

Request Phrases::discover(std::uint64_t id) const {
  Request request;
  add_common(request);
  add_dialect(request, {mcp::Era::modern, std::string(kModernVersion), ""}, "server/discover");
  json::Writer writer = begin(request.body, id, "server/discover");
  std::string meta;
  write_meta(meta);
  writer.raw_member("_meta", meta);
  end(writer);
  return request;
}

Request Phrases::list_tools(std::uint64_t id, const Dialect& dialect,
                            std::string_view cursor) const {
  Request request;
  add_common(request);
  add_dialect(request, dialect, "tools/list");
  json::Writer writer = begin(request.body, id, "tools/list");
  if (!cursor.empty()) writer.member("cursor", cursor);
  std::string meta;
  write_meta(meta);
  if (dialect.era == mcp::Era::modern) writer.raw_member("_meta", meta);
  end(writer);
  return request;
}

Request Phrases::call_tool(std::uint64_t id, const Dialect& dialect, std::string_view tool,
                           std::string_view arguments, const ParamFields& mirrored) const {
  Request request;
  add_common(request);
  add_dialect(request, dialect, "tools/call");
  json::Writer writer = begin(request.body, id, "tools/call");
  writer.member("name", tool).raw_member("arguments", arguments);
  if (dialect.era == mcp::Era::modern) {
    request.fields.push_back({"Mcp-Name", mcp::encode_header_value(tool)});
    request.fields.insert(request.fields.end(), mirrored.begin(), mirrored.end());
    std::string meta;
    write_meta(meta);
    writer.raw_member("_meta", meta);
  }
  end(writer);
  return request;
}

namespace {

/// Members of `_meta` that say who speaks which version; ours stand in their place.
bool says_who_speaks(std::string_view name) {
  return name == mcp::kMetaProtocolVersion || name == mcp::kMetaClientCapabilities ||
         name == mcp::kMetaClientInfo;
}

/// Text of the member that `Mcp-Name` repeats; nothing where the method has none.
std::optional<std::string> mirrored_name(std::string_view method, const json::Value& params) {
  const mcp::Method known = mcp::method_of(method);
  if (!mcp::name_is_mirrored(known)) return std::nullopt;
  const auto member = params.find(mcp::name_member_of(known));
  const auto text = member ? member->as_string() : std::nullopt;
  if (!text) return std::nullopt;
  return std::string(*text);
}

/// Ours, and behind them what else the caller wrote.
std::string joined_meta(std::string ours, const json::Value& params) {
  const auto theirs = params.find("_meta");
  if (!theirs || !theirs->is_object()) return ours;
  ours.pop_back();
  const auto members = theirs->members();
  for (const json::Member member : members) {
    if (!says_who_speaks(member.name())) ours.append(",").append(member.raw());
  }
  return ours + '}';
}

}  // namespace

Request Phrases::relay(std::uint64_t id, const Dialect& dialect, std::string_view method,
                       std::string_view params, const ParamFields& mirrored) const {
  Request request;
  add_common(request);
  add_dialect(request, dialect, method);
  const std::string_view object_text = params.empty() ? "{}" : params;
  json::Document workspace;
  const auto object = json::parse(object_text, workspace);
  json::Writer writer = begin(request.body, id, method);
  const bool modern = dialect.era == mcp::Era::modern;
  if (object) {
    const auto members = object->members();
    for (const json::Member member : members) {
      if (!modern || member.name() != "_meta") {
        writer.raw_member(member.name(), member.value.raw());
      }
    }
    if (const auto name = modern ? mirrored_name(method, *object) : std::nullopt) {
      request.fields.push_back({"Mcp-Name", mcp::encode_header_value(*name)});
    }
  }
  request.fields.insert(request.fields.end(), mirrored.begin(), mirrored.end());
  std::string meta;
  write_meta(meta);
  if (modern) writer.raw_member("_meta", object ? joined_meta(std::move(meta), *object) : meta);
  end(writer);
  return request;
}

Request Phrases::end_session(const Dialect& dialect) const {
  Request request;
  request.method = "DELETE";
  add_dialect(request, dialect, "");
  return request;
}

Handshake read_initialize(const Heard& heard, const Reply& reply, Dialect& dialect) {
  if (const auto* refused = std::get_if<Refused>(&heard)) {
    return hints_at_modern(*refused) ? Handshake::try_modern : Handshake::failed;
  }
  const auto* answered = std::get_if<Answered>(&heard);
  if (answered == nullptr) return Handshake::failed;
  json::Document workspace;
  const auto result = json::parse(answered->result, workspace);
  const std::string version = result ? text_member(*result, "protocolVersion") : std::string();
  if (version == kModernVersion) return Handshake::try_modern;
  if (!is_legacy_version(version)) return Handshake::failed;
  dialect = {mcp::Era::legacy, version, ""};
  const std::string_view session = reply.find("Mcp-Session-Id").value_or("");
  if (is_session_id(session)) dialect.session_id = session;
  return Handshake::agreed;
}

Handshake read_discover(const Heard& heard, Dialect& dialect) {
  const auto* answered = std::get_if<Answered>(&heard);
  if (answered == nullptr) return Handshake::failed;
  json::Document workspace;
  const auto result = json::parse(answered->result, workspace);
  const auto versions = result ? result->find("supportedVersions") : std::nullopt;
  if (!versions) return Handshake::failed;
  for (const json::Value& version : versions->elements()) {
    if (version.as_string() != kModernVersion) continue;
    dialect = {mcp::Era::modern, std::string(kModernVersion), ""};
    return Handshake::agreed;
  }
  return Handshake::failed;
}

}  // namespace tollhouse::dialogue
