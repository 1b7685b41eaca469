// l402: minting, and the challenge line written and read.
#include "l402/challenge.h"

#include "http/challenge.h"
#include "http/characters.h"
#include "l402/limits.h"

namespace tollhouse::l402 {
namespace {

/// Value of a parameter; clears `sound` where it stands there again with another value.
std::optional<std::string_view> value_of(const http::Challenge& challenge, std::string_view name,
                                         bool& sound) {
  const auto value = challenge.find(name);
  for (const http::Parameter& parameter : challenge.parameters) {
    if (http::equal_ignoring_case(parameter.name, name) && parameter.value != value) sound = false;
  }
  return value;
}

std::optional<Challenge> read_challenge(const http::Challenge& challenge) {
  const bool l402 = challenge.is("L402");
  if (!l402 && !challenge.is("LSAT")) return std::nullopt;
  bool sound = challenge.parameters.size() <= kChallengeParametersMax;
  const auto version = value_of(challenge, "version", sound);
  const auto token = value_of(challenge, "token", sound);
  const auto macaroon = value_of(challenge, "macaroon", sound);
  const auto invoice = value_of(challenge, "invoice", sound);
  if (!sound || version.value_or("0") != "0") return std::nullopt;
  const std::string_view chosen = macaroon ? *macaroon : token.value_or("");
  if (chosen.empty() || invoice.value_or("").empty()) return std::nullopt;
  return Challenge{l402 ? "L402" : "LSAT", std::string(chosen), std::string(*invoice)};
}

}  // namespace

std::optional<Bytes> mint(const Sale& sale, const RootKeys& keys, Random& random) {
  TokenId token{
      .key_number = keys.newest(), .minted = sale.minted, .price = sale.price, .epoch = sale.epoch};
  random.fill(token.random);
  const auto identifier = write_identifier({sale.payment_hash, write_token_id(token)});
  macaroon::Minter minter(keys.chain_key(token.key_number, identifier), {}, identifier);
  if (!add_caveats(minter, sale.terms, sale.minted)) return std::nullopt;
  return minter.finish();
}

std::string challenge_value(std::string_view macaroon_base64, std::string_view invoice,
                            TokenCopy copy) {
  std::string value("L402 macaroon=\"");
  value.append(macaroon_base64).append("\", invoice=\"").append(invoice);
  value.append("\", version=\"0\"");
  if (copy == TokenCopy::sent) value.append(", token=\"").append(macaroon_base64).append(1, '"');
  return value;
}

std::string lsat_challenge_value(std::string_view macaroon_base64, std::string_view invoice) {
  std::string value("LSAT macaroon=\"");
  value.append(macaroon_base64).append("\", invoice=\"").append(invoice).append(1, '"');
  return value;
}

std::vector<Challenge> read_challenges(std::span<const std::string_view> www_authenticate) {
  std::vector<Challenge> found;
  for (const std::string_view line : www_authenticate) {
    if (line.size() > kChallengeLineMax) continue;
    const auto challenges = http::parse_challenges(line);
    if (!challenges) continue;
    for (const http::Challenge& challenge : *challenges) {
      auto read = read_challenge(challenge);
      if (read && found.size() < kChallengesMax) found.push_back(std::move(*read));
    }
  }
  return found;
}

}  // namespace tollhouse::l402
