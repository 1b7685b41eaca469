// tests/support: an LND that is true to its REST interface.
#include "support/lnd.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"

namespace tollhouse::test {

using nlohmann::json;

namespace {

std::string length_delimited(unsigned field, const std::string& content) {
  std::string out(1, static_cast<char>(field << 3U | 2U));
  for (std::size_t size = content.size();; size >>= 7U) {
    const bool last = size < 128;
    out += static_cast<char>((size & 127U) | (last ? 0U : 128U));
    if (last) return out + content;
  }
}

/// Field of a macaroon of version 2.
std::string packet(char field, const std::string& content) {
  std::string out = length_delimited(0, content);
  out.front() = field;
  return out;
}

std::string base64_of_hex(const std::string& text) { return base64(*bytes_from_hex(text)); }

std::string seconds(Time time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

DoubleReply said(int status, int code, const std::string& message) {
  const json body = {{"code", code}, {"message", message}, {"details", json::array()}};
  return {status, body.dump()};
}

DoubleReply said_in_stream(int status, int code, const std::string& message) {
  const json error = {{"code", code}, {"message", message}, {"details", json::array()}};
  return {status, json{{"error", error}}.dump() + "\n"};
}

}  // namespace

std::string lnd_macaroon_hex(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& operations,
    const std::vector<std::string>& caveats) {
  std::string identifier = "\x03" + length_delimited(1, std::string(16, 'n'));
  identifier += length_delimited(2, "0");
  for (const auto& [entity, actions] : operations) {
    std::string operation = length_delimited(1, entity);
    for (const std::string& action : actions) operation += length_delimited(2, action);
    identifier += length_delimited(3, operation);
  }
  std::string macaroon = "\x02" + packet(1, "lnd") + packet(2, identifier) + std::string(1, '\0');
  for (const std::string& caveat : caveats) macaroon += packet(2, caveat) + std::string(1, '\0');
  macaroon += std::string(1, '\0') + packet(6, std::string(32, 's'));
  return hex(bytes_of(macaroon));
}

std::string Lnd::invoices_macaroon() { return lnd_macaroon_hex({{"invoices", {"read", "write"}}}); }

std::string Lnd::admin_macaroon() {
  return lnd_macaroon_hex({{"address", {"read", "write"}},
                           {"info", {"read", "write"}},
                           {"invoices", {"read", "write"}},
                           {"macaroon", {"generate", "read", "write"}},
                           {"message", {"read", "write"}},
                           {"offchain", {"read", "write"}},
                           {"onchain", {"read", "write"}},
                           {"peers", {"read", "write"}},
                           {"signer", {"generate", "read"}}});
}

Lnd::Lnd(bolt::Network network)
    : payee_(network),
      http_([this](const DoubleRequest& request) { return answer(request); }, certificate_.get()) {}

Lnd::~Lnd() { stop(); }

void Lnd::start() {
  ending_ = false;
  http_.start();
}

void Lnd::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  http_.stop();
}

void Lnd::renew_certificate() {
  stop();
  ending_ = false;
  auto renewed = std::make_unique<OwnCertificate>();
  http_.start_with(renewed.get());
  certificate_ = std::move(renewed);
}

std::optional<DoubleReply> Lnd::answer(const DoubleRequest& request) {
  std::unique_lock lock(mutex_);
  heard_ += request.method + " " + request.path + " " + request.body + "\n";
  const auto wait_for_other = [&](LndFault fault) {
    changed_.wait(lock, [&] { return ending_ || fault_ != fault; });
  };
  switch (fault_) {
    case LndFault::stall:
      wait_for_other(LndFault::stall);
      return std::nullopt;
    case LndFault::drop:
      return std::nullopt;
    case LndFault::garbage:
      return DoubleReply{200, "<html>It works!</html>"};
    case LndFault::error:
      return said(500, 2, "the sky is falling");
    default:
      break;
  }
  const bool locked = fault_ == LndFault::locked;
  if (request.path == "/v1/state") {
    const char* state = locked                         ? "LOCKED"
                        : fault_ == LndFault::starting ? "RPC_ACTIVE"
                                                       : "SERVER_ACTIVE";
    return DoubleReply{200, json{{"state", state}}.dump()};
  }
  const bool streams = request.path.starts_with("/v2/router/");
  const auto refused = [streams](const char* message) {
    return streams ? said_in_stream(500, 2, message) : said(500, 2, message);
  };
  if (locked) return refused("wallet locked, unlock it to enable full RPC access");
  const std::string macaroon = request.field("Grpc-Metadata-macaroon");
  if (macaroon.empty()) return refused("expected 1 macaroon, got 0");
  const bool admin = macaroon == admin_macaroon();
  if (!admin && macaroon != invoices_macaroon()) {
    return refused("verification failed: signature mismatch after caveat verification");
  }
  if (streams && !admin) return refused("permission denied");
  const std::string invoice_path = "/v1/invoice/";
  const std::string track_path = "/v2/router/track/";
  if (request.method == "POST" && request.path == "/v1/invoices") return mint(request.body);
  if (request.method == "GET" && request.path.starts_with(invoice_path)) {
    return look_up(request.path.substr(invoice_path.size()));
  }
  if (request.method == "POST" && request.path == "/v2/router/send") {
    DoubleReply reply = send(request.body);
    if (fault_ != LndFault::pay_is_slow) return reply;
    wait_for_other(LndFault::pay_is_slow);
    return std::nullopt;
  }
  if (request.method == "GET" && request.path.starts_with(track_path)) {
    const std::string rest = request.path.substr(track_path.size());
    return track(rest.substr(0, rest.find('?')));
  }
  return said(404, 5, "Not Found");
}

DoubleReply Lnd::mint(const std::string& body) {
  const json order = json::parse(body, nullptr, false);
  if (!order.is_object()) return said(400, 3, "unexpected EOF");
  for (const auto& [name, value] : order.items()) {
    const bool known = name == "value_msat" || name == "memo" || name == "description_hash" ||
                       name == "expiry" || name == "private";
    if (!known) return said(400, 3, "proto: (line 1:25): unknown field \"" + name + "\"");
  }
  const std::string memo = order.value("memo", "");
  if (memo.size() > 639) return said(500, 2, "data length too big to fit within 10 bits: 1024");
  ++minted_;
  const auto answered = [](const Row& row, const std::string& bolt11, const std::string& hash) {
    return DoubleReply{200, json{{"r_hash", base64_of_hex(hash)},
                                 {"payment_request", bolt11},
                                 {"add_index", "7"},
                                 {"payment_addr", base64_of_hex(row.hash)}}
                                .dump()};
  };
  if (fault_ == LndFault::same_invoice && rows_.contains(last_)) {
    const Row& row = rows_.at(last_);
    return answered(row, row.bolt11, row.hash);
  }
  const std::uint64_t msat = std::stoull(order.value("value_msat", "0"));
  const auto expiry = std::chrono::seconds(std::stoll(order.value("expiry", "86400")));
  const Duration good_for =
      fault_ == LndFault::endless ? Duration(std::chrono::hours(8760)) : Duration(expiry);
  std::string hash;
  if (order.contains("description_hash")) {
    hash = hex(*bytes_from_any_base64(order["description_hash"].get<std::string>()));
  }
  const auto amount = Msat::of(fault_ == LndFault::wrong_amount ? 2 * msat : msat);
  const Row row{payee_.make(*amount, good_for, memo, hash)};
  last_ = row.hash;
  rows_[row.hash] = row;
  return answered(row, fault_ == LndFault::cut_invoice ? Payee::damaged(row.bolt11) : row.bolt11,
                  fault_ == LndFault::wrong_hash ? std::string(64, 'a') : row.hash);
}

DoubleReply Lnd::look_up(const std::string& hash) {
  if (hash.size() != 64) return said(500, 2, "payment hash must be exactly 32 bytes, is instead 2");
  const auto found = rows_.find(hash);
  if (found == rows_.end() || found->second.foreign)
    return said(404, 5, "unable to locate invoice");
  const Row& row = found->second;
  std::string state = row.state;
  std::int64_t paid = row.paid_msat;
  json parts = json::array();
  if (fault_ == LndFault::overpaid) paid *= 3;
  if (fault_ == LndFault::held) state = "ACCEPTED";
  if (fault_ == LndFault::held_back) state = "CANCELED";
  if (fault_ == LndFault::held || fault_ == LndFault::held_back) paid = row.amount_msat;
  if (fault_ == LndFault::held || fault_ == LndFault::partial) {
    parts.push_back({{"amt_msat", std::to_string(row.amount_msat / 2)},
                     {"mpp_total_amt_msat", std::to_string(row.amount_msat)},
                     {"accept_height", 126},
                     {"state", "ACCEPTED"}});
  }
  const bool other = fault_ == LndFault::other_payment;
  const auto expiry = std::chrono::duration_cast<std::chrono::seconds>(row.expires - row.created);
  return {200, json{{"memo", row.memo},
                    {"r_preimage", base64_of_hex(row.preimage)},
                    {"r_hash", base64_of_hex(other ? std::string(64, 'b') : row.hash)},
                    {"value", std::to_string(row.amount_msat / 1000)},
                    {"value_msat", std::to_string(row.amount_msat)},
                    {"settled", state == "SETTLED"},
                    {"creation_date", seconds(row.created)},
                    {"settle_date", state == "SETTLED" ? seconds(row.created) : "0"},
                    {"payment_request", row.bolt11},
                    {"expiry", std::to_string(expiry.count())},
                    {"add_index", "7"},
                    {"settle_index", state == "SETTLED" ? "3" : "0"},
                    {"amt_paid_msat", std::to_string(paid)},
                    {"state", state},
                    {"htlcs", parts}}
                   .dump()};
}

std::string Lnd::payment_line(const Row& row, const char* status, const char* reason) const {
  const bool proof = std::string(status) == "SUCCEEDED" && fault_ != LndFault::pay_no_proof;
  const json payment = {{"payment_hash", row.hash},
                        {"payment_preimage", proof ? row.preimage : std::string(64, '0')},
                        {"value_msat", std::to_string(row.amount_msat)},
                        {"payment_request", row.bolt11},
                        {"status", status},
                        {"fee_msat", "0"},
                        {"failure_reason", reason},
                        {"htlcs", json::array()}};
  return json{{"result", payment}}.dump() + "\n";
}

DoubleReply Lnd::send(const std::string& body) {
  const json order = json::parse(body, nullptr, false);
  const std::string bolt11 = order.is_object() ? order.value("payment_request", "") : "";
  if (bolt11.empty()) return said_in_stream(500, 2, "invalid vertex length of 0, want 33");
  ++orders_;
  const auto found = rows_.find(payee_.hash_of(bolt11));
  if (found == rows_.end()) return said_in_stream(500, 2, "invalid index of 1");
  Row& row = found->second;
  if (row.paid_out) return said_in_stream(409, 6, "invoice is already paid");
  if (order.value("fee_limit_msat", "0") == "0") {
    return {200, payment_line(row, "FAILED", "FAILURE_REASON_NO_ROUTE")};
  }
  if (fault_ == LndFault::pay_fails) {
    return {200, payment_line(row, "FAILED", "FAILURE_REASON_NO_ROUTE")};
  }
  row.paid_out = true;
  return {200, payment_line(row, "SUCCEEDED", "FAILURE_REASON_NONE")};
}

DoubleReply Lnd::track(const std::string& hash) {
  const auto bytes = bytes_from_base64(hash, Base64Alphabet::url, Base64Padding::required);
  if (!bytes) return said(400, 3, "type mismatch, parameter: payment_hash");
  const auto found = rows_.find(hex(*bytes));
  if (found == rows_.end() || !found->second.paid_out) {
    return said_in_stream(404, 5, "payment isn't initiated");
  }
  return {200, payment_line(found->second, "SUCCEEDED", "FAILURE_REASON_NONE")};
}

void Lnd::set_fault(LndFault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  changed_.notify_all();
}

std::optional<std::string> Lnd::pay(const std::string& bolt11) {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(payee_.hash_of(bolt11));
  if (row == rows_.end()) return std::nullopt;
  row->second.state = "SETTLED";
  row->second.paid_msat = row->second.amount_msat;
  return row->second.preimage;
}

void Lnd::cancel(const std::string& bolt11) {
  const std::lock_guard lock(mutex_);
  rows_.at(payee_.hash_of(bolt11)).state = "CANCELED";
}

PayeeInvoice Lnd::foreign_invoice(Msat amount) {
  const std::lock_guard lock(mutex_);
  Row row{payee_.make(amount, std::chrono::minutes(10), "x")};
  row.foreign = true;
  rows_[row.hash] = row;
  return row;
}

std::size_t Lnd::minted() const {
  const std::lock_guard lock(mutex_);
  return minted_;
}

std::size_t Lnd::orders() const {
  const std::lock_guard lock(mutex_);
  return orders_;
}

std::string Lnd::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

}  // namespace tollhouse::test
