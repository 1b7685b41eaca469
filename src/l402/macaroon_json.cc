// l402: version 2 JSON of macaroons.
#include "l402/macaroon_json.h"

#include <optional>

#include "base/base64.h"
#include "base/utf8.h"
#include "json/reader.h"
#include "json/writer.h"
#include "l402/limits.h"

namespace tollhouse::l402 {
namespace {

using macaroon::Owned;
using macaroon::Reason;

/// `name` as text or `name`64 as base64; nothing where both, or something else, is there.
std::optional<Bytes> data_of(const json::Value& object, std::string_view name,
                             std::string_view name64) {
  const auto plain = object.find(name);
  const auto coded = object.find(name64);
  if (plain.has_value() == coded.has_value()) return std::nullopt;
  const auto text = plain ? plain->as_string() : coded->as_string();
  if (!text) return std::nullopt;
  if (coded) return bytes_from_any_base64(*text);
  const ByteView bytes = bytes_of(*text);
  return Bytes(bytes.begin(), bytes.end());
}

std::optional<std::string> text_of_member(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  if (!member) return std::string();
  const auto text = member->as_string();
  if (!text) return std::nullopt;
  return std::string(*text);
}

std::optional<Owned::Caveat> read_caveat(const json::Value& value) {
  auto identifier = data_of(value, "i", "i64");
  auto location = text_of_member(value, "l");
  if (!identifier || !location) return std::nullopt;
  Owned::Caveat caveat{std::move(*identifier), {}, std::move(*location)};
  if (value.find("v") || value.find("v64")) {
    auto verification_id = data_of(value, "v", "v64");
    if (!verification_id || verification_id->empty()) return std::nullopt;
    caveat.verification_id = std::move(*verification_id);
  }
  if (caveat.verification_id.empty() && !caveat.location.empty()) return std::nullopt;
  return caveat;
}

Result<void, Reason> read_caveats(const json::Value& object, Owned& into) {
  const auto list = object.find("c");
  if (!list) return {};
  if (!list->is_array()) return refuse(Reason::malformed);
  if (list->size() > macaroon::kCaveatsMax) return refuse(Reason::too_large);
  for (const json::Value element : list->elements()) {
    auto caveat = read_caveat(element);
    if (!caveat) return refuse(Reason::malformed);
    if (caveat->identifier.size() > macaroon::kCaveatBytesMax) return refuse(Reason::too_large);
    into.caveats.push_back(std::move(*caveat));
  }
  return {};
}

bool version_is_2(const json::Value& object) {
  const auto version = object.find("v");
  return !version || version->as_u64() == 2u;
}

void write_data(json::Writer& writer, std::string_view name, std::string_view name64,
                ByteView data) {
  if (is_utf8(text_of(data))) {
    writer.member(name, text_of(data));
  } else {
    writer.member(name64, base64url(data));
  }
}

}  // namespace

Result<Owned, Reason> read_macaroon_json(std::string_view text) {
  if (text.size() > kMacaroonJsonMax) return refuse(Reason::too_large);
  json::Document workspace;
  const auto object = json::parse(text, workspace);
  if (!object || !object->is_object() || !version_is_2(*object)) return refuse(Reason::malformed);
  auto location = text_of_member(*object, "l");
  auto identifier = data_of(*object, "i", "i64");
  const auto signature = data_of(*object, "s", "s64");
  if (!location || !identifier || !signature || signature->size() != macaroon::kSignatureBytes) {
    return refuse(Reason::malformed);
  }
  Owned made{std::move(*location), std::move(*identifier), {}, Digest::from(*signature)};
  const auto caveats = read_caveats(*object, made);
  if (!caveats) return refuse(caveats.error());
  return made;
}

std::string write_macaroon_json(const Owned& macaroon) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("v", 2u);
  if (!macaroon.location.empty()) writer.member("l", macaroon.location);
  write_data(writer, "i", "i64", macaroon.identifier);
  writer.name("c").begin_array();
  for (const Owned::Caveat& caveat : macaroon.caveats) {
    writer.begin_object();
    write_data(writer, "i", "i64", caveat.identifier);
    if (!caveat.verification_id.empty()) {
      writer.member("v64", base64url(caveat.verification_id)).member("l", caveat.location);
    }
    writer.end_object();
  }
  writer.end_array().member("s64", base64url(macaroon.signature.view())).end_object();
  return out;
}

Result<Owned, Reason> read_any_macaroon(std::string_view text) {
  const auto read = [](ByteView bytes) -> Result<Owned, Reason> {
    if (macaroon::form_of(bytes) == macaroon::Form::json) return read_macaroon_json(text_of(bytes));
    return macaroon::read_binary(bytes);
  };
  auto direct = read(bytes_of(text));
  if (direct) return direct;
  const auto bytes = macaroon::unwrap(text);
  if (!bytes) return direct;
  return read(*bytes);
}

}  // namespace tollhouse::l402
