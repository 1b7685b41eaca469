// lightning: phoenixd's forms and JSON, release 0.8.
#include "lightning/phoenixd_codec.h"

#include <algorithm>

#include "base/hex.h"
#include "json/reader.h"
#include "lightning/description.h"

namespace tollhouse::lightning::phoenixd {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void append_form_text(std::string& form, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      form += c;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    form += '%';
    form += kDigits[byte >> 4U];
    form += kDigits[byte & 15U];
  }
}

std::string_view text_at(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->as_string().value_or("") : std::string_view();
}

bool flag_at(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  return member && member->as_bool().value_or(false);
}

std::optional<std::uint64_t> count_at(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->as_u64() : std::nullopt;
}

/// What a status other than success says, whatever was asked.
WalletFault fault_of(int status) {
  switch (status) {
    case 400:
    case 405:
      return WalletFault::bad_request;
    case 401:
      return WalletFault::unauthenticated;
    case 403:
      return WalletFault::forbidden;
    default:
      return status >= 500 ? WalletFault::backend_error : WalletFault::bad_answer;
  }
}

PayFault pay_fault(WalletFault fault, bool maybe_paid, std::string_view said = {}) {
  return {fault, maybe_paid, std::string(cut_text(said, kSaidBytesMax))};
}

/// Words by which it says that the invoice was paid before, or is being paid.
bool known_already(std::string_view reason) {
  constexpr std::string_view kKnown[] = {"already", "progress", "pending"};
  return std::ranges::any_of(kKnown, [reason](std::string_view word) {
    return reason.find(word) != std::string_view::npos;
  });
}

}  // namespace

std::string mint_body(const MintRequest& request) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(request.expiry).count();
  std::string form = "amountSat=" + std::to_string(request.amount.sat_rounded_up());
  form += "&expirySeconds=" + std::to_string(std::max<std::int64_t>(1, seconds));
  if (request.description_hash) {
    return form + "&descriptionHash=" + hex(request.description_hash->view());
  }
  form += "&description=";
  append_form_text(form, cut_text(request.description, kDescriptionBytesMax));
  return form;
}

std::string pay_body(std::string_view bolt11) {
  std::string form = "invoice=";
  append_form_text(form, bolt11);
  return form;
}

std::string incoming_path(const PaymentHash& hash) {
  return "/payments/incoming/" + hex(hash.view());
}

std::string outgoing_path(const PaymentHash& hash) {
  return "/payments/outgoingbyhash/" + hex(hash.view());
}

Result<void, WalletFault> read_info(int status, std::string_view body) {
  json::Document workspace;
  if (status != 200) return refuse(fault_of(status));
  const auto root = json::parse(body, workspace);
  if (!root || text_at(*root, "nodeId").empty()) return refuse(WalletFault::bad_answer);
  return {};
}

Result<bool, WalletFault> read_can_spend(int status) {
  if (status == 400) return true;
  if (status == 401 || status == 403) return false;
  return refuse(fault_of(status));
}

Result<Minting, WalletFault> read_minted(int status, std::string_view body) {
  json::Document workspace;
  if (status != 200) return refuse(fault_of(status));
  const auto root = json::parse(body, workspace);
  const std::string_view invoice = root ? text_at(*root, "serialized") : std::string_view();
  const auto hash =
      root ? value_from_hex<PaymentHash>(text_at(*root, "paymentHash")) : std::nullopt;
  if (invoice.empty() || !hash) return refuse(WalletFault::bad_answer);
  return Minting{std::string(invoice), *hash};
}

Result<Payment, WalletFault> read_payment(int status, std::string_view body,
                                          const PaymentHash& asked) {
  if (status == 404) return Payment{};
  if (status != 200) return refuse(fault_of(status));
  json::Document workspace;
  const auto root = json::parse(body, workspace);
  const auto paid = root ? root->find("isPaid") : std::nullopt;
  if (!paid || !paid->as_bool()) return refuse(WalletFault::bad_answer);
  const std::string_view said = text_at(*root, "paymentHash");
  if (!said.empty() && value_from_hex<PaymentHash>(said) != asked) {
    return refuse(WalletFault::contradiction);
  }
  if (*paid->as_bool()) {
    const auto requested = count_at(*root, "requestedSat");
    const auto received = count_at(*root, "receivedSat");
    if (!requested || !received) return refuse(WalletFault::bad_answer);
    const auto amount = Msat::of_sat(std::max(*requested, *received));
    if (!amount || *amount == Msat{}) return refuse(WalletFault::bad_answer);
    return Payment{PaymentState::paid, *amount};
  }
  const bool expired = flag_at(*root, "isExpired");
  return Payment{expired ? PaymentState::expired : PaymentState::unpaid, {}};
}

Result<Outgoing, PayFault> read_paid(int status, std::string_view body) {
  // Refused before it was tried; a fault of its own may come after.
  if (status != 200) return refuse(pay_fault(fault_of(status), status >= 500, body));
  json::Document workspace;
  const auto root = json::parse(body, workspace);
  if (!root || !root->is_object()) return refuse(pay_fault(WalletFault::bad_answer, true));
  const auto preimage = value_from_hex<Preimage>(text_at(*root, "paymentPreimage"));
  if (preimage) return Outgoing{Outgoing::State::paid, preimage};
  const std::string_view reason = text_at(*root, "reason");
  if (reason.empty()) return refuse(pay_fault(WalletFault::bad_answer, true));
  if (known_already(reason)) return refuse(pay_fault(WalletFault::bad_request, true, reason));
  return Outgoing{Outgoing::State::failed, std::nullopt,
                  std::string(cut_text(reason, kSaidBytesMax))};
}

Result<Outgoing, PayFault> read_outgoing(int status, std::string_view body) {
  if (status != 200) return refuse(pay_fault(fault_of(status), true, body));
  json::Document workspace;
  const auto root = json::parse(body, workspace);
  const auto paid = root ? root->find("isPaid") : std::nullopt;
  const auto flag = paid ? paid->as_bool() : std::nullopt;
  if (!flag) return refuse(pay_fault(WalletFault::bad_answer, true));
  if (*flag) {
    return Outgoing{Outgoing::State::paid, value_from_hex<Preimage>(text_at(*root, "preimage"))};
  }
  // Over, and not paid.
  const auto completed = count_at(*root, "completedAt");
  return Outgoing{completed ? Outgoing::State::failed : Outgoing::State::pending, std::nullopt};
}

}  // namespace tollhouse::lightning::phoenixd
