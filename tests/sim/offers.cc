// sim: reading offers, solving, forging.
#include "sim/offers.h"

#include "base/base64.h"
#include "base/format.h"
#include "json/reader.h"
#include "pow/challenge.h"
#include "pow/verify.h"
#include "pow/work.h"
#include "x402/seal.h"

namespace tollhouse::sim {
namespace {

/// Where the seal of an offer stands, with its name.
constexpr std::string_view kSealName = R"("gate":")";

struct Place {
  std::size_t at = std::string::npos;
  std::size_t size = 0;
};
Place seal_in(const std::string& offer) {
  const std::size_t at = offer.find(kSealName);
  if (at == std::string::npos) return {};
  const std::size_t end = offer.find('"', at + kSealName.size());
  return {at, end + 1 - at};
}

x402::TermsDigest terms_of(std::string_view tool) {
  x402::Terms terms;
  terms.service = "mcp";
  terms.tool = tool;
  return x402::digest_of(terms);
}

/// The request with other text where the member's text stands.
std::string with_member(const std::string& request, std::string_view name, std::string_view value) {
  const auto bytes = bytes_from_base64url(request);
  std::string text(bytes ? text_of(*bytes) : "");
  const std::string before = fmt::format("\"{}\":\"", name);
  const std::size_t at = text.find(before);
  if (at == std::string::npos) return request;
  const std::size_t begin = at + before.size();
  text.replace(begin, text.find('"', begin) - begin, value);
  return base64url(bytes_of(text));
}

}  // namespace

std::string json_behind(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + name.size());
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (quoted && c == '\\') {
      ++i;
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    if (depth == 0) return std::string(rest.substr(0, i + 1));
  }
  return {};
}

void add_offers(std::string_view accepts, Credential& credential) {
  json::Document workspace;
  const auto list = json::parse(accepts, workspace);
  if (!list) return;
  for (const json::Value& offer : list->elements()) {
    const auto network = offer.find("network");
    const std::string_view name = network ? network->as_string().value_or("") : "";
    if (name.starts_with("bip122:")) credential.bip122 = std::string(offer.raw());
    if (name.starts_with("lnbtc:")) credential.lnbtc = std::string(offer.raw());
  }
}

std::string solve(std::string_view offer) {
  const std::string challenge = cut_out(offer, R"("challenge":")", '"').value_or("");
  const unsigned bits =
      static_cast<unsigned>(std::stoul(cut_out(offer, R"("difficultyBits":)", ',').value_or("0")));
  for (unsigned nonce = 0;; ++nonce) {
    std::string text = std::to_string(nonce);
    if (pow::leading_zero_bits(pow::work_hash(challenge, text)) >= bits) return text;
  }
}

std::string unsolved(const SolvedWork& work) {
  for (unsigned nonce = 0;; ++nonce) {
    std::string text = std::to_string(nonce);
    if (pow::leading_zero_bits(pow::work_hash(work.challenge, text)) == 0) return text;
  }
}

Time end_of_challenge(std::string_view challenge) {
  pow::ChallengeBytes bytes;
  if (!read_base64url(challenge, bytes)) return Time::min();
  return pow::read_fields(bytes).expires_at();
}

std::string without_seal(const std::string& offer) {
  const Place seal = seal_in(offer);
  if (seal.at == std::string::npos) return offer;
  std::string bare = offer;
  // With the comma on one of its sides.
  const bool comma_before = offer[seal.at - 1] == ',';
  bare.erase(comma_before ? seal.at - 1 : seal.at, seal.size + 1);
  return bare;
}

std::string resealed(const std::string& offer, std::string_view tool) {
  const Place seal = seal_in(offer);
  if (seal.at == std::string::npos) return offer;
  const x402::TermsDigest digest = terms_of(tool);
  Bytes forged(digest.begin(), digest.end());
  forged.resize(30);
  std::string other = offer;
  return other.replace(seal.at, seal.size, fmt::format("\"gate\":\"{}\"", base64url(forged)));
}

mpp::Challenge resealed(const mpp::Challenge& challenge, std::string_view tool) {
  const auto charge = mpp::read_charge(challenge.request);
  const std::string sold = charge ? charge->external_id : "";
  const std::string end = sold.substr(std::min(sold.find('.'), sold.size()));
  mpp::Challenge other = challenge;
  other.request = with_member(challenge.request, "externalId", base64url(terms_of(tool)) + end);
  mpp::ChallengeKeys own;
  own.add(bytes_of("a key of the caller's own, 32 byt"));
  other.id = own.id_of(other);
  return other;
}

mpp::Challenge altered(const mpp::Challenge& challenge, Dice& dice) {
  mpp::Challenge other = challenge;
  switch (dice.below(4)) {
    case 0:
      other.id.front() = other.id.front() == 'A' ? 'B' : 'A';
      break;
    case 1:
      other.realm = "other.example";
      break;
    case 2:
      other.expires = "2099-01-01T00:00:00Z";
      break;
    default:
      other.request = with_member(challenge.request, "amount", "1");
      break;
  }
  return other;
}

}  // namespace tollhouse::sim
