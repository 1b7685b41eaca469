// lightning: LND's JSON: bytes as base64, 64-bit numbers as text, errors told by their words.
#include "lightning/lnd_codec.h"

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "base/hex.h"
#include "json/reader.h"
#include "json/writer.h"
#include "lightning/description.h"

namespace tollhouse::lightning::lnd {
namespace {

/// LND's own bound.
constexpr std::int64_t kExpirySecondsMax = 31'536'000;
/// Of a payment that is asked for; LND gives up then.
constexpr std::int64_t kPaySeconds = 60;

std::string_view text_at(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->as_string().value_or("") : std::string_view();
}

/// A 64-bit number, which LND writes as text.
std::optional<std::uint64_t> count_at(const json::Value& object, std::string_view name) {
  const std::string_view text = text_at(object, name);
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return count;
}

std::optional<PaymentHash> hash_at(const json::Value& object, std::string_view name) {
  const auto bytes =
      bytes_from_base64(text_at(object, name), Base64Alphabet::standard, Base64Padding::required);
  PaymentHash hash;
  if (!bytes || bytes->size() != hash.bytes.size()) return std::nullopt;
  std::ranges::copy(*bytes, hash.bytes.begin());
  return hash;
}

constexpr std::string_view kUnknownInvoice = "unable to locate invoice";

/// LND gives most faults status 500 and code 2: the beginning of the sentence tells them apart
/// (lightning-backends.md 4 "Errors").
WalletFault fault_of(int status, std::string_view message) {
  struct Row {
    std::string_view begin;
    WalletFault fault;
  };
  static constexpr Row kRows[] = {
      {"expected 1 macaroon, got ", WalletFault::unauthenticated},
      {"empty macaroon data", WalletFault::unauthenticated},
      {"encoding/hex: ", WalletFault::unauthenticated},
      {"cannot determine data format of binary-encoded macaroon", WalletFault::unauthenticated},
      {"unmarshal v2: ", WalletFault::unauthenticated},
      {"verification failed: ", WalletFault::unauthenticated},
      {"caveat \"", WalletFault::unauthenticated},
      {"permission denied", WalletFault::forbidden},
      {"wallet locked, unlock it", WalletFault::not_ready},
      {"wallet not created, ", WalletFault::not_ready},
      {"the RPC server is in the process of starting up", WalletFault::not_ready},
      {"waiting to start", WalletFault::not_ready},
      {"invoice amount ", WalletFault::amount_unsupported},
  };
  for (const Row& row : kRows) {
    if (message.starts_with(row.begin)) return row.fault;
  }
  if (status == 400) return WalletFault::bad_request;
  if (status == 401) return WalletFault::unauthenticated;
  if (status == 403) return WalletFault::forbidden;
  if (status == 429) return WalletFault::rate_limited;
  return status >= 500 ? WalletFault::backend_error : WalletFault::bad_answer;
}

/// The sentence of an error, which a stream wraps once more.
std::string_view message_of(const json::Value& root) {
  const auto wrapped = root.find("error");
  return text_at(wrapped && wrapped->is_object() ? *wrapped : root, "message");
}

std::string_view message_of(std::string_view body, json::Document& workspace) {
  const auto root = json::parse(body, workspace);
  return root ? message_of(*root) : std::string_view();
}

bool has_accepted_part(const json::Value& invoice) {
  const auto parts = invoice.find("htlcs");
  if (!parts) return false;
  const json::Elements elements = parts->elements();
  for (const json::Value part : elements) {
    if (text_at(part, "state") == "ACCEPTED") return true;
  }
  return false;
}

Result<Payment, WalletFault> settled(const json::Value& invoice) {
  const auto received = count_at(invoice, "amt_paid_msat");
  const auto amount = received ? Msat::of(*received) : std::nullopt;
  if (!amount || *amount == Msat{}) return refuse(WalletFault::bad_answer);
  return Payment{PaymentState::paid, *amount};
}

/// LND cancels what nobody paid in time, and what somebody cancelled.
Result<Payment, WalletFault> cancelled(const json::Value& invoice, Time now) {
  constexpr std::uint64_t kSecondsMax = 10'000'000'000;
  const auto created = count_at(invoice, "creation_date");
  const auto expiry = count_at(invoice, "expiry");
  if (!created || !expiry || *created > kSecondsMax || *expiry > kSecondsMax) {
    return refuse(WalletFault::bad_answer);
  }
  const Time end = time_from_unix(static_cast<std::int64_t>(*created + *expiry));
  return Payment{end <= now ? PaymentState::expired : PaymentState::failed, {}};
}

PayFault pay_fault(WalletFault fault, bool maybe_paid, std::string_view said = {}) {
  return {fault, maybe_paid, std::string(cut_text(said, kSaidBytesMax))};
}

/// The last line of a stream that came whole.
std::string_view last_line(std::string_view body) {
  while (body.ends_with('\n')) body.remove_suffix(1);
  return body.substr(body.rfind('\n') + 1);
}

/// Sentences of status 500 that LND says before it sends anything. After any other it is looked up.
bool is_refusal(std::string_view message) {
  constexpr std::string_view kBegins[] = {"invoice expired",          "self-payments not allowed",
                                          "amount must be specified", "invoice not for current",
                                          "sat and msat arguments",   "invalid "};
  return std::ranges::any_of(
      kBegins, [message](std::string_view begin) { return message.starts_with(begin); });
}

Outgoing outgoing(const json::Value& payment) {
  const std::string_view status = text_at(payment, "status");
  if (status == "FAILED") {
    return {Outgoing::State::failed, std::nullopt,
            std::string(cut_text(text_at(payment, "failure_reason"), kSaidBytesMax))};
  }
  if (status != "SUCCEEDED") return {Outgoing::State::pending, std::nullopt};
  // Zeros stand there until there is one.
  const auto preimage = value_from_hex<Preimage>(text_at(payment, "payment_preimage"));
  const bool zeros = preimage && std::ranges::all_of(preimage->reveal(),
                                                     [](std::uint8_t byte) { return byte == 0; });
  return {Outgoing::State::paid, zeros ? std::nullopt : preimage};
}

}  // namespace

std::string mint_body(const MintRequest& request) {
  const std::int64_t seconds = std::chrono::ceil<std::chrono::seconds>(request.expiry).count();
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  writer.member("value_msat", std::to_string(request.amount.count()));
  if (request.description_hash) {
    writer.member("description_hash", base64(request.description_hash->view()));
  } else {
    writer.member("memo", cut_text(request.description, kDescriptionBytesMax));
  }
  writer.member("expiry", std::to_string(std::clamp<std::int64_t>(seconds, 1, kExpirySecondsMax)));
  // Hints to channels that are not announced, where the node has any: without them nobody could
  // pay.
  writer.member("private", true);
  writer.end_object();
  return body;
}

std::string pay_body(std::string_view bolt11, Msat fee_max) {
  std::string body;
  json::Writer(body)
      .begin_object()
      .member("payment_request", bolt11)
      .member("timeout_seconds", kPaySeconds)
      .member("fee_limit_msat", std::to_string(fee_max.count()))
      .member("no_inflight_updates", true)
      .end_object();
  return body;
}

std::string invoice_path(const PaymentHash& hash) { return "/v1/invoice/" + hex(hash.view()); }

std::string track_path(const PaymentHash& hash) {
  // 32 bytes are 43 characters; LND wants the padding.
  return "/v2/router/track/" + base64url(hash.view()) + "=?no_inflight_updates=true";
}

Result<void, WalletFault> read_state(int status, std::string_view body) {
  json::Document workspace;
  const auto root = json::parse(body, workspace);
  if (status != 200) return refuse(fault_of(status, root ? message_of(*root) : ""));
  const std::string_view state = root ? text_at(*root, "state") : std::string_view();
  if (state.empty()) return refuse(WalletFault::bad_answer);
  if (state != "SERVER_ACTIVE") return refuse(WalletFault::not_ready);
  return {};
}

Result<Minting, WalletFault> read_minted(int status, std::string_view body) {
  json::Document workspace;
  if (status != 200) return refuse(fault_of(status, message_of(body, workspace)));
  const auto root = json::parse(body, workspace);
  const std::string_view invoice = root ? text_at(*root, "payment_request") : std::string_view();
  const auto hash = root ? hash_at(*root, "r_hash") : std::nullopt;
  if (invoice.empty() || !hash) return refuse(WalletFault::bad_answer);
  return Minting{std::string(invoice), *hash};
}

Result<Payment, WalletFault> read_payment(int status, std::string_view body,
                                          const PaymentHash& asked, Time now) {
  json::Document workspace;
  if (status != 200) {
    const std::string_view message = message_of(body, workspace);
    // An unknown path is 404 too, with other words.
    if (message == kUnknownInvoice) return Payment{};
    return refuse(fault_of(status, message));
  }
  const auto root = json::parse(body, workspace);
  const auto hash = root ? hash_at(*root, "r_hash") : std::nullopt;
  if (!hash) return refuse(WalletFault::bad_answer);
  if (*hash != asked) return refuse(WalletFault::contradiction);
  const std::string_view state = text_at(*root, "state");
  // An amount stands there also while a payment is held, and after it went back.
  if (state == "SETTLED") return settled(*root);
  if (state == "CANCELED") return cancelled(*root, now);
  if (state == "ACCEPTED") return Payment{PaymentState::in_flight, {}};
  if (state != "OPEN") return refuse(WalletFault::bad_answer);
  return Payment{has_accepted_part(*root) ? PaymentState::in_flight : PaymentState::unpaid, {}};
}

Result<Outgoing, PayFault> read_paid(int status, std::string_view body) {
  json::Document workspace;
  const auto root = json::parse(last_line(body), workspace);
  const std::string_view message = root ? message_of(*root) : std::string_view();
  // Paid, being paid, or known: "invoice is already paid", "payment is in transition".
  if (status == 409) return refuse(pay_fault(WalletFault::bad_request, true, message));
  if (status != 200 || !message.empty()) {
    const WalletFault fault = fault_of(status, message);
    const bool turned_away = status != 200 && !message.empty() &&
                             (fault != WalletFault::backend_error || is_refusal(message));
    return refuse(pay_fault(fault, !turned_away, message));
  }
  const auto payment = root ? root->find("result") : std::nullopt;
  if (!payment || !payment->is_object()) return refuse(pay_fault(WalletFault::bad_answer, true));
  return outgoing(*payment);
}

Result<Outgoing, PayFault> read_outgoing(int status, std::string_view body) {
  auto found = read_paid(status, body);
  // It would know the payment if it had begun one; and it never pays one invoice twice.
  constexpr std::string_view kNeverBegun = "payment isn't initiated";
  if (!found && status == 404 && found.error().said == kNeverBegun) {
    return Outgoing{Outgoing::State::failed, std::nullopt, std::string(kNeverBegun)};
  }
  if (!found) found.error().maybe_paid = true;
  return found;
}

}  // namespace tollhouse::lightning::lnd
