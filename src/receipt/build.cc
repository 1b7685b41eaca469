// receipt: building and signing.
#include <algorithm>

#include "base/base64.h"
#include "base/hex.h"
#include "json/writer.h"
#include "receipt/receipt.h"

namespace tollhouse::receipt {
namespace {

constexpr std::uint64_t kExactIntegers = std::uint64_t{1} << 53;

struct Member {
  std::string_view name;
  std::string json;
};

std::string quoted(std::string_view text) {
  std::string json;
  json::append_string(json, text);
  return json;
}

/// Collects members in the order of the public service's `body`.
class Members {
 public:
  void text(std::string_view name, std::string_view value) { add(name, quoted(value)); }
  void text_or_null(std::string_view name, std::optional<std::string_view> value) {
    add(name, value ? quoted(*value) : "null");
  }
  void number(std::string_view name, std::uint64_t value) { add(name, std::to_string(value)); }
  void text_if(std::string_view name, std::optional<std::string_view> value) {
    if (value) text(name, *value);
  }
  template <class Hash>
  void hex_if(std::string_view name, const std::optional<Hash>& value) {
    if (value) text(name, hex(value->view()));
  }
  void add(std::string_view name, std::string json) { members_.push_back({name, std::move(json)}); }

  std::string json() const {
    std::string out;
    json::Writer writer(out);
    writer.begin_object();
    for (const Member& member : members_) writer.raw_member(member.name, member.json);
    writer.end_object();
    return out;
  }
  /// All names are ASCII, so that bytes order as UTF-16 code units do (RFC 8785 3.2.3).
  std::string canonical() const {
    Members sorted = *this;
    std::ranges::sort(sorted.members_, {}, &Member::name);
    return sorted.json();
  }

 private:
  std::vector<Member> members_;
};

void add_call(Members& members, const CallFacts& facts) {
  members.text("mcpToolId", facts.tool_id);
  members.text("toolName", facts.tool_name);
  members.text("toolSlug", facts.tool_slug);
  members.text("toolMethodName", facts.tool_method_name);
  members.text_or_null("mcpGateTokenId", facts.token_id);
  members.text_or_null("mcpGateSessionId", facts.session_id);
  members.text_or_null("payingProjectId", facts.paying_project_id);
  members.text_or_null("agentId", facts.agent_id);
}

void add_money(Members& members, const CallFacts& facts) {
  const std::uint64_t gross = facts.gross.sat();
  const std::uint64_t fee = std::min(gross, facts.fee.sat());
  members.number("grossSats", gross);
  members.number("platformFeeSats", fee);
  members.number("netSats", gross - fee);
  members.number("feeBasisPoints", facts.fee_basis_points);
}

void add_extensions(Members& members, const CallFacts& facts) {
  members.hex_if("x_requestSha256", facts.request_digest);
  members.hex_if("x_resultSha256", facts.result_digest);
  members.text_if("x_rail", facts.rail);
  members.hex_if("x_paymentHash", facts.payment_hash);
  if (facts.with_gross_msat && facts.gross.count() < kExactIntegers) {
    members.number("x_grossMsat", facts.gross.count());
  }
  members.hex_if("x_prevReceiptSha256", facts.previous_receipt);
  members.text_if("x_issuer", facts.issuer);
  members.text_if("x_environment", facts.environment);
}

}  // namespace

Receipt build(const CallFacts& facts, const Key& key) {
  Receipt receipt;
  receipt.id = "mcp_receipt_" + hex(facts.event.bytes);
  Members body;
  body.text("receiptId", receipt.id);
  body.text("revenueEventId", to_text(facts.event));
  add_call(body, facts);
  add_money(body, facts);
  body.text("status", facts.status);
  body.text_or_null("idempotencyKey", facts.idempotency_key);
  body.text("requestId", facts.request_id);
  body.text("createdAt", rfc3339(facts.created));
  add_extensions(body, facts);

  Members signed_members = body;
  signed_members.text("version", kVersion1);
  const std::string canonical = signed_members.canonical();
  receipt.payload_digest = crypto::sha256(bytes_of(canonical));
  const std::string payload = base64url(bytes_of(canonical));
  json::Writer(receipt.envelope)
      .begin_object()
      .member("version", kVersion1)
      .member("payload", payload)
      .member("signature", base64url(key.hmac.mac(bytes_of(payload)).view()))
      .member("signatureAlgorithm", kHmacSha256)
      .member("keyId", key.id)
      .raw_member("body", body.json())
      .end_object();
  return receipt;
}

}  // namespace tollhouse::receipt
