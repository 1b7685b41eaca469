// mpp: credentials out of header fields and metadata, and into them.
#include "mpp/credential.h"

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/hex.h"
#include "json/canonical.h"
#include "json/writer.h"
#include "mpp/limits.h"

namespace tollhouse::mpp {
namespace {

constexpr std::size_t kPreimageDigits = 64;

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool read_preimage(const json::Value& payload, Preimage& into) {
  const auto member = payload.find("preimage");
  const auto digits = member ? member->as_string() : std::nullopt;
  if (!digits || digits->size() != kPreimageDigits || !is_lower_hex(*digits)) return false;
  return read_hex(*digits, into.bytes);
}

std::optional<Credential> read_object(std::string_view text, NativeRequest native,
                                      json::Document& workspace) {
  if (text.size() > kCredentialCharactersMax) return std::nullopt;
  const auto object = json::parse(text, workspace, kJsonLimits);
  if (!object || !object->is_object()) return std::nullopt;
  const auto challenge = object->find("challenge");
  const auto payload = object->find("payload");
  if (!challenge || !payload || !payload->is_object()) return std::nullopt;
  auto echo = read_challenge(*challenge, native);
  Credential credential;
  if (!echo || !read_preimage(*payload, credential.preimage)) return std::nullopt;
  credential.challenge = std::move(*echo);
  if (const auto source = object->find("source")) {
    const auto text_of_source = source->as_string();
    if (!text_of_source) return std::nullopt;
    credential.source = *text_of_source;
  }
  return credential;
}

std::optional<Credential> read_token(std::string_view token, json::Document& workspace) {
  if (token.empty() || token.size() > kCredentialCharactersMax) return std::nullopt;
  const auto text = bytes_from_base64(token, Base64Alphabet::url, Base64Padding::optional);
  if (!text) return std::nullopt;
  return read_object(text_of(*text), NativeRequest::refused, workspace);
}

bool same(const Credential& a, const Credential& b) {
  return a.challenge == b.challenge && std::ranges::equal(a.preimage.reveal(), b.preimage.reveal());
}

/// The Payment credentials of the header; all of them are one.
Reading read_authorization(const http::CredentialList* list, json::Document& workspace) {
  Reading reading;
  if (list == nullptr) return reading;
  std::size_t count = 0;
  for (const http::Credential& shown : *list) {
    if (!shown.is(kScheme)) continue;
    reading.carrier = Carrier::authorization;
    auto credential = read_token(shown.rest, workspace);
    if (!credential || ++count > kCredentialsMax || list->overflow()) {
      reading.presence = Presence::malformed;
      return reading;
    }
    if (reading.presence == Presence::none) {
      reading.presence = Presence::found;
      reading.credential = std::move(*credential);
    } else if (!same(reading.credential, *credential)) {
      reading.presence = Presence::ambiguous;
    }
  }
  return reading;
}

Reading read_meta(std::optional<std::string_view> text, Carrier carrier,
                  json::Document& workspace) {
  Reading reading;
  if (!text) return reading;
  reading.carrier = carrier;
  reading.presence = Presence::malformed;
  auto credential = read_object(*text, NativeRequest::taken, workspace);
  if (!credential) return reading;
  reading.presence = Presence::found;
  reading.credential = std::move(*credential);
  return reading;
}

/// Both members; `request` as the line has it, or as an object.
std::string credential_json(const std::string& challenge, const Preimage& preimage) {
  std::string text;
  json::Writer(text)
      .begin_object()
      .raw_member("challenge", challenge)
      .name("payload")
      .begin_object()
      .member("preimage", hex(preimage.reveal()))
      .end_object()
      .end_object();
  return text;
}

/// Members sorted, as canonical JSON has them.
std::string echo_json(const Challenge& challenge) {
  const std::pair<std::string_view, std::string_view> members[] = {
      {"description", challenge.description}, {"digest", challenge.digest},
      {"expires", challenge.expires},         {"id", challenge.id},
      {"intent", challenge.intent},           {"method", challenge.method},
      {"opaque", challenge.opaque},           {"realm", challenge.realm},
      {"request", challenge.request},
  };
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  for (const auto& [name, value] : members) {
    if (!value.empty()) writer.member(name, value);
  }
  writer.end_object();
  return text;
}

}  // namespace

Reading read_credential(const Carriers& carriers, json::Document& workspace) {
  const std::array<Reading, 3> readings{
      read_authorization(carriers.authorization, workspace),
      read_meta(carriers.meta, Carrier::meta, workspace),
      read_meta(carriers.root_meta, Carrier::root_meta, workspace)};
  const auto first = std::ranges::find_if(
      readings, [](const Reading& reading) { return reading.presence != Presence::none; });
  if (first == readings.end()) return {};
  Reading answer = *first;
  if (answer.presence != Presence::found) return answer;
  for (auto later = first + 1; later != readings.end(); ++later) {
    if (later->presence != Presence::found) continue;
    if (!same(answer.credential, later->credential)) answer.presence = Presence::ambiguous;
  }
  return answer;
}

std::string authorization_value(const Challenge& challenge, const Preimage& preimage) {
  const std::string json = credential_json(echo_json(challenge), preimage);
  return std::string(kScheme).append(1, ' ').append(base64url(bytes_of(json)));
}

std::string meta_value(const Challenge& challenge, const Preimage& preimage) {
  return credential_json(challenge_json(challenge), preimage);
}

}  // namespace tollhouse::mpp
