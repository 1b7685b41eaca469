// tests/mpp: credentials read and judged; receipts.
#include "mpp/verify.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "mpp/limits.h"
#include "mpp/published.h"
#include "mpp/receipt.h"
#include "support/precompiled.h"

namespace tollhouse::mpp {
namespace {

using Json = nlohmann::json;

/// What the gate would answer: the reading, then the verdict, then the books.
struct Verdict {
  int status = 200;
  std::string type, alias;
  std::string receipt_json, receipt;
};

class Gate {
 public:
  Gate() : all_(test::published()), keys_(test::published_keys(all_)), curve_(random_) {}

  Verdict judge(const Carriers& carriers, Time now, const Json& entry) {
    json::Document workspace;
    const Reading reading = read_credential(carriers, workspace);
    if (reading.presence == Presence::ambiguous) return said(conflicting_credentials());
    if (reading.presence != Presence::found) return said(problem_of(Reason::malformed_credential));
    std::string body;
    Target target{.realm = "gate.example"};
    if (entry.contains("body")) {
      body = entry["body"].get<std::string>();
      target.body = body;
    }
    const auto grant = verify(reading.credential, keys_, target, now, curve_);
    if (!grant) return said(problem_of(grant.error()));
    for (const Json& hash : entry.value("consumed", Json::array())) {
      if (hash == hex(grant->payment_hash.view())) {
        return said(problem_of(Reason::invalid_challenge));
      }
    }
    const Receipt receipt{reading.credential.challenge.id, grant->payment_hash, now};
    return {200, {}, {}, receipt_json(receipt), receipt_value(receipt)};
  }

  const Json& all() const { return all_; }
  const ChallengeKeys& keys() const { return keys_; }
  const crypto::Secp256k1& curve() const { return curve_; }

 private:
  static Verdict said(const Problem& problem) {
    return {problem.status, problem.type(), problem.alias_type(), {}, {}};
  }

  Json all_;
  ChallengeKeys keys_;
  SystemRandom random_;
  crypto::Secp256k1 curve_;
};

/// Looks into the lines.
http::CredentialList list_of(const std::vector<std::string>&& lines) = delete;
http::CredentialList list_of(const std::vector<std::string>& lines) {
  http::CredentialList list;
  for (const std::string& line : lines) list.add_line(line);
  return list;
}

std::vector<std::string> lines_of(const Json& authorization) {
  if (authorization.is_string()) return {authorization.get<std::string>()};
  return authorization.get<std::vector<std::string>>();
}

TEST(Verify, PublishedCredentials) {
  Gate gate;
  std::size_t passed = 0;
  for (const Json& entry : gate.all()["credentials"]) {
    SCOPED_TRACE(entry["id"].get<std::string>());
    const auto lines = lines_of(entry["authorization"]);
    const http::CredentialList list = list_of(lines);
    const Time now = time_from_unix(entry["now"].get<std::int64_t>());
    const Verdict verdict = gate.judge({.authorization = &list}, now, entry);
    const Json& want = entry["expect"];
    EXPECT_EQ(verdict.status, want["status"].get<int>());
    EXPECT_EQ(verdict.type, want.value("type", std::string()));
    EXPECT_EQ(verdict.alias, want.value("alias", std::string()));
    if (!want["ok"].get<bool>()) continue;
    ++passed;
    EXPECT_EQ(Json::parse(verdict.receipt_json), want["receipt"]);
    EXPECT_EQ(verdict.receipt, want["payment_receipt"].get<std::string>());
  }
  EXPECT_EQ(gate.all()["credentials"].size(), 40u);
  EXPECT_EQ(passed, 10u);
}

TEST(Verify, PublishedJsonRpcCalls) {
  Gate gate;
  for (const Json& entry : gate.all()["jsonrpc"]["calls"]) {
    SCOPED_TRACE(entry["id"].get<std::string>());
    const Json& message = entry["message"];
    std::optional<std::string> meta, root;
    const Json nested = message["params"].value("_meta", Json::object());
    const Json beside = message.value("_meta", Json::object());
    if (nested.contains("org.paymentauth/credential")) {
      meta = nested["org.paymentauth/credential"].dump();
    }
    if (beside.contains("org.paymentauth/credential")) {
      root = beside["org.paymentauth/credential"].dump();
    }
    const Carriers carriers{.meta = meta, .root_meta = root};
    const Time now = time_from_unix(entry["now"].get<std::int64_t>());
    const Verdict verdict = gate.judge(carriers, now, entry);
    const Json& want = entry["expect"];
    EXPECT_EQ(verdict.status == 200, want["ok"].get<bool>());
    EXPECT_EQ(verdict.type, want.value("problem", std::string()));
    json::Document workspace;
    const bool unreadable = read_credential(carriers, workspace).presence == Presence::malformed;
    EXPECT_EQ(unreadable, want.value("code", 0) == -32602);
    if (!want["ok"].get<bool>()) continue;
    EXPECT_EQ(Json::parse(verdict.receipt_json), want["result_meta"]["org.paymentauth/receipt"]);
  }
  EXPECT_EQ(gate.all()["jsonrpc"]["calls"].size(), 9u);
}

TEST(Credential, IsWrittenAsTheReferencePayersWriteIt) {
  Gate gate;
  const Json& valid = gate.all()["credentials"][0];
  const Challenge plain = test::challenge_of(gate.all()["challenges"][0]["challenge"]);
  Preimage preimage;
  ASSERT_TRUE(
      read_hex(valid["credential"]["payload"]["preimage"].get<std::string>(), preimage.bytes));
  EXPECT_EQ(authorization_value(plain, preimage), valid["authorization"].get<std::string>());
  const Json& call = gate.all()["jsonrpc"]["calls"][0]["message"];
  EXPECT_EQ(Json::parse(meta_value(plain, preimage)),
            call["params"]["_meta"]["org.paymentauth/credential"]);
}

TEST(Aperture, Credentials) {
  const Json all = test::aperture();
  for (const Json& entry : all["credentials"]) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    const std::string line = entry["header"];
    const std::vector<std::string> lines{line};
    const http::CredentialList list = list_of(lines);
    json::Document workspace;
    // Their preimages are no preimages, so that nothing of it is usable here either way.
    EXPECT_NE(read_credential({.authorization = &list}, workspace).presence, Presence::found);
    if (entry.value("error", false)) continue;
    const Bytes text = bytes_from_base64url(line.substr(line.find(' ') + 1)).value();
    EXPECT_EQ(text_of(text), entry["credentialJson"].get<std::string>());
    const auto object = json::parse(text_of(text), workspace);
    ASSERT_TRUE(object);
    const auto challenge =
        read_challenge(object->find("challenge").value(), NativeRequest::refused);
    ASSERT_TRUE(challenge);
    EXPECT_EQ(*challenge, test::challenge_of(Json::parse(text_of(text))["challenge"]));
  }
  EXPECT_EQ(all["credentials"].size(), 11u);
  for (const Json& entry : all["receipts"]) {
    EXPECT_EQ(base64url(bytes_of(entry["receiptJson"].get<std::string>())),
              entry["header"].get<std::string>());
  }
}

/// A credential for a sale of this gate, paid.
struct Paid {
  Challenge challenge;
  Preimage preimage;
};

Paid paid_for(const ChallengeKeys& keys, std::uint64_t sat, std::string_view external_id = {}) {
  Paid paid;
  paid.preimage.bytes.fill(0x42);
  const Digest hash = crypto::sha256(paid.preimage.reveal());
  const Sale sale{.price = Msat::of_sat(sat).value(),
                  .invoice = "lnbcrt1p",
                  .payment_hash = PaymentHash::from(hash.view()),
                  .invoice_end = time_from_unix(1000),
                  .external_id = external_id};
  paid.challenge = mint(sale, "gate.example", keys).value();
  return paid;
}

TEST(Verify, TheGatesOwnWordRidesUnderTheMac) {
  Gate gate;
  const Paid paid = paid_for(gate.keys(), 5, "terms");
  const Target target{.realm = "gate.example", .price = Msat::of_sat(5)};
  const Time end = time_from_unix(1000);
  const Credential credential{paid.challenge, paid.preimage, {}};
  const auto grant = verify(credential, gate.keys(), target, end, gate.curve());
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->external_id, "terms");
  EXPECT_EQ(grant->amount, Msat::of_sat(5));
  EXPECT_EQ(grant->expires, end);
  const auto late = verify(credential, gate.keys(), target, end + Duration(1), gate.curve());
  EXPECT_EQ(late.error(), Reason::payment_expired);
  const Target dearer{.realm = "gate.example", .price = Msat::of_sat(6)};
  EXPECT_EQ(verify(credential, gate.keys(), dearer, end, gate.curve()).error(),
            Reason::payment_insufficient);
  const Target elsewhere{.realm = "other.example"};
  EXPECT_EQ(verify(credential, gate.keys(), elsewhere, end, gate.curve()).error(),
            Reason::invalid_challenge);
}

TEST(Verify, ARequestThatSaysNothingIsNoChallengeOfOurs) {
  Gate gate;
  Paid paid = paid_for(gate.keys(), 5);
  const Target target{.realm = "gate.example"};
  for (const char* request : {"e30", "not base64url!", "bnVsbA"}) {
    paid.challenge.request = request;
    paid.challenge.id = gate.keys().id_of(paid.challenge);
    const Credential credential{paid.challenge, paid.preimage, {}};
    EXPECT_EQ(verify(credential, gate.keys(), target, Time{}, gate.curve()).error(),
              Reason::invalid_challenge);
  }
  paid = paid_for(gate.keys(), 5);
  paid.challenge.expires = "tomorrow";
  paid.challenge.id = gate.keys().id_of(paid.challenge);
  EXPECT_EQ(verify({paid.challenge, paid.preimage, {}}, gate.keys(), target, Time{}, gate.curve())
                .error(),
            Reason::invalid_challenge);
}

TEST(ReadCredential, CarriersInOrder) {
  Gate gate;
  const Paid a = paid_for(gate.keys(), 5), b = paid_for(gate.keys(), 6);
  const std::string header_a = authorization_value(a.challenge, a.preimage);
  const std::string header_b = authorization_value(b.challenge, b.preimage);
  const std::string meta_a = meta_value(a.challenge, a.preimage);
  const std::string meta_b = meta_value(b.challenge, b.preimage);
  struct Case {
    const char* name;
    std::vector<std::string> lines;
    std::optional<std::string> meta, root;
    Presence presence;
    Carrier carrier;
  };
  const Case cases[] = {
      {"nothing", {}, {}, {}, Presence::none, Carrier::none},
      {"another scheme", {"Bearer x"}, {}, {}, Presence::none, Carrier::none},
      {"header", {header_a}, {}, {}, Presence::found, Carrier::authorization},
      {"header twice", {header_a, header_a}, {}, {}, Presence::found, Carrier::authorization},
      {"two on one line",
       {header_a + ", " + header_b},
       {},
       {},
       Presence::ambiguous,
       Carrier::authorization},
      {"behind a bearer",
       {"Bearer x, " + header_a},
       {},
       {},
       Presence::found,
       Carrier::authorization},
      {"meta", {}, meta_a, {}, Presence::found, Carrier::meta},
      {"root", {}, {}, meta_a, Presence::found, Carrier::root_meta},
      {"header and meta, equal", {header_a}, meta_a, {}, Presence::found, Carrier::authorization},
      {"header and meta, other",
       {header_a},
       meta_b,
       {},
       Presence::ambiguous,
       Carrier::authorization},
      {"meta and root, other", {}, meta_a, meta_b, Presence::ambiguous, Carrier::meta},
      {"header, and rubbish in meta", {header_a}, "7", {}, Presence::found, Carrier::authorization},
      {"rubbish in the header",
       {"Payment x"},
       meta_a,
       {},
       Presence::malformed,
       Carrier::authorization},
      {"scheme alone", {"Payment"}, {}, {}, Presence::malformed, Carrier::authorization},
      {"rubbish in meta", {}, "\"abc\"", {}, Presence::malformed, Carrier::meta},
      {"too long",
       {"Payment " + std::string(kCredentialCharactersMax + 1, 'A')},
       {},
       {},
       Presence::malformed,
       Carrier::authorization},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const http::CredentialList list = list_of(c.lines);
    json::Document workspace;
    const Reading reading =
        read_credential({.authorization = &list, .meta = c.meta, .root_meta = c.root}, workspace);
    EXPECT_EQ(reading.presence, c.presence);
    EXPECT_EQ(reading.carrier, c.carrier);
    if (reading.presence == Presence::found) {
      EXPECT_EQ(reading.credential.challenge, a.challenge);
    }
  }
}

TEST(Verify, NoChangedByteOfACredentialPassesAsAnother) {
  Gate gate;
  const Paid paid = paid_for(gate.keys(), 5);
  const std::string line = authorization_value(paid.challenge, paid.preimage);
  const Bytes text = bytes_from_base64url(line.substr(line.find(' ') + 1)).value();
  const auto property = [&](std::uint32_t position, std::uint8_t mask) {
    Bytes changed = text;
    changed[position % changed.size()] ^= mask;
    const std::vector<std::string> lines{"Payment " + base64url(changed)};
    const http::CredentialList list = list_of(lines);
    json::Document workspace;
    const Reading reading = read_credential({.authorization = &list}, workspace);
    if (reading.presence != Presence::found) return;
    const auto grant =
        verify(reading.credential, gate.keys(), {.realm = "gate.example"}, Time{}, gate.curve());
    RC_ASSERT(!grant || reading.credential.challenge == paid.challenge);
  };
  EXPECT_TRUE(rc::check("a changed byte", property));
}

}  // namespace
}  // namespace tollhouse::mpp
