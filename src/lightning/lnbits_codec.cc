// lightning: LNbits' JSON, releases 0.12 to 1.6.
#include "lightning/lnbits_codec.h"

#include <algorithm>

#include "base/hex.h"
#include "json/reader.h"
#include "json/writer.h"
#include "lightning/description.h"

namespace tollhouse::lightning::lnbits {
namespace {

std::string_view text_at(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->as_string().value_or("") : std::string_view();
}

std::string_view detail_of(std::string_view body, json::Document& workspace) {
  const auto root = json::parse(body, workspace);
  return root ? text_at(*root, "detail") : std::string_view();
}

/// What a status other than success says, whatever was asked (lightning-backends.md 3 "Errors").
WalletFault fault_of(int status, std::string_view detail) {
  switch (status) {
    case 400:
    case 422:
      return WalletFault::bad_request;
    case 401:
      return WalletFault::unauthenticated;
    case 403:
      return WalletFault::forbidden;
    case 404:
      return detail == "Wallet not found." ? WalletFault::unauthenticated : WalletFault::bad_answer;
    case 429:
      return WalletFault::rate_limited;
    default:
      break;
  }
  if (status == 520 && detail.starts_with("Invoice amount")) return WalletFault::amount_unsupported;
  if (status == 520 && detail == "Amountless invoices not supported.") {
    return WalletFault::amount_unsupported;
  }
  return status >= 500 ? WalletFault::backend_error : WalletFault::bad_answer;
}

/// "2026-11-21T07:57:42", with or without a fraction and "+00:00": UTC in every release; a number
/// of seconds before 1.0.
std::optional<Time> time_of(const json::Value& value) {
  if (const auto number = value.as_number()) {
    const std::string_view whole = number->substr(0, number->find('.'));
    std::int64_t seconds = 0;
    if (whole.empty() || whole.size() > 11) return std::nullopt;
    for (const char digit : whole) {
      if (digit < '0' || digit > '9') return std::nullopt;
      seconds = seconds * 10 + (digit - '0');
    }
    return time_from_unix(seconds);
  }
  std::string_view text = value.as_string().value_or("");
  if (text.ends_with("+00:00")) text.remove_suffix(6);
  if (text.ends_with('Z')) text.remove_suffix(1);
  return time_from_rfc3339(std::string(text) + "Z");
}

bool expired(const json::Value& details, Time now) {
  if (const auto labels = details.find("labels")) {
    const json::Elements elements = labels->elements();
    for (const json::Value label : elements) {
      if (label.as_string() == "expired") return true;
    }
  }
  const auto expiry = details.find("expiry");
  const auto when = expiry ? time_of(*expiry) : std::nullopt;
  return when && *when < now;
}

std::optional<bool> paid_flag(const json::Value& root, const json::Value& details) {
  const auto paid = root.find("paid");
  if (paid) return paid->as_bool();
  const auto inner = details.find("paid");  // R-LN-1: `paid`, or `details.paid`
  return inner ? inner->as_bool() : std::nullopt;
}

Result<Payment, WalletFault> incoming(const json::Value& root, const json::Value& details,
                                      const PaymentHash& asked, Time now) {
  const auto hash = value_from_hex<PaymentHash>(text_at(details, "payment_hash"));
  if (!hash) return refuse(WalletFault::bad_answer);
  if (*hash != asked) return refuse(WalletFault::contradiction);
  const auto paid = paid_flag(root, details);
  const auto member = details.find("amount");
  const auto amount = member ? member->as_i64() : std::nullopt;
  if (!paid || !amount) return refuse(WalletFault::bad_answer);
  // A payment that this wallet made has the same hash and a negative amount: nothing was received.
  if (*amount <= 0) return Payment{};
  const auto received = Msat::of(static_cast<std::uint64_t>(*amount));
  if (!received) return refuse(WalletFault::bad_answer);
  if (*paid) return Payment{PaymentState::paid, *received};
  if (expired(details, now)) return Payment{PaymentState::expired, {}};
  const std::string_view top = text_at(root, "status");
  const std::string_view status = top.empty() ? text_at(details, "status") : top;
  return Payment{status == "failed" ? PaymentState::failed : PaymentState::unpaid, {}};
}

PayFault pay_fault(WalletFault fault, bool maybe_paid = false, std::string_view said = {}) {
  return {fault, maybe_paid, std::string(cut_text(said, kSaidBytesMax))};
}

/// A sentence of LNbits that says the invoice was paid before, or is being paid.
bool known_already(std::string_view detail) {
  constexpr std::string_view kKnown[] = {"Payment already paid.", "Payment is still pending.",
                                         "Internal invoice already paid."};
  return std::find(std::begin(kKnown), std::end(kKnown), detail) != std::end(kKnown);
}

Outgoing paid_with(std::string_view preimage) {
  return {Outgoing::State::paid, value_from_hex<Preimage>(preimage)};
}

}  // namespace

std::string mint_body(const MintRequest& request) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(request.expiry).count();
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  writer.member("out", false);
  writer.member("amount", request.amount.sat_rounded_up());
  writer.member("unit", "sat");
  writer.member("memo", cut_text(request.description, kDescriptionBytesMax));
  if (request.description_hash) {
    writer.member("description_hash", hex(request.description_hash->view()));
  }
  writer.member("expiry", std::int64_t{std::max<std::int64_t>(1, seconds)});
  writer.end_object();
  return body;
}

std::string pay_body(std::string_view bolt11) {
  std::string body;
  json::Writer(body).begin_object().member("out", true).member("bolt11", bolt11).end_object();
  return body;
}

std::string payment_path(const PaymentHash& hash) { return "/api/v1/payments/" + hex(hash.view()); }

Result<bool, WalletFault> read_key_can_spend(int status, std::string_view body) {
  json::Document workspace;
  if (status != 200) return refuse(fault_of(status, detail_of(body, workspace)));
  const auto root = json::parse(body, workspace);
  const auto balance = root ? root->find("balance") : std::nullopt;
  if (!balance || !balance->as_number()) return refuse(WalletFault::bad_answer);
  const auto id = root->find("id");
  return id && !id->is_null();
}

std::string socket_path(const PaymentHash& hash) { return "/api/v1/ws/" + hex(hash.view()); }

bool is_hint(std::string_view frames) {
  constexpr unsigned kOpcode = 0x0f;
  constexpr unsigned kText = 1;
  if (frames.size() < kFrameBytes) return false;
  return (static_cast<unsigned char>(frames.front()) & kOpcode) == kText;
}

Result<Minting, WalletFault> read_minted(int status, std::string_view body) {
  json::Document workspace;
  if (status != 201 && status != 200) return refuse(fault_of(status, detail_of(body, workspace)));
  const auto root = json::parse(body, workspace);
  if (!root) return refuse(WalletFault::bad_answer);
  const std::string_view invoice = text_at(*root, "bolt11");
  const std::string_view older = text_at(*root, "payment_request");
  const auto hash = value_from_hex<PaymentHash>(text_at(*root, "payment_hash"));
  if ((invoice.empty() && older.empty()) || !hash) return refuse(WalletFault::bad_answer);
  return Minting{std::string(invoice.empty() ? older : invoice), *hash};
}

Result<Payment, WalletFault> read_payment(int status, std::string_view body,
                                          const PaymentHash& asked, Time now) {
  json::Document workspace;
  if (status != 200) {
    const std::string_view detail = detail_of(body, workspace);
    if (status == 404 && detail == "Payment does not exist.") return Payment{};
    return refuse(fault_of(status, detail));
  }
  const auto root = json::parse(body, workspace);
  if (!root || !root->is_object()) return refuse(WalletFault::bad_answer);
  const auto details = root->find("details");
  // A key that is none of its keys is answered as no key: 200 without details.
  if (!details || !details->is_object()) {
    return refuse(root->find("paid") ? WalletFault::unauthenticated : WalletFault::bad_answer);
  }
  return incoming(*root, *details, asked, now);
}

bool shows_preimage(std::string_view body) {
  json::Document workspace;
  const auto root = json::parse(body, workspace);
  return root && value_from_hex<PaymentHash>(text_at(*root, "preimage")).has_value();
}

Result<Outgoing, PayFault> read_paid(int status, std::string_view body) {
  json::Document workspace;
  const auto root = json::parse(body, workspace);
  if (status != 201 && status != 200) {
    const std::string_view detail = root ? text_at(*root, "detail") : std::string_view();
    return refuse(pay_fault(fault_of(status, detail), known_already(detail), detail));
  }
  // The wallet has taken the order: an answer that cannot be read says nothing of the money.
  if (!root || !root->is_object()) return refuse(pay_fault(WalletFault::bad_answer, true));
  const std::string_view state = text_at(*root, "status");
  if (state == "failed") return Outgoing{Outgoing::State::failed, std::nullopt};
  if (state == "success") return paid_with(text_at(*root, "preimage"));
  return Outgoing{Outgoing::State::pending, std::nullopt};
}

Result<Outgoing, PayFault> read_outgoing(int status, std::string_view body) {
  json::Document workspace;
  const auto root = json::parse(body, workspace);
  if (status != 200) {
    const std::string_view detail = root ? text_at(*root, "detail") : std::string_view();
    return refuse(pay_fault(fault_of(status, detail), true, detail));
  }
  const auto paid = root ? root->find("paid") : std::nullopt;
  const auto flag = paid ? paid->as_bool() : std::nullopt;
  if (!flag) return refuse(pay_fault(WalletFault::bad_answer, true));
  if (*flag) return paid_with(text_at(*root, "preimage"));
  const bool failed = text_at(*root, "status") == "failed";
  return Outgoing{failed ? Outgoing::State::failed : Outgoing::State::pending, std::nullopt};
}

}  // namespace tollhouse::lightning::lnbits
