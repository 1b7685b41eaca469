// l402: the two texts of `POST /v1/verify`.
#include "l402/vouching.h"

#include <limits>

#include "base/base64.h"
#include "base/hex.h"
#include "json/reader.h"
#include "json/writer.h"

namespace tollhouse::l402 {
namespace {

constexpr std::string_view kUnlimited = "unlimited";

std::optional<std::uint32_t> whole_count(const json::Value& value) {
  const auto number = value.as_u64();
  if (!number || *number == 0) return std::nullopt;
  if (*number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

std::string verify_question(const Credential& credential) {
  std::string pair = base64(credential.macaroon().bytes());
  pair.append(1, ':').append(hex(credential.preimage().reveal()));
  std::string body;
  json::Writer(body).begin_object().member("token", pair).end_object();
  return body;
}

std::optional<Vouched> read_verify_answer(std::string_view body) {
  json::Document workspace;
  const auto value = json::parse(body, workspace);
  if (!value || !value->is_object()) return std::nullopt;
  const auto ok = value->find("ok");
  const auto good = ok ? ok->as_bool() : std::nullopt;
  if (!good) return std::nullopt;
  Vouched vouched;
  vouched.good = *good;
  if (!vouched.good) return vouched;
  if (const auto price = value->find("priceMsat")) {
    const auto number = price->as_u64();
    vouched.price = number ? Msat::of(*number) : std::nullopt;
    if (!vouched.price) return std::nullopt;
  }
  if (const auto uses = value->find("uses")) {
    vouched.pass = uses->as_string() == kUnlimited;
    if (!vouched.pass) vouched.uses = whole_count(*uses);
    if (!vouched.pass && !vouched.uses) return std::nullopt;
  }
  return vouched;
}

}  // namespace tollhouse::l402
