// pow: offers and the bodies of the work endpoints.
#include "pow/offer.h"

#include "base/format.h"
#include "base/hex.h"
#include "http/challenge.h"
#include "json/writer.h"
#include "pow/work.h"

namespace tollhouse::pow {
namespace {

constexpr std::string_view kAlgorithm = "sha256";

json::Limits small_texts() {
  json::Limits limits;
  limits.depth = 8;
  limits.members = 32;
  return limits;
}

std::optional<json::Value> read_object(std::string_view body, json::Document& workspace) {
  if (body.size() > kBodyBytesMax) return std::nullopt;
  const auto value = json::parse(body, workspace, small_texts());
  if (!value || !value->is_object()) return std::nullopt;
  return *value;
}

bool is_digits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

/// A solution as text; a number is the text it was written with.
std::optional<std::string_view> solution_of(const json::Value& value) {
  if (const auto text = value.as_string()) return text;
  const auto number = value.as_number();
  if (!number || !is_digits(*number)) return std::nullopt;
  return number;
}

}  // namespace

std::string challenge_value(const Issued& issued) {
  std::string value;
  http::ChallengeWriter(value, "PoW")
      .parameter("challenge", issued.text)
      .parameter("difficulty", std::to_string(issued.challenge.bits))
      .parameter("algorithm", kAlgorithm);
  return value;
}

std::string offer_member(const Issued& issued, std::uint32_t calls) {
  const Challenge& challenge = issued.challenge;
  std::string text;
  json::Writer writer(text);
  writer.begin_object()
      .member("challenge", issued.text)
      .member("difficulty", hex_digits(challenge.bits))
      .member("difficultyBits", std::uint32_t{challenge.bits})
      .member("targetHex", target_hex(challenge.bits))
      .member("algorithm", kAlgorithm)
      .member("expiresAtUnix", unix_seconds(challenge.expires_at()))
      .member("header", fmt::format("X-PoW-Solution: challenge={},nonce=NONCE", issued.text));
  if (calls > 1) writer.member("callsPerSolve", calls);
  writer.end_object();
  return text;
}

std::optional<ChallengeQuery> read_challenge_query(std::string_view query) {
  ChallengeQuery asked;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    const std::size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    if (name == "profile") return std::nullopt;
    if (name == "unit") {
      if (value != "bits" && value != "hex") return std::nullopt;
      asked.bits_unit = value == "bits";
    } else if (name == "count") {
      if (value != "auto" && value != "1") return std::nullopt;
      asked.count_auto = value == "auto";
    }
  }
  return asked;
}

std::string challenge_body(const Issued& issued, std::span<const std::string_view> alternatives) {
  const Challenge& challenge = issued.challenge;
  const bool hex_unit = (challenge.flags & kHexUnit) != 0;
  const unsigned difficulty = hex_unit ? hex_digits(challenge.bits) : challenge.bits;
  std::string text;
  json::Writer writer(text);
  writer.begin_object()
      .member("challenge", issued.text)
      .member("difficulty", difficulty)
      .member("algorithm", kAlgorithm)
      .member("difficultyBits", std::uint32_t{challenge.bits})
      .member("unit", hex_unit ? "hex" : "bits")
      .member("count", std::uint32_t{challenge.count})
      .member("targetHex", target_hex(challenge.bits))
      .member("expiresAtUnix", unix_seconds(challenge.expires_at()))
      .name("alternatives")
      .begin_array();
  for (const std::string_view rail : alternatives) writer.string(rail);
  writer.end_array().end_object();
  return text;
}

std::optional<ChallengeRequest> read_challenge_request(std::string_view body) {
  if (body.empty()) return ChallengeRequest{};
  json::Document workspace;
  const auto request = read_object(body, workspace);
  if (!request) return std::nullopt;
  const auto tool = request->find("tool");
  if (!tool || tool->is_null()) return ChallengeRequest{};
  const auto name = tool->as_string();
  if (!name || name->empty()) return std::nullopt;
  return ChallengeRequest{std::string(*name)};
}

std::string nonce_body(const Issued& issued) {
  const Challenge& challenge = issued.challenge;
  std::string text;
  json::Writer writer(text);
  writer.begin_object()
      .member("nonce", issued.text)
      .member("target", target_hex(challenge.bits))
      .member("expiresAt", unix_milliseconds(challenge.expires_at()))
      .member("difficultyBits", std::uint32_t{challenge.bits});
  if (challenge.count != 1) writer.member("count", std::uint32_t{challenge.count});
  writer.end_object();
  return text;
}

std::optional<VerifyRequest> read_verify_request(std::string_view body, json::Document& workspace) {
  const auto request = read_object(body, workspace);
  if (!request) return std::nullopt;
  const auto nonce = request->find("nonce");
  const auto solution = request->find("solution");
  if (!nonce || !solution) return std::nullopt;
  const auto challenge = nonce->as_string();
  const auto nonces = solution_of(*solution);
  if (!challenge || challenge->empty() || !nonces || nonces->empty()) return std::nullopt;
  VerifyRequest read{{*challenge, *nonces}, std::nullopt};
  const auto tool = request->find("tool");
  if (!tool || tool->is_null()) return read;
  read.tool = tool->as_string();
  if (!read.tool || read.tool->empty()) return std::nullopt;
  return read;
}

std::string granted_body(std::string_view macaroon_base64, const Preimage& preimage,
                         Duration lifetime) {
  std::string text;
  json::Writer(text)
      .begin_object()
      .member("macaroon", macaroon_base64)
      .member("preimage", hex(preimage.reveal()))
      .member("ttl", std::chrono::duration_cast<std::chrono::seconds>(lifetime).count())
      .end_object();
  return text;
}

}  // namespace tollhouse::pow
