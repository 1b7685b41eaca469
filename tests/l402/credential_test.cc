// tests/l402: finding the credential of a request.
#include "l402/credential.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "l402/limits.h"
#include "macaroon/chain.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::l402 {
namespace {

using Json = nlohmann::json;

/// Header lines by carrier, kept alive for the views.
struct Request {
  std::vector<std::string> authorization, x_l402, grpc, macaroon;
  std::optional<std::string> meta, composite;

  Presence read(Credential& into) const {
    const auto views = [](const std::vector<std::string>& lines) {
      return std::vector<std::string_view>(lines.begin(), lines.end());
    };
    http::CredentialList list;
    for (const std::string& line : authorization) list.add_line(line);
    const auto x = views(x_l402), g = views(grpc), m = views(macaroon);
    Carriers carriers{&list, x, g, m, std::nullopt, std::nullopt};
    if (meta) carriers.meta = *meta;
    if (composite) carriers.composite = *composite;
    return read_credential(carriers, into);
  }
  Presence presence() const {
    Credential credential;
    return read(credential);
  }
};

std::string name_of(Presence presence) {
  switch (presence) {
    case Presence::none:
      return "none";
    case Presence::malformed:
      return "malformed";
    case Presence::ambiguous:
      return "ambiguous";
    case Presence::found:
      return "credential";
  }
  return "";
}

std::map<std::string, std::string> binaries_by_name() {
  std::map<std::string, std::string> binaries;
  const Json all = Json::parse(test::vector_file("l402/macaroons_valid.json"));
  for (const Json& vector : all["vectors"]) binaries[vector["name"]] = vector["binary"];
  return binaries;
}

Request request_of(const Json& headers) {
  Request request;
  for (const Json& header : headers) {
    const std::string name = header[0], value = header[1];
    if (name == "Authorization") request.authorization.push_back(value);
    if (name == "X-L402") request.x_l402.push_back(value);
    if (name == "Grpc-Metadata-Macaroon") request.grpc.push_back(value);
    if (name == "Macaroon") request.macaroon.push_back(value);
  }
  return request;
}

TEST(ReadCredential, PublishedHeaderSets) {
  const auto binaries = binaries_by_name();
  const Json all = Json::parse(test::vector_file("l402/authorization_headers.json"));
  EXPECT_EQ(all["cases"].size(), 38u);
  for (const Json& c : all["cases"]) {
    SCOPED_TRACE(c["name"].get<std::string>());
    Credential credential;
    const Presence presence = request_of(c["headers"]).read(credential);
    EXPECT_EQ(name_of(presence), c["verdict"].get<std::string>());
    if (presence != Presence::found) continue;
    EXPECT_EQ(hex(credential.macaroon().bytes()), binaries.at(c["macaroon"]));
    EXPECT_EQ(hex(credential.preimage().reveal()), c["preimage"].get<std::string>());
  }
}

const std::string kPreimage(64, '1');
const std::string kOtherPreimage(64, '2');

Bytes token(std::string_view id, std::vector<std::string> caveats = {}) {
  macaroon::Minter minter(macaroon::ChainKey{}, {}, bytes_of(id));
  for (const std::string& caveat : caveats) EXPECT_TRUE(minter.add(caveat));
  return minter.finish().value();
}
std::string pair(std::string_view id, const std::string& preimage = kPreimage) {
  return base64(token(id)) + ":" + preimage;
}
std::string in_hex(std::string_view id, const std::string& preimage = kPreimage) {
  return hex(token(id, {"preimage=" + preimage}));
}

TEST(Requirement, R_L402_2_SchemeInAnyCaseAndLsat) {
  for (const char* scheme : {"L402", "l402", "LSAT", "lsat", "LsAt"}) {
    EXPECT_EQ(Request{.authorization = {std::string(scheme) + " " + pair("a")}}.presence(),
              Presence::found)
        << scheme;
  }
  for (const std::string& bad :
       {kPreimage.substr(1), kPreimage + "1", "g" + kPreimage.substr(1), std::string()}) {
    EXPECT_EQ(Request{.authorization = {"L402 " + pair("a", bad)}}.presence(), Presence::malformed);
  }
}

TEST(ReadCredential, CarriersInOrder) {
  struct Case {
    const char* name;
    Request request;
    Presence want;
  };
  const std::string a = pair("a"), b = pair("b"), other = pair("a", kOtherPreimage);
  const Case cases[] = {
      {"own header", {.x_l402 = {a}}, Presence::found},
      {"own header with a scheme word", {.x_l402 = {"L402 " + a}}, Presence::found},
      {"metadata", {.meta = a}, Presence::found},
      {"metadata with a scheme word", {.meta = " LSAT " + a + " "}, Presence::found},
      {"metadata that is empty", {.meta = ""}, Presence::malformed},
      {"list of macaroons", {.x_l402 = {base64(token("a")) + "," + a}}, Presence::malformed},
      {"same payment, other token, other carrier",
       {.authorization = {"L402 " + a}, .meta = b},
       Presence::found},
      {"same carrier, other token", {.x_l402 = {a, b}}, Presence::ambiguous},
      {"same carrier, equal", {.x_l402 = {a, " " + a}}, Presence::found},
      {"same carrier, second malformed", {.x_l402 = {a, "x"}}, Presence::malformed},
      {"other payment, other carrier",
       {.authorization = {"L402 " + a}, .meta = other},
       Presence::ambiguous},
      {"other payment in hex",
       {.x_l402 = {a}, .grpc = {in_hex("a", kOtherPreimage)}},
       Presence::ambiguous},
      {"two in a later carrier",
       {.x_l402 = {a}, .grpc = {in_hex("a"), in_hex("b")}},
       Presence::ambiguous},
      {"malformed in a later carrier",
       {.authorization = {"L402 " + a}, .macaroon = {"zz"}},
       Presence::found},
      {"malformed in an earlier carrier",
       {.authorization = {"L402 x"}, .meta = a},
       Presence::malformed},
      {"composite header alone", {.composite = a}, Presence::found},
      {"composite header with a list of macaroons", {.composite = ""}, Presence::malformed},
      {"composite header, equal to another carrier",
       {.authorization = {"L402 " + a}, .composite = a},
       Presence::found},
      {"composite header, same payment but another token",
       {.authorization = {"L402 " + a}, .composite = b},
       Presence::ambiguous},
      {"composite header that is malformed, beside a sound one",
       {.x_l402 = {a}, .composite = "x:y"},
       Presence::ambiguous},
      {"other scheme in front",
       {.authorization = {"Bearer t"}, .macaroon = {in_hex("a")}},
       Presence::found},
      {"comma that separates nothing",
       {.authorization = {"Bearer a,b, L402 " + a}},
       Presence::found},
      {"word that only begins like the scheme", {.authorization = {"L4020 " + a}}, Presence::none},
      {"scheme alone", {.authorization = {"L402"}}, Presence::none},
      {"scheme and blank", {.authorization = {"L402 ,"}}, Presence::malformed},
  };
  for (const Case& c : cases) EXPECT_EQ(c.request.presence(), c.want) << c.name;
}

TEST(ReadCredential, LastPreimageCaveatCounts) {
  Credential credential;
  const Request request{.macaroon = {hex(token("a", {"preimage=" + kPreimage, "x=1",
                                                     "preimage=" + kOtherPreimage, "y=2"}))}};
  ASSERT_EQ(request.read(credential), Presence::found);
  EXPECT_EQ(hex(credential.preimage().reveal()), kOtherPreimage);
  EXPECT_EQ(Request{.macaroon = {hex(token("a", {"preimage=12"}))}}.presence(),
            Presence::malformed);
}

TEST(ReadCredential, LimitsAreExact) {
  const std::string line = "L402 " + pair("a");
  EXPECT_EQ(Request{.authorization = std::vector(kCredentialsMax, line)}.presence(),
            Presence::found);
  EXPECT_EQ(Request{.authorization = std::vector(kCredentialsMax + 1, line)}.presence(),
            Presence::malformed);
  // 3072 bytes are 4096 characters.
  const auto sized = [](std::size_t bytes) {
    Bytes token{2, 2, 0, 0, 0};
    token[2] = static_cast<std::uint8_t>((bytes - 40) | 0x80);
    token[3] = static_cast<std::uint8_t>((bytes - 40) >> 7);
    token.insert(token.begin() + 4, bytes - 40, 'i');
    token.insert(token.end(), {0, 6, 32});
    token.insert(token.end(), 32, 7);
    return "L402 " + base64(token) + ":" + kPreimage;
  };
  EXPECT_EQ(Request{.authorization = {sized(3072)}}.presence(), Presence::found);
  EXPECT_EQ(Request{.authorization = {sized(3073)}}.presence(), Presence::malformed);
  EXPECT_EQ(Request{.macaroon = {std::string(2 * macaroon::kMacaroonBytesMax + 2, '0')}}.presence(),
            Presence::malformed);
}

TEST(Credential, CopyStandsAlone) {
  Credential copy;
  {
    Credential credential;
    ASSERT_TRUE(credential.read_pair(pair("a")));
    copy = credential;
  }
  EXPECT_EQ(text_of(copy.macaroon().identifier()), "a");
  EXPECT_EQ(hex(copy.preimage().reveal()), kPreimage);
  EXPECT_FALSE(copy.assign(Bytes(macaroon::kMacaroonBytesMax + 1, 2), Preimage{}));
}

TEST(AuthorizationValue, IsReadBack) {
  Credential credential;
  const Bytes macaroon = token("a");
  const Preimage preimage = Preimage::from(Bytes(32, 0x11));
  EXPECT_EQ(Request{.authorization = {authorization_value(macaroon, preimage)}}.read(credential),
            Presence::found);
  EXPECT_EQ(Bytes(credential.macaroon().bytes().begin(), credential.macaroon().bytes().end()),
            macaroon);
  EXPECT_EQ(authorization_value("M", preimage), "L402 M:" + kPreimage);
}

RC_GTEST_PROP(ReadCredential, Base64IsReadAsTheGroundReadsIt, (const Bytes& bytes, bool url)) {
  // The reader of its own must agree with base64.h on what it accepts.
  std::string text = url ? base64url(bytes) : base64(bytes);
  if (!text.empty())
    text[*rc::gen::inRange<std::size_t>(0, text.size())] ^= *rc::gen::element(0, 1, 16);
  RC_PRE(text.find(':') == std::string::npos);
  const auto ground = bytes_from_any_base64(text);
  const bool readable = ground && macaroon::read_v2(*ground);
  Credential credential;
  RC_ASSERT(credential.read_pair(text + ":" + kPreimage) == readable);
}

RC_GTEST_PROP(ReadCredential, EveryAlphabetOfATokenIsTheToken, (const std::string& id, bool url)) {
  RC_PRE(id.size() < 1000);
  const Bytes bytes = token(id);
  Credential credential;
  RC_ASSERT(credential.read_pair((url ? base64url(bytes) : base64(bytes)) + ":" + kPreimage));
  RC_ASSERT(std::ranges::equal(credential.macaroon().bytes(), bytes));
}

}  // namespace
}  // namespace tollhouse::l402
