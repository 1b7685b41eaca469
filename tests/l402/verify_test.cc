// tests/l402: every reason alone, the published verdicts, the requirements that are decided here.
#include "l402/verify.h"

#include <cstdlib>
#include <new>

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "base/switches.h"
#include "l402/challenge.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* at = std::malloc(size)) return at;
  throw std::bad_alloc();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace tollhouse::l402 {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> into) override {
    for (std::uint8_t& byte : into) byte = ++last_;
  }

 private:
  std::uint8_t last_ = 0;
};

constexpr std::string_view kTools[] = {"search"};
const Time kMinted = time_from_unix(1'800'000'000);

Preimage preimage_of(std::uint8_t byte) { return Preimage::from(Bytes(32, byte)); }
PaymentHash hash_of(const Preimage& preimage) {
  return PaymentHash::from(crypto::sha256(preimage.reveal()).view());
}

/// A good sale and a good call; tests change one thing.
struct Scene {
  RootKeys keys;
  CountingRandom random;
  Preimage preimage = preimage_of(7);
  Sale sale{.payment_hash = hash_of(preimage),
            .price = Msat::of_sat(3).value(),
            .minted = kMinted,
            .epoch = 2,
            .terms = {.service = "mcp", .capabilities = kTools, .uses = std::nullopt}};
  Target target{.service = "mcp", .capability = "search", .method = "tools/call"};
  Time now = kMinted + 1s;
  std::vector<std::string> ignored;
  Epochs epochs{.current = 2};
  std::vector<std::string> appended;

  Scene() {
    keys.add(1, Bytes(32, 1));
    keys.add(2, Bytes(32, 2));
  }
  Bytes token() {
    Bytes bytes = mint(sale, keys, random).value();
    for (const std::string& caveat : appended) {
      bytes = macaroon::attenuate(macaroon::read_v2(bytes).value(), caveat).value();
    }
    return bytes;
  }
  Credential credential() {
    Credential made;
    EXPECT_TRUE(made.assign(token(), preimage));
    return made;
  }
  Options options() const { return {ignored, epochs}; }
  std::optional<Reason> judge(const Credential& credential) const {
    const auto verdict = verify(credential, keys, target, now, options());
    if (verdict) return std::nullopt;
    return verdict.error();
  }
  std::optional<Reason> judge() { return judge(credential()); }
};

TEST(Verify, PublishedVerdicts) {
  const Json all = Json::parse(test::vector_file("l402/verify_cases.json"));
  EXPECT_EQ(all["cases"].size(), 34u);
  for (const Json& c : all["cases"]) {
    SCOPED_TRACE(c["name"].get<std::string>() + ": " + c["reason"].get<std::string>());
    const auto unhex = [&](const char* key) {
      return bytes_from_hex(c[key].get<std::string>()).value();
    };
    Credential credential;
    ASSERT_TRUE(credential.assign(unhex("binary"), Preimage::from(unhex("preimage"))));
    const std::string service = c["target_service"], capability = c["target_capability"];
    const macaroon::ChainKey key = macaroon::KeyGenerator().derive(unhex("root_key"));
    const auto verdict = verify(credential, key, {.service = service, .capability = capability},
                                time_from_unix(c["now"].get<std::int64_t>()));
    EXPECT_EQ(verdict.has_value(), c["verdict"] == "accept");
    if (!c["signature_valid"].get<bool>()) EXPECT_EQ(verdict.error(), Reason::bad_signature);
  }
}

// Goal: every reason can be reached alone. Method: a good scene, one change per row.
TEST(Verify, OneReasonPerFault) {
  struct Case {
    const char* name;
    std::function<void(Scene&)> change;
    std::optional<Reason> want;
  };
  const Digest digest = crypto::sha256(bytes_of("body"));
  const Case cases[] = {
      {"as minted", [](Scene&) {}, std::nullopt},
      {"preimage", [](Scene& s) { s.preimage = preimage_of(8); }, Reason::invalid_preimage},
      {"epoch older", [](Scene& s) { s.epochs.current = 3; }, Reason::token_epoch},
      {"epoch newer", [](Scene& s) { s.epochs.current = 1; }, Reason::token_epoch},
      {"epoch older, minted before the copy", [](Scene& s) { s.epochs = {3, kMinted + 1ms}; },
       std::nullopt},
      {"epoch older, minted with the copy", [](Scene& s) { s.epochs = {3, kMinted}; },
       Reason::token_epoch},
      {"services widened", [](Scene& s) { s.appended = {"services=mcp:0,x:0"}; },
       Reason::caveat_widened},
      {"tier raised", [](Scene& s) { s.appended = {"services=mcp:1"}; }, Reason::caveat_widened},
      {"tools widened", [](Scene& s) { s.appended = {"mcp_capabilities=search,x"}; },
       Reason::caveat_widened},
      {"later end", [](Scene& s) { s.appended = {"mcp_valid_until=1800000301"}; },
       Reason::caveat_widened},
      {"calls narrowed", [](Scene& s) { s.appended = {"mcp_max_calls=5", "mcp_max_calls=5"}; },
       std::nullopt},
      {"calls widened", [](Scene& s) { s.appended = {"mcp_max_calls=5", "mcp_max_calls=6"}; },
       Reason::caveat_widened},
      {"price widened", [](Scene& s) { s.appended = {"mcp_max_msat=5", "mcp_max_msat=6"}; },
       Reason::caveat_widened},
      {"client changed", [](Scene& s) { s.appended = {"mcp_client=a", "mcp_client=b"}; },
       Reason::caveat_widened},
      {"address changed", [](Scene& s) { s.appended = {"mcp_address=a", "mcp_address=b"}; },
       Reason::caveat_widened},
      {"methods widened", [](Scene& s) { s.appended = {"mcp_method=a,b", "mcp_method=c"}; },
       Reason::caveat_widened},
      {"body changed",
       [](Scene& s) {
         s.appended = {"mcp_body=" + std::string(64, '0'), "mcp_body=" + std::string(64, '1')};
       },
       Reason::caveat_widened},
      {"unknown condition", [](Scene& s) { s.appended = {"max_spend=100"}; },
       Reason::unknown_caveat},
      {"unknown condition of ours", [](Scene& s) { s.appended = {"mcp_sometimes=1"}; },
       Reason::unknown_caveat},
      {"unknown condition of another service", [](Scene& s) { s.appended = {"x_max_calls=1"}; },
       Reason::unknown_caveat},
      {"no condition", [](Scene& s) { s.appended = {"hello"}; }, Reason::unknown_caveat},
      {"empty caveat", [](Scene& s) { s.appended = {""}; }, Reason::unknown_caveat},
      {"blanks are not trimmed", [](Scene& s) { s.appended = {"services =mcp:0"}; },
       Reason::unknown_caveat},
      {"no name before the suffix", [](Scene& s) { s.appended = {"_valid_until=1"}; },
       Reason::unknown_caveat},
      {"ignored condition",
       [](Scene& s) { s.ignored = {"max_spend"}, s.appended = {"max_spend=100"}; }, std::nullopt},
      {"ignored text without =", [](Scene& s) { s.ignored = {"hello"}, s.appended = {"hello"}; },
       std::nullopt},
      {"known conditions are never ignored",
       [](Scene& s) { s.ignored = {"mcp_max_calls"}, s.appended = {"mcp_max_calls=x"}; },
       Reason::malformed_caveat},
      {"another service's end",
       [](Scene& s) { s.appended = {"x_valid_until=1", "mcp_x_capabilities=,,"}; }, std::nullopt},
      {"services empty", [](Scene& s) { s.appended = {"services="}; }, Reason::malformed_caveat},
      {"service without tier", [](Scene& s) { s.appended = {"services=mcp"}; },
       Reason::malformed_caveat},
      {"list with an empty entry", [](Scene& s) { s.appended = {"mcp_capabilities=search,"}; },
       Reason::malformed_caveat},
      {"leading zero", [](Scene& s) { s.appended = {"mcp_max_calls=01"}; },
       Reason::malformed_caveat},
      {"number too large", [](Scene& s) { s.appended = {"mcp_max_calls=4294967296"}; },
       Reason::malformed_caveat},
      {"end beyond 64 bits",
       [](Scene& s) { s.appended = {"mcp_valid_until=18446744073709551616"}; },
       Reason::malformed_caveat},
      {"preimage caveat differs",
       [](Scene& s) { s.appended = {"preimage=" + std::string(64, '0')}; },
       Reason::malformed_caveat},
      {"client empty", [](Scene& s) { s.appended = {"mcp_client="}; }, Reason::malformed_caveat},
      {"body is no digest", [](Scene& s) { s.appended = {"mcp_body=00"}; },
       Reason::malformed_caveat},
      {"other service", [](Scene& s) { s.target.service = "files"; }, Reason::wrong_service},
      {"other tool", [](Scene& s) { s.target.capability = "fetch"; }, Reason::not_permitted},
      {"no tool", [](Scene& s) { s.target.capability = ""; }, Reason::not_permitted},
      {"tools emptied", [](Scene& s) { s.appended = {"mcp_capabilities="}; },
       Reason::not_permitted},
      {"calls narrowed to none", [](Scene& s) { s.appended = {"mcp_max_calls=0"}; },
       Reason::not_permitted},
      {"method", [](Scene& s) { s.appended = {"mcp_method=tools/call,ping"}; }, std::nullopt},
      {"other method", [](Scene& s) { s.appended = {"mcp_method=ping"}; }, Reason::not_permitted},
      {"price unknown", [](Scene& s) { s.appended = {"mcp_max_msat=3000"}; },
       Reason::not_permitted},
      {"price fits",
       [](Scene& s) { s.appended = {"mcp_max_msat=3000"}, s.target.price = Msat::of(3000); },
       std::nullopt},
      {"price above",
       [](Scene& s) { s.appended = {"mcp_max_msat=3000"}, s.target.price = Msat::of(3001); },
       Reason::not_permitted},
      {"bound client", [](Scene& s) { s.sale.terms.client = s.target.client = "key"; },
       std::nullopt},
      {"other client", [](Scene& s) { s.sale.terms.client = "key"; }, Reason::request_mismatch},
      {"bound address", [](Scene& s) { s.sale.terms.address = s.target.address = "192.0.2.1/32"; },
       std::nullopt},
      {"other address",
       [](Scene& s) { s.sale.terms.address = "192.0.2.1/32", s.target.address = "192.0.2.2/32"; },
       Reason::request_mismatch},
      {"bound body", [&](Scene& s) { s.sale.terms.body = s.target.body = digest; }, std::nullopt},
      {"other body",
       [&](Scene& s) { s.sale.terms.body = digest, s.target.body = crypto::sha256({}); },
       Reason::request_mismatch},
      {"no body", [&](Scene& s) { s.sale.terms.body = digest; }, Reason::request_mismatch},
      {"last nanosecond", [](Scene& s) { s.now = kMinted + 300s - 1ns; }, std::nullopt},
      {"equality", [](Scene& s) { s.now = kMinted + 300s; }, Reason::expired},
      {"broken second counts whole",
       [](Scene& s) { s.sale.terms.valid_for = 1500ms, s.now = kMinted + 2s - 1ns; }, std::nullopt},
      {"end narrowed", [](Scene& s) { s.appended = {"mcp_valid_until=1800000001"}; },
       Reason::expired},
      {"never ends",
       [](Scene& s) { s.sale.terms.valid_for = Duration::max(), s.now = Time::max() - 1s; },
       std::nullopt},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Scene scene;
    c.change(scene);
    EXPECT_EQ(scene.judge(), c.want);
  }
}

TEST(Verify, ReasonsOfForeignTokens) {
  Scene scene;
  Credential credential = scene.credential();
  Scene stranger;
  stranger.keys = RootKeys();
  stranger.keys.add(9, Bytes(32, 9));
  EXPECT_EQ(stranger.judge(credential), Reason::unknown_token);
  stranger.keys = RootKeys();
  stranger.keys.add(2, Bytes(32, 9));
  EXPECT_EQ(stranger.judge(credential), Reason::bad_signature);
  EXPECT_EQ(said_reason(Reason::unknown_token), Reason::bad_signature);
  EXPECT_EQ(row_of(kReasons, Reason::unknown_token).said_to_caller,
            row_of(kReasons, Reason::bad_signature).said_to_caller);

  // An identifier one byte short, of another version, or with a token id that is not ours.
  const macaroon::ChainKey key;
  const auto with_identifier = [&](const Bytes& identifier) {
    Credential made;
    EXPECT_TRUE(
        made.assign(macaroon::Minter(key, {}, identifier).finish().value(), scene.preimage));
    return scene.judge(made);
  };
  Identifier identifier{hash_of(scene.preimage), {}};
  const auto bytes = write_identifier(identifier);
  EXPECT_EQ(with_identifier(Bytes(bytes.begin(), bytes.end())), Reason::unknown_token);
  EXPECT_EQ(with_identifier(Bytes(bytes.begin(), bytes.end() - 1)), Reason::malformed);
  Bytes version1(bytes.begin(), bytes.end());
  version1[1] = 1;
  EXPECT_EQ(with_identifier(version1), Reason::malformed);
}

TEST(Verify, ThirdPartyCaveatIsUnsupported) {
  const Json all = Json::parse(test::vector_file("l402/macaroon_parse_cases.json"));
  for (const Json& c : all["cases"]) {
    if (c["name"] != "P23-third-party") continue;
    Bytes preimage(32);
    for (std::uint8_t i = 0; i < 32; ++i) preimage[i] = i;
    Credential credential;
    ASSERT_TRUE(credential.assign(bytes_from_hex(c["binary"].get<std::string>()).value(),
                                  Preimage::from(preimage)));
    const auto verdict = verify(credential, macaroon::ChainKey{}, {.service = "mcp"}, kMinted);
    EXPECT_EQ(verdict.error(), Reason::unsupported);
    return;
  }
  FAIL();
}

TEST(Requirement, R_L402_4_PreimageProvesPayment) {
  Scene scene;
  for (int bit = 0; bit < 256; ++bit) {
    Scene wrong;
    wrong.preimage.bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_EQ(wrong.judge(), Reason::invalid_preimage);
  }
  // R-SEC-2: the hash that stands in the invoice opens nothing.
  Scene hash_as_preimage;
  hash_as_preimage.preimage = Preimage::from(hash_as_preimage.sale.payment_hash.view());
  EXPECT_EQ(hash_as_preimage.judge(), Reason::invalid_preimage);
  const auto grant =
      verify(scene.credential(), scene.keys, scene.target, scene.now, scene.options());
  EXPECT_EQ(grant.value().payment_hash, scene.sale.payment_hash);
}

TEST(Requirement, R_L402_5_MintedAndVerifiedInProcess) {
  Scene scene;
  const Credential credential = scene.credential();
  const auto grant = verify(credential, scene.keys, scene.target, scene.now, scene.options());
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->token->key_number, 2);
  EXPECT_EQ(grant->token->price, scene.sale.price);
  EXPECT_EQ(grant->token->minted, kMinted);
  EXPECT_EQ(grant->token->epoch, 2u);
  EXPECT_NE(grant->token->random, (std::array<std::uint8_t, 12>{}));
}

TEST(Requirement, R_L402_9_OldKeysVerifyAndTheNewestMints) {
  Scene scene;
  RootKeys first;
  first.add(1, Bytes(32, 1));
  Credential old;
  ASSERT_TRUE(old.assign(mint(scene.sale, first, scene.random).value(), scene.preimage));
  EXPECT_EQ(scene.judge(old), std::nullopt);
  EXPECT_EQ(scene.keys.newest(), 2);
  scene.keys = RootKeys();
  scene.keys.add(2, Bytes(32, 2));
  EXPECT_EQ(scene.judge(old), Reason::unknown_token);
}

TEST(Requirement, R_L402_6_DefaultLifetimeIs300Seconds) {
  EXPECT_EQ(kDefaultLifetime, 300'000ms);
  Scene scene;
  const Credential credential = scene.credential();
  const auto grant = authenticate(credential, scene.keys, "mcp", scene.options());
  EXPECT_EQ(grant.value().allowance.valid_until(), kMinted + 300s);
}

TEST(Requirement, R_L402_8_UsesAreACaveatAndAPassHasNone) {
  for (const std::optional<std::uint32_t> uses :
       {std::optional<std::uint32_t>(1), std::optional<std::uint32_t>(1000), {}}) {
    Scene scene;
    scene.sale.terms.uses = uses;
    const Credential credential = scene.credential();
    const auto grant = verify(credential, scene.keys, scene.target, scene.now, scene.options());
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->allowance.calls_max, uses);
  }
  EXPECT_EQ(Terms{}.uses, 1u);
}

TEST(Requirement, R_L402_13_NarrowingLeavesWhatWasSold) {
  for (const std::optional<std::uint32_t> uses : {std::optional<std::uint32_t>(10), {}}) {
    Scene scene;
    scene.sale.terms.uses = uses;
    scene.appended = {"mcp_max_calls=2", "mcp_valid_until=1800000001"};
    const Credential credential = scene.credential();
    const auto grant = authenticate(credential, scene.keys, scene.target.service, scene.options());
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->allowance.calls_max, 2U);
    EXPECT_EQ(grant->allowance.calls_sold, uses);
    EXPECT_EQ(grant->allowance.valid_until(), kMinted + 1s);
    EXPECT_EQ(grant->allowance.sold_until(), kMinted + 300s);
  }
}

TEST(Requirement, R_L402_10_BoundToEverythingSold) {
  Scene scene;
  scene.sale.terms.uses = 3;
  scene.sale.terms.client = "thumb";
  scene.sale.terms.body = crypto::sha256({});
  scene.sale.terms.address = "2001:db8::/64";
  const Bytes token = scene.token();
  const auto view = macaroon::read_v2(token).value();
  std::vector<std::string> caveats;
  for (std::size_t i = 0; i < view.caveat_count(); ++i) {
    caveats.emplace_back(text_of(view.caveat(i).identifier));
  }
  const std::vector<std::string> want{
      "services=mcp:0",
      "mcp_capabilities=search",
      "mcp_max_calls=3",
      "mcp_client=thumb",
      "mcp_body=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "mcp_address=2001:db8::/64",
      "mcp_valid_until=1800000300"};
  EXPECT_EQ(caveats, want);
}

TEST(AddCaveats, ToolNamesCannotInject) {
  constexpr std::string_view odd[] = {"a,b=c:d", "caf\xc3\xa9", "100%"};
  Scene scene;
  scene.sale.terms.capabilities = odd;
  for (const std::string_view tool : odd) {
    scene.target.capability = tool;
    EXPECT_EQ(scene.judge(), std::nullopt) << tool;
  }
  for (const std::string_view tool : {"a", "b=c:d", "a%2Cb%3Dc%3Ad", "100", "100%25"}) {
    scene.target.capability = tool;
    EXPECT_EQ(scene.judge(), Reason::not_permitted) << tool;
  }
  const std::string long_name(500, '\x01');
  const std::string_view too_long[] = {long_name};
  const std::string_view empty[] = {""};
  const std::vector<std::string_view> many(kListEntriesMax + 1, "a");
  for (const std::span<const std::string_view> tools :
       {std::span<const std::string_view>(too_long), {empty}, {many}}) {
    scene.sale.terms.capabilities = tools;
    EXPECT_FALSE(mint(scene.sale, scene.keys, scene.random));
  }
}

TEST(AddCaveats, NamesAreChecked) {
  Scene scene;
  for (const std::string_view name : {"", "a,b", "a:0", "a=b", "a b", "a\n"}) {
    EXPECT_FALSE(is_service_name(name));
    scene.sale.terms.service = name;
    EXPECT_FALSE(mint(scene.sale, scene.keys, scene.random)) << name;
  }
  scene.sale.terms.service = "mcp";
  scene.sale.terms.client = "";
  EXPECT_FALSE(mint(scene.sale, scene.keys, scene.random));
}

// reliability-security.md 2.3: each bit of ten tokens.
TEST(Verify, EveryFlippedBitIsRefused) {
  for (std::uint8_t number = 0; number < 10; ++number) {
    Scene scene;
    scene.preimage = preimage_of(number);
    scene.sale.payment_hash = hash_of(scene.preimage);
    scene.sale.terms.uses = number;
    scene.appended = {"mcp_max_calls=" + std::to_string(number)};
    if (number == 0) scene.sale.terms.uses = 1, scene.appended = {"mcp_max_calls=1"};
    const Bytes token = scene.token();
    Credential credential;
    ASSERT_TRUE(credential.assign(token, scene.preimage));
    ASSERT_EQ(scene.judge(credential), std::nullopt);
    for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
      Bytes flipped = token;
      flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      const bool accepted = credential.assign(flipped, scene.preimage) && !scene.judge(credential);
      ASSERT_FALSE(accepted) << "token " << int{number} << " bit " << bit;
    }
  }
}

// R-L402-13: what an attenuated token opens, the token before opened too.
RC_GTEST_PROP(Verify, AppendingOnlyNarrows, ()) {
  static const std::vector<std::string> kPool = {"services=mcp:0",
                                                 "services=mcp:0,files:0",
                                                 "services=files:0",
                                                 "mcp_capabilities=search",
                                                 "mcp_capabilities=fetch",
                                                 "mcp_capabilities=search,fetch",
                                                 "mcp_capabilities=",
                                                 "mcp_valid_until=1800000100",
                                                 "mcp_valid_until=1800000400",
                                                 "mcp_max_calls=0",
                                                 "mcp_max_calls=2",
                                                 "mcp_max_calls=9",
                                                 "mcp_client=a",
                                                 "mcp_client=b",
                                                 "mcp_method=ping",
                                                 "mcp_method=tools/call,ping",
                                                 "mcp_max_msat=100",
                                                 "files_valid_until=1",
                                                 "junk",
                                                 "x=y",
                                                 "mcp_address=10.0.0.1/32"};
  static constexpr std::string_view kBoth[] = {"search", "fetch"};
  Scene scene;
  scene.sale.terms.capabilities = kBoth;
  const auto chosen = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kPool));
  scene.appended.assign(chosen.begin(), chosen.begin() + std::min<long>(long(chosen.size()), 6));
  scene.target.capability =
      *rc::gen::elementOf(std::vector<std::string_view>{"search", "fetch", "x"});
  scene.target.method = *rc::gen::elementOf(std::vector<std::string_view>{"tools/call", "ping"});
  scene.target.client = *rc::gen::elementOf(std::vector<std::string_view>{"", "a", "b"});
  scene.now = kMinted + std::chrono::seconds(*rc::gen::inRange(0, 350));
  bool wider = true;  // the token with nothing appended stands in for an open door
  const std::vector<std::string> all = scene.appended;
  for (std::size_t n = 0; n <= all.size(); ++n) {
    scene.appended.assign(all.begin(), all.begin() + long(n));
    const bool opens = !scene.judge();
    RC_ASSERT(wider || !opens);
    wider = opens;
  }
}

TEST(Verify, ThePassTakesNoHeapAnd24BlocksAtMost) {
  Scene scene;
  const std::string line = authorization_value(scene.token(), scene.preimage);
  http::CredentialList list;
  list.add_line(line);
  const Options options = scene.options();
  Credential credential;
  const std::size_t before = allocations;
  ASSERT_EQ(read_credential({.authorization = &list}, credential), Presence::found);
  const auto grant = authenticate(credential, scene.keys, "mcp", options);
  const bool authorised = grant && authorise(*grant, scene.target, scene.now);
  EXPECT_EQ(allocations, before);
  EXPECT_TRUE(authorised);

  // Padding takes nine bytes; a new HMAC key costs two blocks, the outer hash one.
  const auto hash = [](std::size_t bytes) { return (bytes + 9 + 63) / 64; };
  const auto kept_key = [&](std::size_t bytes) { return hash(bytes) + 1; };
  const macaroon::View& macaroon = credential.macaroon();
  ASSERT_EQ(macaroon.caveat_count(), 3u);
  std::size_t blocks = hash(32) + kept_key(12 + kIdentifierBytes) + kept_key(32);
  blocks += 2 + kept_key(macaroon.identifier().size());
  for (std::size_t i = 0; i < 3; ++i) blocks += 2 + kept_key(macaroon.caveat(i).identifier.size());
  EXPECT_EQ(blocks, 23u);
}

TEST(Identifier, LayoutIsTheDocumentedOne) {
  TokenId token{.key_number = 7,
                .minted = time_from_unix_milliseconds(0x010203040506),
                .price = Msat::of(0x0102030405060708).value(),
                .epoch = 0xa1a2a3a4};
  token.random.fill(0xee);
  const auto bytes = write_token_id(token);
  EXPECT_EQ(hex(bytes),
            "0107010203040506"
            "0102030405060708"
            "a1a2a3a4"
            "eeeeeeeeeeeeeeeeeeeeeeee");
  EXPECT_EQ(read_token_id(bytes)->epoch, token.epoch);
  auto wrong = bytes;
  wrong[0] = 2;
  EXPECT_FALSE(read_token_id(wrong));
  wrong = bytes;
  wrong[8] = 0xff;  // more than all bitcoin
  EXPECT_FALSE(read_token_id(wrong));
  wrong = bytes;
  wrong[2] = 0xff;  // later than Time can say
  EXPECT_FALSE(read_token_id(wrong));
  EXPECT_EQ(write_token_id({.minted = time_from_unix(-1)})[7], 0);
}

TEST(Verify, PlantedExpiryBugIsVisible) {
  Scene scene;
  scene.now = kMinted + 300s;
  plant(PlantedBug::expiry_inclusive);
  const auto verdict = scene.judge();
  plant(PlantedBug::none);
  EXPECT_EQ(verdict, std::nullopt);
  EXPECT_EQ(scene.judge(), Reason::expired);
}

}  // namespace
}  // namespace tollhouse::l402
