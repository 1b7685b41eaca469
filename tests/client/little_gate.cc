// tests/client: the little gate. One connection at a time, one request per connection.
#include "client/little_gate.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/format.h"
#include "base/hex.h"
#include "dialogue/meant_call.h"
#include "json/reader.h"
#include "l402/credential.h"
#include "pow/solution.h"
#include "pow/verify.h"
#include "pow/work.h"
#include "support/precompiled.h"
#include "x402/payment_payload.h"
#include "x402/verify_lnbtc.h"

namespace tollhouse::test {
namespace {

constexpr std::string_view kToolsOne =
    R"({"tools":[{"name":"echo","description":"says it again\nand more","inputSchema":{"type":"object",)"
    R"("properties":{"region":{"type":"string","x-mcp-header":"Region"}}}}],"nextCursor":"2"})";
constexpr std::string_view kToolsTwo = R"({"tools":[{"name":"other"}]})";
constexpr std::string_view kToolsAll =
    R"({"tools":[{"name":"echo","description":"says it again\nand more","inputSchema":{"type":"object",)"
    R"("properties":{"region":{"type":"string","x-mcp-header":"Region"}}}},{"name":"other"}]})";

constexpr std::string_view kWork = "a-challenge-of-the-little-gate";

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Head and body of one request; nothing when the peer goes first.
std::optional<SeenRequest> read_request(int connection) {
  std::string bytes;
  std::size_t head_end = std::string::npos;
  std::size_t wanted = std::string::npos;
  SeenRequest request;
  char part[4096];
  while (bytes.size() < wanted) {
    const ssize_t got = ::recv(connection, part, sizeof part, 0);
    if (got <= 0) return std::nullopt;
    bytes.append(part, static_cast<std::size_t>(got));
    if (head_end != std::string::npos) continue;
    head_end = bytes.find("\r\n\r\n");
    if (head_end == std::string::npos) continue;
    std::size_t at = bytes.find("\r\n") + 2;
    const std::string line = bytes.substr(0, at - 2);
    request.method = line.substr(0, line.find(' '));
    request.path = line.substr(request.method.size() + 1);
    request.path.resize(request.path.find(' '));
    while (at < head_end + 2) {
      const std::size_t end = bytes.find("\r\n", at);
      const std::size_t colon = bytes.find(": ", at);
      request.fields[lower_case(bytes.substr(at, colon - at))] =
          bytes.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    const auto length = request.fields.find("content-length");
    wanted = head_end + 4 + (length == request.fields.end() ? 0 : std::stoul(length->second));
  }
  request.body = bytes.substr(head_end + 4);
  return request;
}

std::string member_text(std::string_view body, std::string_view name) {
  json::Document workspace;
  const auto root = json::parse(body, workspace);
  const auto member = root ? root->find(name) : std::nullopt;
  if (!member) return {};
  const auto text = member->as_string();
  return std::string(text ? *text : member->raw());
}

}  // namespace

LittleGate::LittleGate(Behaviour behaviour) : behaviour_(std::move(behaviour)) {
  challenge_ = made_challenge(behaviour_.offer, curve_);
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(listener_, generic, size), 0);
  EXPECT_EQ(::listen(listener_, 16), 0);
  EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

LittleGate::~LittleGate() {
  ::shutdown(listener_, SHUT_RDWR);  // accept returns with an error
  thread_.join();
  ::close(listener_);
}

std::string LittleGate::origin() const { return fmt::format("http://127.0.0.1:{}", port_); }

std::vector<SeenRequest> LittleGate::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

std::size_t LittleGate::count(std::string_view what) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(seen_.begin(), seen_.end(), [what](const SeenRequest& request) {
        return request.rpc_method == what || request.path == what || request.method == what;
      }));
}

std::string LittleGate::authorization() const {
  return l402::authorization_value(challenge_.macaroon, made_preimage(behaviour_.offer.seed));
}

void LittleGate::run() {
  while (true) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    serve(connection);
    ::close(connection);
  }
}

void LittleGate::serve(int connection) {
  auto request = read_request(connection);
  if (!request) return;
  request->rpc_method = member_text(request->body, "method");
  GivenReply reply;
  {
    const std::lock_guard lock(mutex_);
    seen_.push_back(*request);
  }
  reply = answer(*request);
  if (reply.hang_up) return;
  const std::string text =
      fmt::format("HTTP/1.1 {} X\r\n{}Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                  reply.status, reply.fields, reply.body.size(), reply.body);
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t sent = ::send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
}

GivenReply LittleGate::answer(const SeenRequest& request) {
  if (request.path == "/sim/pay") {
    if (behaviour_.wallet_reply) return *behaviour_.wallet_reply;
    const std::string invoice = member_text(request.body, "invoice");
    if (invoice != challenge_.invoice && !behaviour_.sells_x402) {
      return {404, "", R"({"error":"unknown invoice","code":"unknown_invoice"})", false};
    }
    const auto sold = x402_seeds_.find(invoice);
    Preimage preimage =
        made_preimage(sold == x402_seeds_.end() ? behaviour_.offer.seed : sold->second);
    preimage.bytes[0] ^= behaviour_.wrong_bit;
    return {200, "Content-Type: application/json\r\n",
            fmt::format(R"({{"payment_hash":"x","preimage":"{}"}})", hex(preimage.reveal())),
            false};
  }
  if (request.path == "/mcp/pow/verify") return verify_work(request);
  if (request.path != "/mcp")
    return {404, "", R"({"error":"not found","code":"not_found"})", false};
  if (request.method == "DELETE") return {405, "", "", false};
  return answer_rpc(request);
}

GivenReply LittleGate::result(const std::string& id, std::string_view result) const {
  const std::string message = fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, result);
  if (!behaviour_.streams) return {200, "Content-Type: application/json\r\n", message, false};
  return {200, "Content-Type: text/event-stream\r\n",
          "id: 1\ndata:\n\nevent: message\ndata: " + message + "\n\n", false};
}

GivenReply LittleGate::answer_rpc(const SeenRequest& request) {
  const std::string id = member_text(request.body, "id");
  const std::string& method = request.rpc_method;
  if (behaviour_.modern) {
    if (method == "initialize") {
      return {
          400, "",
          R"({"jsonrpc":"2.0","error":{"code":-32022,"message":"old","data":{"supported":["2026-07-28"]}}})",
          false};
    }
    if (request.fields.count("mcp-method") == 0) return {400, "", "", false};
    if (method == "server/discover") return result(id, R"({"supportedVersions":["2026-07-28"]})");
  } else {
    if (method == "initialize") {
      GivenReply reply = result(id, R"({"protocolVersion":"2025-11-25","capabilities":{}})");
      reply.fields += "Mcp-Session-Id: session-1\r\n";
      return reply;
    }
    const auto session = request.fields.find("mcp-session-id");
    if (session == request.fields.end() || session->second != "session-1") {
      return {404, "", "", false};
    }
    if (method == "notifications/initialized") return {202, "", "", false};
  }
  if (method == "tools/list") {
    const bool second = request.body.find("\"cursor\":\"2\"") != std::string::npos;
    if (!behaviour_.two_pages) return result(id, kToolsAll);
    return result(id, second ? kToolsTwo : kToolsOne);
  }
  if (method == "tools/call") return answer_call(request, id);
  return {404, "", "", false};
}

x402::Offer LittleGate::x402_offer(const SeenRequest& request) {
  json::Document workspace;
  const auto meant = dialogue::meant_call(request.body).value();
  const std::string server = address();
  bolt::InvoiceRequest invoice;
  invoice.amount = *Msat::of_sat(*behaviour_.offer.sat);
  invoice.timestamp = behaviour_.offer.minted;
  invoice.expiry = std::chrono::seconds(300);
  crypto::NodeKey key;
  key.bytes.fill(0x21);
  x402::Offer offer;
  offer.profile = x402::Profile::lnbtc;
  offer.amount = *invoice.amount;
  offer.pay_to = hex(curve_.public_key(key).view());
  offer.binding = x402::bind_mcp(meant.on(server), workspace).value();
  const Digest& request_hash = offer.binding->request_hash;
  invoice.description = bolt::DescriptionHash::from(request_hash.view());
  const auto seed = static_cast<std::uint8_t>(behaviour_.offer.seed ^ request_hash.bytes[0]);
  invoice.payment_hash = hash_of(made_preimage(seed));
  offer.invoice = bolt::encode_and_sign(invoice, key, curve_);
  x402_seeds_[offer.invoice] = seed;
  return offer;
}

bool LittleGate::is_paid(const SeenRequest& request) {
  if (!behaviour_.sells_x402) {
    const auto shown = request.fields.find("authorization");
    return shown != request.fields.end() && shown->second == authorization();
  }
  const auto shown = request.fields.find("payment-signature");
  x402::Payment payment;
  if (shown == request.fields.end() ||
      !payment.read({x402::PaymentText::Form::base64, shown->second})) {
    return false;
  }
  const x402::Offer offer = x402_offer(request);
  return x402::verify_lnbtc(payment, {&offer}, nullptr, curve_, kNow).has_value();
}

bool LittleGate::is_worked_for(const SeenRequest& request) const {
  const auto shown = request.fields.find("x-pow-solution");
  if (behaviour_.work_bits == 0 || shown == request.fields.end()) return false;
  const auto solution = pow::read_solution(shown->second);
  return solution && solution->challenge == kWork &&
         pow::leading_zero_bits(pow::work_hash(kWork, solution->nonces)) >= behaviour_.work_bits;
}

GivenReply LittleGate::verify_work(const SeenRequest& request) const {
  const std::string nonce = member_text(request.body, "solution");
  if (member_text(request.body, "nonce") != kWork ||
      member_text(request.body, "tool").empty() ||  // as a gate needs that has one row for all
      pow::leading_zero_bits(pow::work_hash(kWork, nonce)) < behaviour_.work_bits) {
    return {400, "", R"({"error":"invalid_solution","code":"invalid_solution"})", false};
  }
  const std::string preimage = hex(made_preimage(behaviour_.offer.seed).reveal());
  return {200, "Content-Type: application/json\r\n",
          fmt::format(R"({{"macaroon":"{}","preimage":"{}","ttl":300}})", challenge_.macaroon,
                      preimage),
          false};
}

GivenReply LittleGate::demand(const SeenRequest& request, const std::string& id) {
  std::string lines;
  if (behaviour_.sells_x402) {
    const x402::Offer offer = x402_offer(request);
    const std::string required =
        x402::payment_required({"payment_required", {address(), {}, {}}, std::span(&offer, 1), {}});
    lines = "PAYMENT-REQUIRED: " + x402::header_value(required) + "\r\n";
  } else if (behaviour_.sells) {
    lines = "WWW-Authenticate: " + l402::challenge_value(challenge_.macaroon, challenge_.invoice) +
            "\r\n";
  }
  std::string work;
  if (behaviour_.work_bits != 0) {
    lines += fmt::format(
        "WWW-Authenticate: PoW challenge=\"{}\", difficulty=\"{}\", algorithm=\"sha256\"\r\n",
        kWork, behaviour_.work_bits);
    if (!behaviour_.work_in_head_only) {
      work = fmt::format(
          R"(,"pow":{{"challenge":"{}","difficulty":9,"difficultyBits":{},"callsPerSolve":{}}})",
          kWork, behaviour_.work_bits, behaviour_.calls_per_solve);
    }
  }
  const bool needed = behaviour_.work_bits != 0 && !is_worked_for(request) &&
                      (behaviour_.work_beside || !behaviour_.sells);
  return {402, lines + "Content-Type: application/json\r\n",
          fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":402,"message":"pay","data":{{)"
                      R"("error":"payment_required","code":"{}"{}}}}}}})",
                      id, needed ? "pow_required" : "payment_required", work),
          false};
}

GivenReply LittleGate::answer_call(const SeenRequest& request, const std::string& id) {
  if (forgotten_ < behaviour_.forgets_session) {
    ++forgotten_;
    return {404, "Content-Type: application/json\r\n",
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"no session"}})", false};
  }
  const bool paid = is_paid(request);
  const bool worked = is_worked_for(request);
  const bool opened = behaviour_.work_beside ? paid && worked : paid || worked;
  if (!opened && !behaviour_.free) return demand(request, id);
  const std::size_t before = paid ? paid_calls_++ : 0;
  if (paid && behaviour_.paid_reply && before >= behaviour_.paid_reply_after &&
      before - behaviour_.paid_reply_after < behaviour_.paid_reply_times) {
    return *behaviour_.paid_reply;
  }
  if (behaviour_.tool_fails) return result(id, R"({"content":[],"isError":true})");
  GivenReply reply = result(id, R"({"content":[{"type":"text","text":"hello"}]})");
  if (paid) {
    reply.fields +=
        fmt::format("X-Payment-Receipt: {}\r\n", base64url(bytes_of(R"({"receipt":1})")));
  }
  return reply;
}

}  // namespace tollhouse::test
