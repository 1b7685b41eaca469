// tests/support: an LNbits that is true to its protocol.
#include "support/lnbits.h"

#include <openssl/sha.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"

namespace tollhouse::test {

using nlohmann::json;

struct Lnbits::Row : PayeeInvoice {
  std::string status = "pending";
  bool labelled_expired = false;
};

struct Lnbits::Request {
  std::string method;
  std::string path;
  std::string key;
  std::string body;
};

struct Lnbits::Reply {
  int status = 200;
  json body;
  std::string location{};
};

namespace {

/// ISO 8601 as LNbits writes it, `zone` being "" or "+00:00".
std::string iso(Time time, const char* zone) {
  std::string text = rfc3339(time, 0);
  text.pop_back();
  return text + zone;
}

constexpr std::string_view kSocketPath = "/api/v1/ws/";

/// RFC 6455 4.2.2.
std::string switching(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  Bytes digest(SHA_DIGEST_LENGTH);
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         base64(digest) + "\r\nserver: uvicorn\r\n\r\n";
}

std::string frame(unsigned char opcode, const std::string& text) {
  std::string made{static_cast<char>(0x80 | opcode), static_cast<char>(text.size())};
  return made + text;
}

}  // namespace

Lnbits::Lnbits(bolt::Network network, bool leaks)
    : payee_(network),
      other_payee_(network),
      leaks_(leaks),
      http_([this](const DoubleRequest& request) { return serve(request); }) {}

Lnbits::~Lnbits() { stop(); }

void Lnbits::start() {
  ending_ = false;
  http_.start();
}

void Lnbits::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  http_.stop();
}

std::optional<DoubleReply> Lnbits::serve(const DoubleRequest& heard) {
  const auto reply = answer({heard.method, heard.path, heard.field("X-Api-Key"), heard.body});
  if (!reply) return std::nullopt;
  if (listens(heard)) {
    DoubleReply telling;
    telling.takes_over = [this, heard](DoubleLine& line) { tell_of(heard, line); };
    return telling;
  }
  const bool text = reply->body.is_string() && reply->status == 200;
  DoubleReply made;
  made.status = reply->status;
  made.body = text ? reply->body.get<std::string>() : reply->body.dump();
  made.location = reply->location;
  return made;
}

bool Lnbits::listens(const DoubleRequest& heard) {
  const std::lock_guard lock(mutex_);
  return tells_ && heard.path.starts_with(kSocketPath) && heard.field("Upgrade") == "websocket";
}

/// One message, as a payment has one; then until the other side goes.
void Lnbits::tell_of(const DoubleRequest& heard, DoubleLine& line) {
  const std::string hash = heard.path.substr(kSocketPath.size());
  bool pinged = false;
  {
    std::unique_lock lock(mutex_);
    const std::size_t pings = pings_;
    const std::size_t forged = forged_[hash];
    if (!line.send(switching(heard.field("Sec-WebSocket-Key")))) return;
    ++listeners_;
    changed_.notify_all();
    changed_.wait(
        lock, [&] { return ending_ || is_paid(hash) || forged_[hash] > forged || pings_ > pings; });
    if (ending_) return;
    pinged = pings_ > pings;
  }
  constexpr unsigned char kText = 1;
  constexpr unsigned char kPing = 9;
  const bool sent = line.send(pinged ? frame(kPing, "ping")
                                     : frame(kText, R"({"pending": false, "status": "success"})"));
  char byte = 0;
  while (sent && line.receive(&byte, 1) > 0) {
  }
  const std::lock_guard lock(mutex_);
  ++gone_;
  changed_.notify_all();
}

bool Lnbits::is_paid(const std::string& hash) const {
  const auto row = rows_.find(hash);
  return row != rows_.end() && row->second.status == "success";
}

std::optional<Lnbits::Reply> Lnbits::answer(const Request& request) {
  std::unique_lock lock(mutex_);
  heard_ += request.method + " " + request.path + " " + request.key + "\n";
  const bool lookup = request.method == "GET" && request.path.starts_with("/api/v1/payments/");
  changed_.notify_all();
  switch (fault_) {
    case LnbitsFault::stall:
      changed_.wait(lock, [this] { return ending_ || fault_ != LnbitsFault::stall; });
      return std::nullopt;
    case LnbitsFault::drop:
      return std::nullopt;
    case LnbitsFault::garbage:
      return Reply{200, "<html>It works!</html>"};
    case LnbitsFault::error:
      return Reply{500, {{"detail", "Unexpected error! ID: 00000000"}}};
    case LnbitsFault::rate_limit:
      return Reply{429, {{"error", "Rate limit exceeded: 200 per 1 minute"}}};
    case LnbitsFault::first_install:
      return Reply{307, "", "/first_install"};
    default:
      break;
  }
  if (request.path == "/api/v1/wallet") return wallet(request);
  if (lookup) return look_up(request);
  const bool pays = request.path == "/api/v1/payments" && request.method == "POST";
  if (!pays) return Reply{404, {{"detail", "Not Found"}}};
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) return Reply{400, {{"detail", "Invalid JSON"}}};
  return body.value("out", true) ? pay_out(request) : mint(request);
}

Lnbits::Reply Lnbits::wallet(const Request& request) const {
  if (request.key.empty()) return {401, {{"detail", "No Api Key provided."}}};
  json body = {{"name", "gate"}, {"balance", 52000}};
  if (request.key == kAdminKey || request.key == kPayerKey) {
    body["id"] = "c2103a78e5b64eeab2ffd680a1342d54";
  } else if (request.key != kInvoiceKey) {
    return {404, {{"detail", "Wallet not found."}}};
  }
  return {200, body};
}

Lnbits::Row Lnbits::make_invoice(std::uint64_t sat, std::int64_t expiry, const std::string& memo,
                                 const std::string& hash) {
  const auto amount = Msat::of_sat(fault_ == LnbitsFault::wrong_amount ? 2 * sat : sat);
  const Duration good_for = fault_ == LnbitsFault::endless ? Duration(std::chrono::hours(24 * 365))
                                                           : Duration(std::chrono::seconds(expiry));
  const Payee& payee = fault_ == LnbitsFault::other_node ? other_payee_ : payee_;
  // The answer's memo is empty where the invoice has a hash (lightning-backends.md 3).
  return Row{payee.make(*amount, good_for, hash.empty() ? memo : "", hash)};
}

namespace {

template <class Row>
json payment_of(const Row& row, std::int64_t amount, const char* zone) {
  const std::string time = "2026-11-21T07:47:42.499023+00:00";
  json labels = json::array();
  if (row.labelled_expired) labels.push_back("expired");
  return {{"checking_id", row.hash},
          {"payment_hash", row.hash},
          {"wallet_id", "c2103a78e5b64eeab2ffd680a1342d54"},
          {"amount", amount},
          {"fee", 0},
          {"bolt11", row.bolt11},
          {"payment_request", row.bolt11},
          {"fiat_provider", nullptr},
          {"status", row.status},
          {"memo", row.memo},
          {"expiry", iso(row.expires, zone)},
          {"webhook", nullptr},
          {"webhook_status", nullptr},
          {"preimage", row.preimage},
          {"tag", nullptr},
          {"extension", nullptr},
          {"time", time},
          {"created_at", time},
          {"updated_at", time},
          {"labels", labels},
          {"extra", json::object()},
          {"external_id", nullptr}};
}

}  // namespace

Lnbits::Reply Lnbits::mint(const Request& request) {
  if (request.key != kInvoiceKey && request.key != kAdminKey) {
    return {404, {{"detail", "Wallet not found."}}};
  }
  if (fault_ == LnbitsFault::no_node) {
    return {520, {{"detail", "Could not reach the node."}, {"status", "pending"}}};
  }
  const json body = json::parse(request.body);
  ++minted_;
  changed_.notify_all();
  if (fault_ == LnbitsFault::same_invoice && rows_.contains(last_)) {
    const Row& row = rows_.at(last_);
    return {201, payment_of(row, row.amount_msat, "")};
  }
  Row row = make_invoice(body.at("amount"), body.value("expiry", 3600), body.value("memo", ""),
                         body.value("description_hash", ""));
  json answer = payment_of(row, row.amount_msat, "");
  if (fault_ == LnbitsFault::wrong_hash) answer["payment_hash"] = std::string(64, 'a');
  if (fault_ == LnbitsFault::cut_invoice) {
    answer["bolt11"] = answer["payment_request"] = Payee::damaged(row.bolt11);
  }
  last_ = row.hash;
  rows_[row.hash] = std::move(row);
  return {201, answer};
}

/// A wallet of the same server pays inside it.
Lnbits::Reply Lnbits::pay_out(const Request& request) {
  if (request.key != kPayerKey && request.key != kAdminKey) {
    return {403, {{"detail", "Invoice (or Admin) key required."}}};
  }
  const json body = json::parse(request.body);
  const std::string bolt11 = body.value("bolt11", "");
  if (bolt11.empty()) return {400, {{"detail", "Missing BOLT11 invoice"}}};
  const auto row = rows_.find(payee_.hash_of(bolt11));
  if (row == rows_.end())
    return {520, {{"detail", "Bolt11 decoding failed."}, {"status", "failed"}}};
  if (row->second.status == "success") {
    return {520, {{"detail", "Internal invoice already paid."}, {"status", "failed"}}};
  }
  if (fault_ == LnbitsFault::no_node) {
    json pending = payment_of(row->second, -row->second.amount_msat, "");
    pending["preimage"] = nullptr;
    return {201, pending};
  }
  row->second.status = "success";
  changed_.notify_all();
  return {201, payment_of(row->second, -row->second.amount_msat, "")};
}

Lnbits::Reply Lnbits::look_up(const Request& request) {
  const auto found = rows_.find(request.path.substr(std::string("/api/v1/payments/").size()));
  if (found == rows_.end()) return {404, {{"detail", "Payment does not exist."}}};
  const Row& row = found->second;
  const bool paid = row.status == "success";
  json answer = {{"paid", paid}};
  const bool shown = paid || leaks_;
  answer["preimage"] = shown ? json(row.preimage) : json();
  const bool known = request.key == kInvoiceKey || request.key == kAdminKey;
  const bool payer = request.key == kPayerKey && paid;
  if (request.key == kPayerKey && !paid) return {404, {{"detail", "Payment does not exist."}}};
  if (!known && !payer) return {200, answer};
  if (!paid) answer["status"] = row.status;
  std::int64_t amount = payer ? -row.amount_msat : row.amount_msat;
  if (fault_ == LnbitsFault::underpaid) amount /= 2;
  if (fault_ == LnbitsFault::overpaid) amount *= 2;
  answer["details"] = payment_of(row, amount, "+00:00");
  if (fault_ == LnbitsFault::other_payment) {
    answer["details"]["payment_hash"] = std::string(64, 'b');
  }
  return {200, answer};
}

void Lnbits::set_fault(LnbitsFault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  changed_.notify_all();
}

std::optional<std::string> Lnbits::pay(const std::string& bolt11) {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(payee_.hash_of(bolt11));
  if (row == rows_.end()) return std::nullopt;
  row->second.status = "success";
  changed_.notify_all();
  return row->second.preimage;
}

void Lnbits::tell(bool tells) {
  const std::lock_guard lock(mutex_);
  tells_ = tells;
}

void Lnbits::forge(const std::string& bolt11) {
  const std::lock_guard lock(mutex_);
  ++forged_[payee_.hash_of(bolt11)];
  changed_.notify_all();
}

void Lnbits::ping() {
  const std::lock_guard lock(mutex_);
  ++pings_;
  changed_.notify_all();
}

bool Lnbits::wait_for_listeners(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return listeners_ >= count; });
}

std::size_t Lnbits::listeners() const {
  const std::lock_guard lock(mutex_);
  return listeners_;
}

bool Lnbits::wait_for_gone(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return gone_ >= count; });
}

std::optional<std::string> Lnbits::preimage_of(const std::string& bolt11) {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(payee_.hash_of(bolt11));
  if (row == rows_.end()) return std::nullopt;
  return row->second.preimage;
}

void Lnbits::expire(const std::string& bolt11) {
  const std::lock_guard lock(mutex_);
  Row& row = rows_.at(payee_.hash_of(bolt11));
  row.status = "failed";
  row.labelled_expired = true;
}

std::size_t Lnbits::minted() const {
  const std::lock_guard lock(mutex_);
  return minted_;
}

bool Lnbits::wait_for_minted(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return minted_ >= count; });
}

std::string Lnbits::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

}  // namespace tollhouse::test
