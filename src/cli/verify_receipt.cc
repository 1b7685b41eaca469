// cli: `verify-receipt`.
#include "cli/verify_receipt.h"

#include <vector>

#include "base/base64.h"
#include "base/format.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "cli/input.h"
#include "json/reader.h"
#include "json/writer.h"
#include "receipt/receipt.h"

namespace tollhouse::cli {
namespace {

/// Every HMAC key of a key set; keys of other algorithms are not for receipts of version 1.
std::optional<std::vector<receipt::Key>> keys_of(std::string_view text) {
  json::Document document;
  const auto set = json::parse(text, document);
  if (!set) return std::nullopt;
  const auto list = set->find("keys");
  if (!list || !list->is_array()) return std::nullopt;
  std::vector<receipt::Key> keys;
  for (const json::Value row : list->elements()) {
    const auto id = row.find("keyId");
    const auto algorithm = row.find("algorithm");
    const auto key = row.find("key");
    if (!id || !algorithm || !key || algorithm->as_string() != receipt::kHmacSha256) continue;
    const auto bytes = bytes_from_hex(key->as_string().value_or("-"));
    if (!bytes || bytes->empty() || !id->as_string()) return std::nullopt;
    keys.emplace_back(ByteView(*bytes), *id->as_string());
  }
  return keys;
}

int wrong_usage(const Terminal& terminal, std::string message, std::string cure) {
  return terminal.fail({Exit::usage, "wrong_usage", std::move(message), std::move(cure)});
}

std::string valid_json(const receipt::Verified& verified) {
  std::string text;
  json::Writer writer(text);
  const receipt::Field* version = verified.find("version");
  writer.begin_object().member("valid", true);
  writer.member("version", version != nullptr ? version->text.value_or("") : std::string());
  writer.member("keyId", verified.key_id).name("warnings").begin_array();
  if (verified.non_canonical) writer.string("non_canonical");
  writer.end_array().name("body").begin_object();
  for (const receipt::Field& field : verified.fields) {
    if (field.name != "version") writer.raw_member(field.name, field.json);
  }
  writer.end_object().end_object();
  return text;
}

void print_valid(const receipt::Verified& verified, const Terminal& terminal) {
  terminal.line(
      fmt::format("{}  key {}", terminal.styled(Style::good, "valid"), printable(verified.key_id)));
  if (verified.non_canonical) terminal.line("warning: non_canonical (authentic all the same)");
  for (const receipt::Field& field : verified.fields) {
    if (field.json == "null") continue;
    terminal.line(fmt::format("  {:<20} {}", printable(field.name),
                              printable(field.text.value_or(field.json), 256)));
  }
}

int refuse_receipt(receipt::Reason reason, bool json, const Terminal& terminal) {
  const auto& row = row_of(receipt::kReasons, reason);
  if (json) {
    std::string text;
    json::Writer(text)
        .begin_object()
        .member("valid", false)
        .member("reason", row.token)
        .end_object();
    terminal.line(text);
  } else {
    terminal.line(fmt::format("{}: {} {}", terminal.styled(Style::bad, "not valid"), row.token,
                              row.said_to_caller));
  }
  return exit_with(Exit::no);
}

}  // namespace

std::string envelope_of(std::string_view text) {
  const std::string_view bare = without_blanks(text);
  if (bare.starts_with('{')) return std::string(bare);
  const auto decoded = bytes_from_any_base64(bare);
  return decoded ? std::string(text_of(*decoded)) : std::string(bare);
}

std::optional<std::string> key_id_of(std::string_view envelope) {
  json::Document document;
  const auto value = json::parse(envelope, document);
  if (!value) return std::nullopt;
  const auto id = value->find("keyId");
  if (!id || !id->as_string()) return std::nullopt;
  return std::string(*id->as_string());
}

int run_verify_receipt(const VerifyReceiptOptions& options, Terminal& terminal) {
  if (options.key.has_value() == options.keys.has_value()) {
    return wrong_usage(terminal, "verify-receipt wants --key or --keys",
                       "tollhouse verify-receipt receipt.json --key HEX");
  }
  const auto text = read_input_file(options.file, terminal);
  if (!text) return file_failure(options.file, terminal);
  const std::string envelope = envelope_of(*text);

  std::vector<receipt::Key> keys;
  if (options.key) {
    const auto bytes = bytes_from_hex(*options.key);
    if (!bytes || bytes->empty()) {
      return wrong_usage(terminal, "--key wants hex digits", "the hex of receipts.hmac_key");
    }
    keys.emplace_back(ByteView(*bytes),
                      key_id_of(envelope).value_or(std::string(receipt::kDefaultKeyId)));
  } else {
    const auto set = read_input_file(*options.keys, terminal);
    if (!set) return file_failure(*options.keys, terminal);
    auto read = keys_of(*set);
    if (!read) {
      return wrong_usage(terminal, fmt::format("{} is no key set", *options.keys),
                         R"({"keys":[{"keyId":"...","algorithm":"HMAC-SHA256","key":"<hex>"}]})");
    }
    keys = std::move(*read);
  }
  const auto verified = receipt::verify(envelope, keys);
  if (!verified) return refuse_receipt(verified.error(), options.json, terminal);
  if (options.json) terminal.line(valid_json(*verified));
  if (!options.json) print_valid(*verified, terminal);
  return exit_with(Exit::done);
}

}  // namespace tollhouse::cli
