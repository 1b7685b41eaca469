// x402: payments out of header fields and metadata.
#include "x402/payment_payload.h"

#include "base/base64.h"
#include "http/characters.h"
#include "x402/limits.h"
#include "x402/payment_required.h"

namespace tollhouse::x402 {
namespace {

/// What a client writes has six levels and a dozen members; few names need no secret hash.
constexpr json::Limits kPaymentLimits{.depth = 16, .members = 64, .name_bytes = 256};

std::optional<PaymentText> meta_text(const Carriers& carriers) {
  if (!carriers.meta) return std::nullopt;
  const std::string_view text = *carriers.meta;
  if (text.empty() || text == "null" || text == R"("")") return std::nullopt;
  const bool is_string = text.front() == '"';
  return PaymentText{is_string ? PaymentText::Form::json_string : PaymentText::Form::json, text};
}

/// The base64 text of a JSON string that needs no unescaping: no letter of base64 does, though a
/// writer may escape its slashes.
std::string unquoted(std::string_view text) {
  std::string bare;
  if (text.size() < 2) return bare;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '/') continue;
    bare.push_back(text[i]);
  }
  return bare;
}

/// Payments of header fields: each has one form, so that equal payments are equal texts.
class Gathering {
 public:
  void take(std::string_view value) {
    value = http::trimmed(value);
    if (value.empty()) return;
    if (found_ && value != text_) ambiguous_ = true;
    found_ = true;
    text_ = value;
  }
  /// One name may stand once.
  void take_lines(std::span<const std::string_view> lines) {
    std::size_t count = 0;
    for (const std::string_view line : lines) {
      if (http::trimmed(line).empty()) continue;
      take(line);
      if (++count > 1) ambiguous_ = true;
    }
  }
  void take_authorization(const http::CredentialList* credentials) {
    if (credentials == nullptr) return;
    std::size_t count = 0;
    for (const http::Credential& credential : *credentials) {
      if (!credential.is("x402") || credential.rest.empty()) continue;
      take(credential.rest);
      if (++count > 1) ambiguous_ = true;
    }
    if (count != 0 && credentials->overflow()) ambiguous_ = true;
  }
  bool found() const { return found_; }
  bool ambiguous() const { return ambiguous_; }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  bool found_ = false;
  bool ambiguous_ = false;
};

/// Whether a payment of `_meta` is the one that a header carries as well.
bool same_payment(const PaymentText& meta, std::string_view base64_text) {
  if (meta.text.size() > kPaymentCharactersMax + 2 || base64_text.size() > kPaymentCharactersMax) {
    return false;
  }
  if (meta.form == PaymentText::Form::json_string) return unquoted(meta.text) == base64_text;
  const auto bytes = bytes_from_any_base64(base64_text);
  return bytes && text_of(*bytes) == meta.text;
}

}  // namespace

std::optional<json::Value> present(const json::Value& object, std::string_view name) {
  auto member = object.find(name);
  if (member && member->is_null()) return std::nullopt;
  return member;
}

std::optional<std::string_view> string_member(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->as_string() : std::nullopt;
}

Presence find_payment(const Carriers& carriers, PaymentText& into) {
  Gathering gathering;
  gathering.take_authorization(carriers.authorization);
  gathering.take_lines(carriers.payment_signature);
  gathering.take_lines(carriers.x_payment);
  if (gathering.ambiguous()) return Presence::ambiguous;
  const auto meta = meta_text(carriers);
  if (!gathering.found() && !meta) return Presence::none;
  if (gathering.found() && meta && !same_payment(*meta, gathering.text())) {
    return Presence::ambiguous;
  }
  into = gathering.found() ? PaymentText{PaymentText::Form::base64, gathering.text()} : *meta;
  return Presence::found;
}

Result<std::string_view, Reason> Payment::decoded(const PaymentText& text) {
  if (text.form == PaymentText::Form::json) {
    if (text.text.size() > kPaymentBytesMax) return refuse(Reason::payload_too_large);
    return text_.assign(text.text);
  }
  const bool quoted = text.form == PaymentText::Form::json_string;
  if (text.text.size() > kPaymentCharactersMax + (quoted ? 2 : 0)) {
    return refuse(Reason::payload_too_large);
  }
  const auto bytes =
      quoted ? bytes_from_any_base64(unquoted(text.text)) : bytes_from_any_base64(text.text);
  if (!bytes) return refuse(Reason::payload_unparseable);
  return text_.assign(text_of(*bytes));
}

Result<void, Reason> Payment::read(const PaymentText& text) {
  whole_.reset();
  accepted_.reset();
  extra_.reset();
  payload_.reset();
  const auto json = decoded(text);
  if (!json) return refuse(json.error());
  const auto value = json::parse(*json, document_, kPaymentLimits);
  if (!value || !value->is_object()) return refuse(Reason::payload_unparseable);
  whole_ = *value;
  return read_members();
}

Result<void, Reason> Payment::read_members() {
  const auto version = whole_->find("x402Version");
  if (!version || version->as_u64() != std::uint64_t{kVersion}) {
    return refuse(Reason::invalid_x402_version);
  }
  accepted_ = whole_->find("accepted");
  if (!accepted_ || !accepted_->is_object()) return refuse(Reason::accepted_missing);
  extra_ = accepted_->find("extra");
  if (extra_ && !extra_->is_object()) extra_.reset();
  payload_ = whole_->find("payload");
  if (payload_ && !payload_->is_object()) payload_.reset();
  network_ = string_member(*accepted_, "network").value_or(std::string_view());
  profile_ = network_.starts_with(kLnbtcPrefix) ? Profile::lnbtc : Profile::bip122;
  return {};
}

std::optional<json::Value> Payment::payload_member(std::string_view name) const {
  return payload_ ? present(*payload_, name) : std::nullopt;
}

}  // namespace tollhouse::x402
