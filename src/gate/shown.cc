// gate: finding credentials in fields and `_meta`.
#include "gate/shown.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "http/authorization.h"
#include "http/names.h"
#include "identity/composite.h"
#include "mcp/meta_names.h"

namespace tollhouse::gate {
namespace {

using http::KnownField;

/// Field values of one name, at most as many as a request may show credentials.
class Values {
 public:
  Values(const http::FieldList& fields, KnownField name) {
    fields.for_each(name, [this](std::string_view value) {
      if (size_ < values_.size()) values_[size_++] = value;
    });
  }
  std::span<const std::string_view> all() const { return {values_.data(), size_}; }

 private:
  std::array<std::string_view, l402::kCredentialsMax + 1> values_;
  std::size_t size_ = 0;
};

enum class Place : std::uint8_t { params, beside_params };

/// A credential's member of a `_meta`, as it was written.
std::optional<std::string_view> meta_member(const Call& call, std::string_view name,
                                            Place place = Place::params) {
  if (!call.message) return std::nullopt;
  for (const mcp::CredentialMember& member : call.message->credentials) {
    if (member.name == name && member.beside_params == (place == Place::beside_params)) {
      return member.value;
    }
  }
  return std::nullopt;
}

/// A credential that is a string in `_meta`, unescaped in the workspace where that is needed.
std::optional<std::string_view> meta_string(const Call& call, std::string_view name,
                                            json::Document& workspace) {
  const auto member = meta_member(call, name);
  if (!member) return std::nullopt;
  const auto value = json::parse(*member, workspace);
  // What is no string is a credential all the same: a malformed one.
  return value ? value->as_string().value_or("") : "";
}

bool agrees_with_bearer(const http::FieldList& fields, std::string_view jwt) {
  const http::CredentialList authorization = http::read_authorization(fields);
  return std::ranges::all_of(authorization, [jwt](const http::Credential& credential) {
    return !credential.is("Bearer") || credential.rest == jwt;
  });
}

}  // namespace

std::optional<Refusal> read_composite_header(Call& call) {
  const http::FieldList& fields = call.head.fields;
  if (!fields.has(KnownField::x_mcp_auth_composite)) return std::nullopt;
  std::vector<std::string_view> lines;
  fields.for_each(KnownField::x_mcp_auth_composite,
                  [&lines](std::string_view line) { lines.push_back(line); });
  const auto composite = identity::read_composite(lines);
  if (!composite) return refusal_of(composite.error());
  if (composite->identity && !agrees_with_bearer(fields, *composite->identity)) {
    return refusal_of(Reason::conflicting_credentials);
  }
  if (composite->payment) call.composite = composite->payment->pair();
  return std::nullopt;
}

l402::Presence find_l402(Worker& worker, const Call& call) {
  const http::FieldList& fields = call.head.fields;
  const http::CredentialList authorization = http::read_authorization(fields);
  const Values x_l402(fields, KnownField::x_l402);
  const Values grpc(fields, KnownField::grpc_metadata_macaroon);
  const Values macaroon(fields, KnownField::macaroon);
  const l402::Carriers carriers{&authorization,
                                x_l402.all(),
                                grpc.all(),
                                macaroon.all(),
                                meta_string(call, mcp::kMetaL402, worker.answer_document),
                                call.composite};
  return l402::read_credential(carriers, worker.credential);
}

ShownX402 find_x402(const Call& call) {
  const http::FieldList& fields = call.head.fields;
  const http::CredentialList authorization = http::read_authorization(fields);
  const Values signature(fields, KnownField::payment_signature);
  const Values x_payment(fields, KnownField::x_payment);
  const x402::Carriers carriers{&authorization, signature.all(), x_payment.all(),
                                meta_member(call, mcp::kMetaX402Payment)};
  ShownX402 shown;
  shown.presence = x402::find_payment(carriers, shown.text);
  shown.in_meta = shown.text.form != x402::PaymentText::Form::base64;
  return shown;
}

mpp::Reading find_payment(Worker& worker, const Call& call) {
  const http::CredentialList authorization = http::read_authorization(call.head.fields);
  mpp::Carriers carriers;
  carriers.authorization = &authorization;
  carriers.meta = meta_member(call, mcp::kMetaPaymentCredential);
  carriers.root_meta = meta_member(call, mcp::kMetaPaymentCredential, Place::beside_params);
  return mpp::read_credential(carriers, worker.answer_document);
}

ShownWork find_work(Worker& worker, const Call& call) {
  ShownWork shown;
  const auto see = [&shown](std::string_view text) {
    if (shown.presence == ShownWork::Presence::ambiguous) return;  // whatever follows
    const bool other = shown.presence != ShownWork::Presence::none && text != shown.text;
    shown.presence = other ? ShownWork::Presence::ambiguous : ShownWork::Presence::found;
    shown.text = text;
  };
  const auto text = meta_string(call, mcp::kMetaWork, worker.answer_document);
  if (text) see(*text);
  call.head.fields.for_each(KnownField::x_pow_solution, see);
  return shown;
}

}  // namespace tollhouse::gate
