// tests/support: an LNbits that is true to its protocol.
#include "support/lnbits.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/hex.h"
#include "base/random.h"
#include "crypto/sha256.h"

namespace tollhouse::test {

using nlohmann::json;

struct Lnbits::Row {
  std::string bolt11;
  std::string hash;
  std::string preimage;
  std::string memo;
  std::int64_t amount_msat = 0;
  Time expires;
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

struct Lnbits::Keys {
  SystemRandom random;
  SystemClock clock;
  crypto::Secp256k1 curve{random};
  crypto::NodeKey node = [this] {
    crypto::NodeKey key;
    do {
      random.fill(key.bytes);
    } while (!curve.valid(key));
    return key;
  }();
};

namespace {

/// ISO 8601 as LNbits writes it, `zone` being "" or "+00:00".
std::string iso(Time time, const char* zone) {
  std::string text = rfc3339(time, 0);
  text.pop_back();
  return text + zone;
}

bool send_all(int socket, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

std::string field_of(const std::string& head, const std::string& name) {
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

}  // namespace

Lnbits::Lnbits(bolt::Network network, bool leaks)
    : network_(network), leaks_(leaks), keys_(std::make_unique<Keys>()) {
  start();
}

Lnbits::~Lnbits() { stop(); }

void Lnbits::start() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, generic, &length) != 0) {
    throw std::runtime_error("the LNbits double cannot listen");
  }
  port_ = ntohs(address.sin_port);
  ending_ = false;
  acceptor_ = std::thread([this] { accept(); });
}

void Lnbits::stop() {
  if (!acceptor_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
    changed_.notify_all();
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  ::close(listener_);
}

void Lnbits::accept() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (socket < 0 || ending_) {
      if (socket >= 0) ::close(socket);
      return;
    }
    open_.push_back(socket);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void Lnbits::serve(int socket) {
  std::string buffer;
  char piece[4096];
  while (true) {
    const std::size_t end = buffer.find("\r\n\r\n");
    const std::string length = end == std::string::npos
                                   ? std::string()
                                   : field_of(buffer.substr(0, end + 2), "Content-Length");
    const std::size_t whole = end + 4 + (length.empty() ? 0 : std::stoul(length));
    if (end == std::string::npos || buffer.size() < whole) {
      const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
      if (got <= 0) break;
      buffer.append(piece, static_cast<std::size_t>(got));
      continue;
    }
    const std::string head = buffer.substr(0, end + 2);
    Request request;
    const std::size_t blank = head.find(' ');
    request.method = head.substr(0, blank);
    request.path = head.substr(blank + 1, head.find(' ', blank + 1) - blank - 1);
    request.key = field_of(head, "X-Api-Key");
    request.body = buffer.substr(end + 4, whole - end - 4);
    buffer.erase(0, whole);
    const auto reply = answer(request);
    if (!reply) break;
    const std::string body = reply->body.is_string() && reply->status == 200
                                 ? reply->body.get<std::string>()
                                 : reply->body.dump();
    std::string text = "HTTP/1.1 " + std::to_string(reply->status) +
                       " x\r\nserver: uvicorn\r\ncontent-type: application/json\r\n";
    if (!reply->location.empty()) text += "location: " + reply->location + "\r\n";
    text += "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    if (!send_all(socket, text)) break;
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, socket);
  ::close(socket);
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

Lnbits::Row Lnbits::make_invoice(std::uint64_t sat, std::int64_t expiry, const std::string& memo) {
  bolt::InvoiceRequest invoice;
  invoice.network = network_;
  invoice.amount = Msat::of_sat(fault_ == LnbitsFault::wrong_amount ? 2 * sat : sat);
  invoice.timestamp =
      Time(std::chrono::floor<std::chrono::seconds>(keys_->clock.now().time_since_epoch()));
  invoice.expiry = fault_ == LnbitsFault::endless ? std::chrono::hours(24 * 365)
                                                  : Duration(std::chrono::seconds(expiry));
  invoice.description = memo;
  Preimage preimage;
  keys_->random.fill(preimage.bytes);
  keys_->random.fill(invoice.payment_secret.bytes);
  invoice.payment_hash = PaymentHash::from(crypto::sha256(preimage.reveal()).view());
  Row row;
  row.bolt11 = bolt::encode_and_sign(invoice, keys_->node, keys_->curve);
  row.hash = hex(invoice.payment_hash.view());
  row.preimage = hex(preimage.reveal());
  row.memo = memo;
  row.amount_msat = static_cast<std::int64_t>(invoice.amount->count());
  row.expires = bolt::expires_at(invoice);
  return row;
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
  Row row = make_invoice(body.at("amount"), body.value("expiry", 3600), body.value("memo", ""));
  json answer = payment_of(row, row.amount_msat, "");
  if (fault_ == LnbitsFault::wrong_hash) answer["payment_hash"] = std::string(64, 'a');
  if (fault_ == LnbitsFault::cut_invoice) {
    std::string text = row.bolt11;
    text.back() = text.back() == 'q' ? 'p' : 'q';
    answer["bolt11"] = answer["payment_request"] = text;
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
  const auto row = rows_.find(hash_of(bolt11));
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

std::string Lnbits::hash_of(const std::string& bolt11) const {
  const auto invoice = bolt::decode(bolt11, keys_->curve, {});
  return invoice ? hex(invoice->payment_hash.view()) : std::string();
}

void Lnbits::set_fault(LnbitsFault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  changed_.notify_all();
}

std::optional<std::string> Lnbits::pay(const std::string& bolt11) {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(hash_of(bolt11));
  if (row == rows_.end()) return std::nullopt;
  row->second.status = "success";
  return row->second.preimage;
}

std::optional<std::string> Lnbits::preimage_of(const std::string& bolt11) {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(hash_of(bolt11));
  if (row == rows_.end()) return std::nullopt;
  return row->second.preimage;
}

void Lnbits::expire(const std::string& bolt11) {
  const std::lock_guard lock(mutex_);
  Row& row = rows_.at(hash_of(bolt11));
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
