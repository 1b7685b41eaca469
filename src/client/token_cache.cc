// client: one file for one gate and tool.
#include "client/token_cache.h"

#include "base/hex.h"
#include "client/limits.h"
#include "client/private_file.h"
#include "crypto/sha256.h"
#include "json/reader.h"
#include "json/writer.h"

namespace tollhouse::client {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> text_member(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  const auto text = member ? member->as_string() : std::nullopt;
  if (!text || text->empty()) return std::nullopt;
  return std::string(*text);
}

bool is_field_safe(std::string_view text) {
  return text.find_first_of("\r\n") == std::string_view::npos;
}

/// False where a count is there and is none.
bool read_reuse(const json::Value& object, dialogue::Reuse& reuse) {
  const auto end = object.find("validUntil");
  const auto seconds = end ? end->as_i64() : std::nullopt;
  if (!seconds) return false;
  reuse.valid_until = time_from_unix(*seconds);
  const auto left = object.find("usesLeft");
  if (!left) return true;
  const auto uses = left->as_u64();
  if (!uses || *uses == 0 || *uses > UINT32_MAX) return false;
  reuse.uses = static_cast<std::uint32_t>(*uses);
  return true;
}

}  // namespace

std::string kept_token_text(const KeptToken& token) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("gate", token.place.gate).member("tool", token.place.tool);
  writer.member("authorization", token.authorization);
  if (token.reuse.valid_until) {
    writer.member("validUntil", unix_seconds(*token.reuse.valid_until));
  }
  if (token.reuse.uses) writer.member("usesLeft", *token.reuse.uses);
  writer.end_object();
  return text;
}

std::optional<KeptToken> read_kept_token(std::string_view text) {
  json::Document workspace;
  const auto object = json::parse(text, workspace);
  if (!object || !object->is_object()) return std::nullopt;
  auto gate = text_member(*object, "gate");
  auto tool = text_member(*object, "tool");
  auto authorization = text_member(*object, "authorization");
  if (!gate || !tool || !authorization || !is_field_safe(*authorization)) return std::nullopt;
  KeptToken token{{std::move(*gate), std::move(*tool)}, std::move(*authorization), {}};
  if (!read_reuse(*object, token.reuse)) return std::nullopt;
  return token;
}

fs::path TokenCache::file_of(const TokenPlace& place) const {
  crypto::Sha256 name;
  name.update(bytes_of(place.gate)).update(bytes_of("\n")).update(bytes_of(place.tool));
  return folder_ / hex(name.finish().view());
}

std::optional<std::string> TokenCache::find(const TokenPlace& place, Time now) const {
  if (folder_.empty()) return std::nullopt;
  const auto text = read_private(file_of(place), kTokenFileBytesMax);
  auto token = text ? read_kept_token(*text) : std::nullopt;
  if (!token || token->place.gate != place.gate || token->place.tool != place.tool) {
    return std::nullopt;
  }
  if (now < *token->reuse.valid_until) return std::move(token->authorization);
  drop(place);
  return std::nullopt;
}

bool TokenCache::keep(const TokenPlace& place, std::string_view authorization,
                      const dialogue::Reuse& reuse, Time now) const {
  KeptToken token{place, std::string(authorization), reuse};
  if (!token.reuse.valid_until) token.reuse.valid_until = now + kUnstatedTokenLife;
  const bool spent = token.reuse.uses == 0u;
  if (folder_.empty() || spent || *token.reuse.valid_until <= now) return false;
  return make_private_folder(folder_) && write_private(file_of(place), kept_token_text(token));
}

void TokenCache::used(const TokenPlace& place, Time now) const {
  if (folder_.empty()) return;
  const auto text = read_private(file_of(place), kTokenFileBytesMax);
  auto token = text ? read_kept_token(*text) : std::nullopt;
  if (!token || !token->reuse.uses) return;
  --*token->reuse.uses;
  if (!keep(place, token->authorization, token->reuse, now)) drop(place);
}

void TokenCache::drop(const TokenPlace& place) const {
  if (folder_.empty()) return;
  std::error_code error;
  fs::remove(file_of(place), error);
}

}  // namespace tollhouse::client
