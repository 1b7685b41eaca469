// sim: a caller's requests, byte by byte.
#include "base/base64.h"
#include "base/hex.h"
#include "mcp/meta_names.h"
#include "mpp/credential.h"
#include "sim/caller.h"
#include "sim/offers.h"

namespace tollhouse::sim {
namespace {

void add_member(std::string& meta, std::string_view name, std::string_view value) {
  if (!meta.empty()) meta += ',';
  meta += fmt::format(R"("{}":{})", name, value);
}

char other_digit(char digit) { return digit == 'a' ? 'b' : 'a'; }

void alter(std::string& text, std::uint64_t at) { text[at] = other_digit(text[at]); }

}  // namespace

void Caller::add_token(const Attempt& attempt, std::string& fields, std::string& meta) {
  const Credential& credential = purse_[*attempt.credential];
  std::string macaroon = credential.macaroon;
  std::string preimage = credential.preimage;
  if (attempt.show == Attempt::Show::tampered) {
    std::string& part = dice_.one_in(2) ? macaroon : preimage;
    alter(part, dice_.below(part.size() - 4));
  }
  const std::string value = macaroon + ":" + preimage;
  if (attempt.surface == kModern && dice_.one_in(3)) {
    add_member(meta, "tollhouse/l402", '"' + value + '"');
  } else {
    fields += "Authorization: L402 " + value + "\r\n";
  }
}

std::string Caller::x402_payment(const Attempt& attempt) {
  const Credential& credential = purse_[*attempt.credential];
  const bool by_preimage = attempt.rail == Rail::preimage;
  std::string offer = by_preimage ? credential.lnbtc : credential.bip122;
  if (attempt.show == Attempt::Show::unsealed) offer = without_seal(offer);
  if (attempt.show == Attempt::Show::resealed) offer = resealed(offer, attempt.tool);
  std::string invoice = credential.invoice;
  std::string preimage = credential.preimage;
  if (attempt.show == Attempt::Show::tampered) {
    std::string& part = attempt.rail == Rail::echo ? invoice : preimage;
    alter(part, dice_.below(part.size()));
  }
  std::string payload;
  if (!by_preimage) add_member(payload, "invoice", '"' + invoice + '"');
  if (attempt.rail != Rail::echo) add_member(payload, "preimage", '"' + preimage + '"');
  return fmt::format(R"({{"x402Version":2,"accepted":{},"payload":{{{}}}}})", offer, payload);
}

void Caller::add_x402(const Attempt& attempt, std::string& fields, std::string& meta) {
  const std::string payment = x402_payment(attempt);
  const std::string text = base64(bytes_of(payment));
  switch (dice_.below(attempt.surface == kModern ? 5 : 3)) {
    case 0:
      fields += "Authorization: x402 " + text + "\r\n";
      break;
    case 1:
      fields += "X-PAYMENT: " + text + "\r\n";
      break;
    case 2:
      fields += "PAYMENT-SIGNATURE: " + text + "\r\n";
      break;
    case 3:
      add_member(meta, "x402/payment", '"' + text + '"');
      break;
    default:
      add_member(meta, "x402/payment", payment);
      break;
  }
}

/// In one carrier or in both. What was altered stands alone, or beside what was not.
void Caller::add_charge(const Attempt& attempt, std::string& fields, std::string& meta) {
  const Credential& credential = purse_[*attempt.credential];
  const mpp::Challenge sound = attempt.show == Attempt::Show::resealed
                                   ? resealed(*credential.charge, attempt.tool)
                                   : *credential.charge;
  mpp::Challenge challenge = sound;
  std::string preimage = credential.preimage;
  const bool tampered = attempt.show == Attempt::Show::tampered;
  if (tampered && dice_.one_in(2)) {
    alter(preimage, dice_.below(preimage.size()));
  } else if (tampered) {
    challenge = altered(challenge, dice_);
  }
  const Preimage secret = *value_from_hex<Preimage>(preimage);
  const std::uint64_t where = dice_.below(attempt.surface == kRest ? 1 : 3);
  if (where != 0) {
    add_member(meta, mcp::kMetaPaymentCredential, mpp::meta_value(challenge, secret));
  }
  if (where == 1) return;
  const bool two_differ = where == 2 && tampered;
  const Preimage shown = two_differ ? *value_from_hex<Preimage>(credential.preimage) : secret;
  const mpp::Challenge& first = two_differ ? sound : challenge;
  fields += "Authorization: " + mpp::authorization_value(first, shown) + "\r\n";
}

/// Another rail of the same request comes first.
void Caller::add_charge_beside(const Attempt& attempt, std::string& fields) {
  const Credential& credential = purse_[*attempt.beside];
  const Preimage preimage = *value_from_hex<Preimage>(credential.preimage);
  fields += "Authorization: " + mpp::authorization_value(*credential.charge, preimage) + "\r\n";
}

void Caller::add_work(const Attempt& attempt, std::string& fields, std::string& meta) {
  const SolvedWork& work = *attempt.work;
  const std::string value = fmt::format("challenge={},nonce={}", work.challenge, work.nonces);
  if (attempt.surface == kModern && dice_.one_in(3)) {
    add_member(meta, "tollhouse/pow", '"' + value + '"');
  } else {
    fields += "X-PoW-Solution: " + value + "\r\n";
  }
}

void Caller::add_payment(const Attempt& attempt, std::string& fields, std::string& meta) {
  if (attempt.work) add_work(attempt, fields, meta);
  if (!attempt.pays()) return;
  if (attempt.beside) add_charge_beside(attempt, fields);
  if (attempt.rail == Rail::l402) return add_token(attempt, fields, meta);
  if (attempt.rail == Rail::charge) return add_charge(attempt, fields, meta);
  add_x402(attempt, fields, meta);
}

std::string Caller::request_of(const Attempt& attempt) {
  std::string fields;
  std::string meta;
  if (attempt.surface == kModern) {
    meta = R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
           R"("io.modelcontextprotocol/clientCapabilities":{})";
    fields = fmt::format(
        "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: {}\r\n",
        attempt.tool);
  } else if (attempt.surface == kLegacy) {
    fields = "MCP-Protocol-Version: 2025-11-25\r\n";
  }
  if (attempt.show != Attempt::Show::nothing) add_payment(attempt, fields, meta);
  fields += fmt::format("X-Sim-Attempt: {}\r\n", attempt.number);
  const std::string arguments = fmt::format(R"({{"n":"{}"}})", attempt.nonce);
  std::string path = "/mcp";
  std::string body = arguments;
  if (attempt.surface == kRest) {
    path = "/tools/" + attempt.tool;
  } else {
    body = fmt::format(
        R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"{}","arguments":{}{}}}}})",
        attempt.number, attempt.tool, arguments, meta.empty() ? "" : ",\"_meta\":{" + meta + "}");
  }
  std::string framing = fmt::format("Content-Length: {}", body.size());
  if (dice_.one_in(5)) {
    framing = "Transfer-Encoding: chunked";
    body = fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body);
  }
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Accept: application/json, text/event-stream\r\n{}{}\r\n\r\n{}",
      path, fields, framing, body);
}

}  // namespace tollhouse::sim
