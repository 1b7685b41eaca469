// cli: `inspect` of receipts. Shows what the payload says; verify-receipt says whether it is true.
#include "base/base64.h"
#include "cli/facts.h"
#include "cli/verify_receipt.h"
#include "json/reader.h"

namespace tollhouse::cli {

std::optional<Facts> receipt_facts(std::string_view thing) {
  const std::string envelope = envelope_of(thing);
  json::Document document;
  const auto value = json::parse(envelope, document);
  if (!value) return std::nullopt;
  const auto version = value->find("version");
  const auto payload = value->find("payload");
  if (!version || !payload || !payload->as_string() || !value->find("signature"))
    return std::nullopt;
  Facts facts;
  add_text(facts, "kind", "receipt");
  add_text(facts, "version", version->as_string().value_or(""));
  if (const auto key_id = key_id_of(envelope)) add_text(facts, "keyId", *key_id);
  facts.push_back({"verified", "false", "no (tollhouse verify-receipt FILE --key HEX)"});

  const auto bytes = bytes_from_base64url(*payload->as_string());
  json::Document inner;
  const auto body = json::parse(bytes ? text_of(*bytes) : std::string_view(), inner);
  if (!body || !body->is_object()) {
    facts.push_back({"body", "null", "the payload cannot be read"});
    return facts;
  }
  std::string text;
  for (const json::Member member : body->members()) {
    if (member.value.is_null() || member.name() == "version") continue;
    const std::string shown(member.value.as_string().value_or(member.value.raw()));
    text += fmt::format("{}{} {}", text.empty() ? "" : "\n" + std::string(23, ' '),
                        printable(member.name()), printable(shown, 256));
  }
  facts.push_back({"body", std::string(body->raw()), text});
  return facts;
}

}  // namespace tollhouse::cli
