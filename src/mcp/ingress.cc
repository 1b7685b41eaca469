// mcp: the ingress, layer by layer.
#include "mcp/ingress.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "http/characters.h"
#include "mcp/confusable.h"
#include "mcp/header_codec.h"
#include "mcp/meta_names.h"
#include "mcp/splice.h"

namespace tollhouse::mcp {
namespace {

using json::Member;
using json::Value;
using Fault = std::optional<Reason>;  ///< nothing: go on

constexpr std::string_view kNullId = "null";

bool is_method_name(std::string_view text) {
  return !text.empty() && text.size() <= kMethodBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return http::is_in(c, http::kDigitCharacter) ||
                  (http::lower(c) >= 'a' && http::lower(c) <= 'z') || c == '_' || c == '.' ||
                  c == '$' || c == '/' || c == '-';
         });
}

bool is_strict_name(std::string_view text) {
  return text.find_first_of("$/") == std::string_view::npos && is_method_name(text);
}

bool is_good_id(const Value& id) {
  if (id.is_string()) return id.as_string()->size() <= kIdBytesMax;
  const auto number = id.as_i64();
  return number && *number >= -kIdIntegerMax && *number <= kIdIntegerMax;
}

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

bool is_too_long(Method method, std::string_view name) {
  switch (method) {
    case Method::resources_read:
      return name.size() > kUriBytesMax;
    case Method::tools_call:
    case Method::prompts_get:
      return characters_of(name) > kNameCharactersMax;
    default:
      return name.size() > kTaskIdBytesMax;
  }
}

bool is_modern_version(std::string_view version) { return version >= kFirstModernVersion; }

/// One reading of one message, layer by layer; the first fault ends it.
class Ingress {
 public:
  Ingress(const RoutingHeaders& headers, const IngressSettings& settings, std::string_view body)
      : headers_(headers), settings_(settings) {
    message_.body = body;
  }

  Fault http_layer() const {
    if (!headers_.content_type_is_json()) return Reason::content_type;
    if (!headers_.is_unencoded()) return Reason::content_encoding;
    if (message_.body.size() > settings_.body_bytes_max) return Reason::body_too_large;
    if (headers_.has_duplicate()) return Reason::duplicate_header;
    return {};
  }

  Fault json_rpc_shape(const Value& root) {
    if (root.is_array()) return Reason::batch;
    if (!root.is_object()) return Reason::not_object;
    for (const Member& member : root.members()) {
      const std::string_view name = member.name();
      if (is_confusable(name, Level::top)) return Reason::confusable_key_top;
      keep_top_member(name, member.value);
    }
    const bool good_id = id_ && is_good_id(*id_);
    if (good_id) message_.id = id_->raw();
    if (!jsonrpc_ || jsonrpc_->as_string() != "2.0") return Reason::jsonrpc_version;
    if (id_ && !good_id) return Reason::bad_id;
    if (const Fault fault = kind()) return fault;
    if (message_.kind == MessageKind::response) return {};
    if (const Fault fault = params()) return fault;
    if (const Fault fault = meta_beside_params()) return fault;
    return name_and_arguments();
  }

  /// Judged per request, never from the header alone (mcp-gateway.md 1).
  Fault era() {
    const auto header = headers_.protocol_version();
    const bool modern_header = header && is_modern_version(*header);
    message_.era = modern_header || meta_version_ ? Era::modern : Era::legacy;
    message_.protocol_version = header.value_or(kVersionUnsaid);
    if (message_.era == Era::legacy) return supported();
    if (message_.kind == MessageKind::response) return Reason::response_not_allowed;
    if (meta_version_ && !meta_version_->is_string()) return Reason::version_not_string;
    if (message_.kind == MessageKind::notification) return notification_era();
    return request_era();
  }

  Fault headers_against_body() const {
    const bool demanded = message_.era == Era::modern && message_.kind == MessageKind::request;
    if (demanded && !headers_.method()) return Reason::method_header_missing;
    if (headers_.method() && *headers_.method() != message_.method_text) {
      return Reason::method_mismatch;
    }
    const auto name = headers_.name();
    if (!name) {
      const bool missing = demanded && name_is_mirrored(message_.method);
      return missing ? Fault{Reason::name_header_missing} : Fault{};
    }
    if (!is_plain_header_value(*name)) return Reason::name_header_charset;
    if (message_.name.empty() || decode_header_value(*name) != message_.name) {
      return Reason::name_mismatch;
    }
    return {};
  }

  Rejection rejection(Reason reason) const {
    const Placement placement = placement_of(reason);
    Rejection made{reason, placement.http_status, placement.code,
                   message_.id.empty() ? kNullId : message_.id};
    if (reason == Reason::version_unsupported) {
      made.requested = headers_.protocol_version().value_or(std::string_view());
    }
    return made;
  }

  Message take() { return std::move(message_); }

 private:
  void keep_top_member(std::string_view name, const Value& value) {
    if (name == "jsonrpc") jsonrpc_ = value;
    if (name == "id") id_ = value;
    if (name == "method") method_ = value;
    if (name == "params") params_ = value;
    if (name == "_meta") meta_beside_params_ = value;
    if (name == "result") has_result_ = true;
    if (name == "error") has_error_ = true;
  }

  Fault kind() {
    const int shapes = (method_ ? 1 : 0) + (has_result_ ? 1 : 0) + (has_error_ ? 1 : 0);
    if (shapes > 1) return Reason::ambiguous_kind;
    if (shapes == 0) return Reason::no_method;
    if (!method_) {
      message_.kind = MessageKind::response;
      return id_ ? Fault{} : Fault{Reason::bad_id};
    }
    const auto text = method_->as_string();
    if (!text || !is_method_name(*text)) return Reason::bad_method;
    message_.method_text = *text;
    message_.method = method_of(*text);
    message_.kind = id_ ? MessageKind::request : MessageKind::notification;
    // Of notifications only those called so exist; anything else without an id could run unpaid.
    const bool called_so = message_.method == Method::notification;
    if (!id_ && !called_so) return Reason::call_without_id;
    return {};
  }

  Fault params() {
    if (!params_) return {};
    if (!params_->is_object()) return Reason::params_not_object;
    message_.params = params_->raw();
    std::optional<Value> meta;
    for (const Member& member : params_->members()) {
      const std::string_view name = member.name();
      if (is_confusable(name, Level::params)) return Reason::confusable_key;
      if (name == "_meta") meta = member.value;
      if (name == "arguments") arguments_ = member.value;
      if (name == name_member_of(message_.method)) name_ = member.value;
      if (name == "requestState") {
        message_.request_state = member.value.raw();
        message_.state_cut = cut_member(*params_, name);
      }
      if (name == "inputResponses") message_.input_responses = member.value.raw();
      if (name == "task") message_.asks_task = member.value.is_object();
      if (name == "capabilities" && message_.method == Method::initialize) {
        read_capabilities(member.value);
      }
    }
    if (!meta) return {};
    if (!meta->is_object()) return Reason::meta_not_object;
    message_.meta_cut = cut_member(*params_, "_meta");
    return read_meta(*meta);
  }

  Fault read_meta(const Value& meta) {
    message_.meta = meta.raw();
    bool any_credential = false;
    for (const Member& member : meta.members()) {
      const std::string_view name = member.name();
      if (is_confusable(name, Level::meta)) return Reason::confusable_key;
      if (name == kMetaProtocolVersion) meta_version_ = member.value;
      if (name == kMetaClientCapabilities && member.value.is_object()) {
        has_capabilities_ = true;
        read_capabilities(member.value);
      }
      if (name == kMetaProgressToken) message_.progress_token = member.value.raw();
      message_.hints.x402 = message_.hints.x402 || name.starts_with("x402/");
      message_.hints.paymentauth =
          message_.hints.paymentauth || name.starts_with("org.paymentauth/");
      any_credential = any_credential || is_credential_name(name);
    }
    if (any_credential) message_.credentials = credential_members(meta);
    return {};
  }

  /// Generic JSON-RPC has `_meta` here (mpp.md 7); MCP knows no such member, so nothing else in it
  /// is of this gate, and what is no object goes on as it came.
  Fault meta_beside_params() {
    if (!meta_beside_params_ || !meta_beside_params_->is_object()) return {};
    for (const Member& member : meta_beside_params_->members()) {
      const std::string_view name = member.name();
      if (is_confusable(name, Level::meta)) return Reason::confusable_key;
      message_.hints.paymentauth =
          message_.hints.paymentauth || name.starts_with("org.paymentauth/");
    }
    auto& credentials = message_.credentials;
    const auto found = credential_beside_params(*meta_beside_params_);
    credentials.insert(credentials.end(), found.begin(), found.end());
    std::ranges::sort(credentials, std::less<>(), [](const auto& one) { return one.cut.data(); });
    return {};
  }

  void read_capabilities(const Value& capabilities) {
    ClientCapabilities& known = message_.capabilities;
    if (const auto elicitation = capabilities.find("elicitation")) {
      known.elicitation_url = elicitation->find("url").has_value();
      // An empty object is the older spelling of the form.
      known.elicitation_form =
          elicitation->is_object() && (elicitation->size() == 0 || elicitation->find("form"));
    }
    const auto extensions = capabilities.find("extensions");
    const auto experimental = capabilities.find("experimental");
    known.tasks = capabilities.find("tasks") || (extensions && extensions->find(kTasksExtension));
    known.payment = capabilities.find("payment") || (experimental && experimental->find("payment"));
  }

  Fault name_and_arguments() {
    if (!name_member_of(message_.method).empty()) {
      const auto name = name_ ? name_->as_string() : std::nullopt;
      if (!name || name->empty()) return Reason::name_missing;
      if (is_too_long(message_.method, *name)) return Reason::name_too_long;
      if (settings_.strict_names && takes_arguments() && !is_strict_name(*name)) {
        return Reason::name_missing;
      }
      message_.name = *name;
    }
    if (arguments_ && takes_arguments() && !arguments_->is_object()) {
      return Reason::arguments_not_object;
    }
    if (arguments_) message_.arguments = arguments_->raw();
    return {};
  }

  bool takes_arguments() const {
    return message_.method == Method::tools_call || message_.method == Method::prompts_get;
  }

  /// Extensions may define modern notifications; what they say of the version must agree.
  Fault notification_era() const {
    const auto header = headers_.protocol_version();
    if (header && meta_version_ && meta_version_->as_string() != *header) {
      return Reason::version_mismatch;
    }
    return supported();
  }

  Fault request_era() const {
    const auto header = headers_.protocol_version();
    if (!meta_version_) return Reason::meta_version_missing;
    if (!header) return Reason::header_missing_version;
    if (meta_version_->as_string() != *header) return Reason::version_mismatch;
    // A version of the handshake does not become stateless by being repeated in `_meta`.
    if (!is_modern_version(*header)) return Reason::version_unsupported;
    if (const Fault fault = supported()) return fault;
    if (!has_capabilities_) return Reason::meta_capabilities_missing;
    return {};
  }

  Fault supported() const {
    const auto header = headers_.protocol_version();
    const auto known = settings_.versions;
    if (!header || std::find(known.begin(), known.end(), *header) != known.end()) return {};
    return Reason::version_unsupported;
  }

  const RoutingHeaders& headers_;
  const IngressSettings& settings_;
  Message message_;
  std::optional<Value> jsonrpc_;
  std::optional<Value> id_;
  std::optional<Value> method_;
  std::optional<Value> params_;
  std::optional<Value> name_;
  std::optional<Value> arguments_;
  std::optional<Value> meta_version_;
  std::optional<Value> meta_beside_params_;
  bool has_result_ = false;
  bool has_error_ = false;
  bool has_capabilities_ = false;
};

}  // namespace

Result<Message, Rejection> read_message(const RoutingHeaders& headers, std::string_view body,
                                        const IngressSettings& settings,
                                        json::Document& workspace) {
  Ingress ingress(headers, settings, body);
  if (const Fault fault = ingress.http_layer()) return refuse(ingress.rejection(*fault));
  const auto root = json::parse(body, workspace, settings.json);
  if (!root) return refuse(ingress.rejection(reason_of(root.error())));
  if (const Fault fault = ingress.json_rpc_shape(*root)) return refuse(ingress.rejection(*fault));
  if (const Fault fault = ingress.era()) return refuse(ingress.rejection(*fault));
  if (const Fault fault = ingress.headers_against_body()) {
    return refuse(ingress.rejection(*fault));
  }
  return ingress.take();
}

}  // namespace tollhouse::mcp
