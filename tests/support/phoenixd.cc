// tests/support: a phoenixd that is true to its protocol.
#include "support/phoenixd.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"

namespace tollhouse::test {

using nlohmann::json;

namespace {

using Form = std::map<std::string, std::string>;

std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

Form form_of(const DoubleRequest& request) {
  Form form;
  if (request.field("Content-Type") != "application/x-www-form-urlencoded") return form;
  for (std::size_t at = 0; at < request.body.size();) {
    const std::size_t end = std::min(request.body.find('&', at), request.body.size());
    const std::string pair = request.body.substr(at, end - at);
    const std::size_t sign = pair.find('=');
    if (sign != std::string::npos) form[pair.substr(0, sign)] = unescaped(pair.substr(sign + 1));
    at = end + 1;
  }
  return form;
}

DoubleReply text(int status, std::string body) { return {status, std::move(body), "text/plain"}; }

DoubleReply answered(const json& body) { return {200, body.dump()}; }

std::int64_t milliseconds(Time time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// What may be asked with the limited password too.
bool limited_may(const DoubleRequest& request) {
  return request.path != "/payinvoice" && !request.path.starts_with("/payoffer");
}

}  // namespace

Phoenixd::Phoenixd(bolt::Network network)
    : payee_(network), http_([this](const DoubleRequest& request) { return answer(request); }) {}

Phoenixd::~Phoenixd() { stop(); }

void Phoenixd::start() {
  ending_ = false;
  http_.start();
}

void Phoenixd::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  http_.stop();
}

std::optional<DoubleReply> Phoenixd::answer(const DoubleRequest& request) {
  std::unique_lock lock(mutex_);
  heard_ += request.method + " " + request.path + " " + request.body + "\n";
  const auto wait_for_other = [&](PhoenixdFault fault) {
    changed_.wait(lock, [&] { return ending_ || fault_ != fault; });
  };
  switch (fault_) {
    case PhoenixdFault::stall:
      wait_for_other(PhoenixdFault::stall);
      return std::nullopt;
    case PhoenixdFault::drop:
      return std::nullopt;
    case PhoenixdFault::garbage:
      return DoubleReply{200, "<html>It works!</html>"};
    case PhoenixdFault::error:
      return text(500, "Internal server error");
    default:
      break;
  }
  const auto basic = [](const char* password) {
    return "Basic " + base64(bytes_of(":" + std::string(password)));
  };
  const std::string credential = request.field("Authorization");
  const bool full = credential == basic(kFull);
  const bool limited = credential == basic(kLimited) && limited_may(request);
  if (!full && !limited)
    return text(401,
                "Invalid authentication (use basic auth with the http "
                "password set in phoenix.conf)");
  const std::string incoming_path = "/payments/incoming/";
  const std::string outgoing_path = "/payments/outgoingbyhash/";
  if (request.method == "GET" && request.path == "/getinfo") return info();
  if (request.method == "GET" && request.path.starts_with(incoming_path)) {
    return incoming(request.path.substr(incoming_path.size()));
  }
  if (request.method == "GET" && request.path.starts_with(outgoing_path)) {
    return outgoing(request.path.substr(outgoing_path.size()));
  }
  if (request.method == "POST" && request.path == "/createinvoice") return mint(form_of(request));
  if (request.method == "POST" && request.path == "/payinvoice") {
    DoubleReply reply = pay_out(form_of(request));
    if (fault_ != PhoenixdFault::pay_is_slow) return reply;
    wait_for_other(PhoenixdFault::pay_is_slow);
    return std::nullopt;
  }
  return text(404, "Unknown endpoint (check api doc)");
}

DoubleReply Phoenixd::info() const {
  return answered({{"nodeId", std::string(66, '2')},
                   {"channels", json::array({{{"state", "Normal"},
                                              {"channelId", std::string(64, '3')},
                                              {"balanceSat", 50'000},
                                              {"inboundLiquiditySat", 450'000},
                                              {"capacitySat", 500'000},
                                              {"fundingTxId", std::string(64, '4')}}})},
                   {"chain", "regtest"},
                   {"blockHeight", 126},
                   {"version", "0.8.0"}});
}

DoubleReply Phoenixd::mint(const Form& form) {
  const auto amount = form.find("amountSat");
  const auto description = form.find("description");
  if (amount == form.end()) return text(400, "Missing parameter: amountSat");
  const auto hash = form.find("descriptionHash");
  if ((description == form.end()) == (hash == form.end())) {
    return text(400, "Must provide either a description or descriptionHash");
  }
  const std::string memo = description == form.end() ? std::string() : description->second;
  if (memo.size() > 128) {
    return text(400, "Request parameter description is too long (max 128 characters)");
  }
  ++minted_;
  if (fault_ == PhoenixdFault::same_invoice && rows_.contains(last_)) {
    const Row& row = rows_.at(last_);
    return answered({{"amountSat", row.amount_msat / 1000},
                     {"paymentHash", row.hash},
                     {"serialized", row.bolt11}});
  }
  const std::uint64_t sat = std::stoull(amount->second);
  const auto seconds = std::chrono::seconds(
      form.contains("expirySeconds") ? std::stoll(form.at("expirySeconds")) : 3600);
  const Duration good_for =
      fault_ == PhoenixdFault::endless ? Duration(std::chrono::hours(8760)) : Duration(seconds);
  const auto msat = Msat::of_sat(fault_ == PhoenixdFault::wrong_amount ? 2 * sat : sat);
  const Row row{
      payee_.make(*msat, good_for, memo, hash == form.end() ? std::string() : hash->second)};
  json body = {{"amountSat", sat}, {"paymentHash", row.hash}, {"serialized", row.bolt11}};
  if (fault_ == PhoenixdFault::wrong_hash) body["paymentHash"] = std::string(64, 'a');
  if (fault_ == PhoenixdFault::cut_invoice) body["serialized"] = Payee::damaged(row.bolt11);
  last_ = row.hash;
  rows_[row.hash] = row;
  return answered(body);
}

DoubleReply Phoenixd::incoming(const std::string& hash) {
  const auto found = rows_.find(hash);
  if (found == rows_.end() || found->second.foreign) return text(404, "Not found");
  const Row& row = found->second;
  const std::int64_t sat = row.amount_msat / 1000;
  const bool taken = fault_ == PhoenixdFault::taken_for_channel;
  const bool other = fault_ == PhoenixdFault::other_payment;
  return answered({{"type", "incoming_payment"},
                   {"subType", "lightning"},
                   {"paymentHash", other ? std::string(64, 'b') : row.hash},
                   {"preimage", row.preimage},
                   {"externalId", nullptr},
                   {"description", row.memo},
                   {"invoice", row.bolt11},
                   {"isPaid", row.paid},
                   {"isExpired", row.expired},
                   {"requestedSat", sat},
                   {"receivedSat", row.paid && !taken ? sat : 0},
                   {"fees", row.paid && taken ? row.amount_msat : 0},
                   {"expiresAt", milliseconds(row.expires)},
                   {"completedAt", row.paid ? json(milliseconds(row.created)) : json()},
                   {"createdAt", milliseconds(row.created)}});
}

DoubleReply Phoenixd::pay_out(const Form& form) {
  const auto invoice = form.find("invoice");
  if (invoice == form.end()) return text(400, "Missing parameter: invoice");
  ++orders_;
  const auto found = rows_.find(payee_.hash_of(invoice->second));
  if (found == rows_.end()) return text(400, "Parameter invoice is invalid");
  Row& row = found->second;
  const auto failed = [&](const char* reason) {
    return answered({{"paymentHash", row.hash}, {"reason", reason}});
  };
  if (row.paid) return failed("this invoice has already been paid");
  if (fault_ == PhoenixdFault::pay_fails) return failed("recipient is offline");
  row.paid = true;
  return answered({{"recipientAmountSat", row.amount_msat / 1000},
                   {"routingFeeSat", 4},
                   {"paymentId", "a0f8e5e6-0000-4000-8000-000000000000"},
                   {"paymentHash", row.hash},
                   {"paymentPreimage", row.preimage}});
}

DoubleReply Phoenixd::outgoing(const std::string& hash) {
  const auto found = rows_.find(hash);
  if (found == rows_.end() || !found->second.foreign || !found->second.paid) {
    return text(404, "Not found");
  }
  const Row& row = found->second;
  return answered({{"type", "outgoing_payment"},
                   {"subType", "lightning"},
                   {"paymentId", "a0f8e5e6-0000-4000-8000-000000000000"},
                   {"paymentHash", row.hash},
                   {"preimage", row.preimage},
                   {"isPaid", true},
                   {"sent", row.amount_msat / 1000},
                   {"fees", 4000},
                   {"invoice", row.bolt11},
                   {"completedAt", milliseconds(row.created)},
                   {"createdAt", milliseconds(row.created)}});
}

void Phoenixd::set_fault(PhoenixdFault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  changed_.notify_all();
}

std::optional<std::string> Phoenixd::pay(const std::string& bolt11) {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(payee_.hash_of(bolt11));
  if (row == rows_.end()) return std::nullopt;
  row->second.paid = true;
  return row->second.preimage;
}

void Phoenixd::expire(const std::string& bolt11) {
  const std::lock_guard lock(mutex_);
  rows_.at(payee_.hash_of(bolt11)).expired = true;
}

PayeeInvoice Phoenixd::foreign_invoice(Msat amount) {
  const std::lock_guard lock(mutex_);
  Row row{payee_.make(amount, std::chrono::minutes(10), "x")};
  row.foreign = true;
  rows_[row.hash] = row;
  return row;
}

std::size_t Phoenixd::minted() const {
  const std::lock_guard lock(mutex_);
  return minted_;
}

std::size_t Phoenixd::orders() const {
  const std::lock_guard lock(mutex_);
  return orders_;
}

std::string Phoenixd::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

}  // namespace tollhouse::test
