// tests/pow: a solution is good for the call it was made for, once issued here, in its time; every
// reason can be reached alone.
#include "pow/verify.h"

#include <cstdlib>
#include <new>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "pow/scene.h"
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

namespace tollhouse::pow {
namespace {

using namespace std::chrono_literals;
using test::Scene;

std::optional<Reason> reason_of(const Scene& scene) {
  const auto grant = scene.verify();
  if (grant) return std::nullopt;
  return grant.error();
}

/// Changes one byte of the challenge, before base64url.
void change_byte(Scene& scene, std::size_t at, std::uint8_t by) {
  ChallengeBytes bytes;
  ASSERT_TRUE(read_base64url(scene.issued.text, bytes));
  bytes[at] ^= by;
  scene.issued.text = base64url(bytes);
}

struct Case {
  const char* name;
  void (*change)(Scene&);
  std::optional<Reason> want;
};

const Case kCases[] = {
    {"as issued", [](Scene&) {}, std::nullopt},
    {"last nanosecond", [](Scene& s) { s.now += 60s - 1ns; }, std::nullopt},
    {"equality", [](Scene& s) { s.now += 60s; }, Reason::pow_expired},
    {"issued five seconds ahead", [](Scene& s) { s.now -= 5s; }, std::nullopt},
    {"issued further ahead", [](Scene& s) { s.now -= 5s + 1ns; }, Reason::pow_not_yet_valid},
    {"a character short", [](Scene& s) { s.issued.text.pop_back(); }, Reason::pow_malformed},
    {"a character more", [](Scene& s) { s.issued.text += 'A'; }, Reason::pow_malformed},
    {"standard alphabet", [](Scene& s) { s.issued.text[5] = '+'; }, Reason::pow_malformed},
    {"no nonce", [](Scene& s) { s.nonces.clear(); }, Reason::pow_malformed},
    {"nonce of 33 characters", [](Scene& s) { s.nonces.assign(33, '0'); }, Reason::pow_malformed},
    {"nonce with a blank", [](Scene& s) { s.nonces += ' '; }, Reason::pow_malformed},
    {"dot at the end", [](Scene& s) { s.nonces += '.'; }, Reason::pow_malformed},
    {"dot in front", [](Scene& s) { s.nonces.insert(0, "."); }, Reason::pow_malformed},
    {"too many nonces",
     [](Scene& s) {
       s.nonces = "0";
       for (int i = 0; i < 3000; ++i) s.nonces += ".0";
     },
     Reason::pow_malformed},
    {"another version", [](Scene& s) { change_byte(s, 0, 2); }, Reason::pow_unsupported},
    {"another algorithm", [](Scene& s) { change_byte(s, 1, 2); }, Reason::pow_unsupported},
    {"bits lowered", [](Scene& s) { change_byte(s, 2, 7); }, Reason::pow_bad_mac},
    {"flags cleared", [](Scene& s) { change_byte(s, 10, 6); }, Reason::pow_bad_mac},
    {"a key that is not in the ring", [](Scene& s) { change_byte(s, 11, 7); }, Reason::pow_bad_mac},
    {"challenge of another gate",
     [](Scene& s) {
       Bytes other(32, 9);
       s.keys = Keys();
       s.keys.add(1, other);
     },
     Reason::pow_bad_mac},
    {"challenge of an earlier start",
     [](Scene& s) {
       const Bytes boot{1, 2, 3};
       s.keys = Keys();
       s.keys.add(1, test::master_key(), boot);
     },
     Reason::pow_bad_mac},
    {"an easier one", [](Scene& s) { s.target.bits_min = 7; }, Reason::pow_too_easy},
    {"the floor has sunk", [](Scene& s) { s.target.bits_min = 5; }, std::nullopt},
    {"another client", [](Scene& s) { s.target.binding.client = "ip:203.0.113.8/32"; },
     Reason::pow_binding},
    {"client unknown here", [](Scene& s) { s.target.binding.client.reset(); }, Reason::pow_binding},
    {"another tool", [](Scene& s) { s.target.binding.route = "tools/call:wipe"; },
     Reason::pow_binding},
    {"any tool shown for one",
     [](Scene& s) {
       s.terms.binding.route = kAnyTool;
       s.renew();
     },
     std::nullopt},
    {"unbound where binding is asked",
     [](Scene& s) {
       s.terms.binding = {};
       s.renew();
     },
     Reason::pow_binding},
    {"unbound where none is asked",
     [](Scene& s) {
       s.terms.binding = {};
       s.target.bound_to = 0;
       s.renew();
     },
     std::nullopt},
    {"bound to the body, same body",
     [](Scene& s) {
       s.terms.binding.body = s.target.binding.body = crypto::sha256(bytes_of("{}"));
       s.renew();
     },
     std::nullopt},
    {"bound to the body, another",
     [](Scene& s) {
       s.terms.binding.body = crypto::sha256(bytes_of("{}"));
       s.target.binding.body = crypto::sha256(bytes_of("{ }"));
       s.renew();
     },
     Reason::pow_binding},
    {"bound to a body that is not known",
     [](Scene& s) {
       s.terms.binding.body = crypto::sha256(bytes_of("{}"));
       s.renew();
     },
     Reason::pow_binding},
    {"one nonce too many", [](Scene& s) { s.nonces += ".0"; }, Reason::invalid_solution},
    {"four sub-puzzles",
     [](Scene& s) {
       s.terms.count = 4;
       s.terms.bits = 4;
       s.renew();
     },
     std::nullopt},
    {"four sub-puzzles are two bits, not three",
     [](Scene& s) {
       s.terms.count = 4;
       s.terms.bits = 3;
       s.renew();
     },
     Reason::pow_too_easy},
    {"one of them not solved",
     [](Scene& s) {
       s.terms.count = 4;
       s.terms.bits = 12;
       s.renew();
       s.nonces = s.nonces.substr(0, s.nonces.rfind('.')) + ".0";
     },
     Reason::invalid_solution},
};

TEST(Verify, OneReasonPerFault) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Scene scene;
    c.change(scene);
    EXPECT_EQ(reason_of(scene), c.want);
  }
}

TEST(Verify, R_POW_8_EveryBitOfAChallengeIsUnderTheMac) {
  for (std::size_t at = 0; at < kChallengeBytes; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Scene scene;
      change_byte(scene, at, static_cast<std::uint8_t>(1u << bit));
      EXPECT_FALSE(scene.verify()) << at << " " << bit;
    }
  }
}

TEST(Verify, R_POW_15_NothingIsAllocatedForJunkNorForAPlainSolution) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Scene scene;
    c.change(scene);
    if (scene.target.binding.body) continue;  // its hex is written, behind the MAC
    const std::string header = solution_value({scene.issued.text, scene.nonces});
    const std::size_t before = allocations;
    const auto solution = read_solution(header);
    if (solution) (void)verify(*solution, scene.keys, scene.target, scene.now);
    EXPECT_EQ(allocations, before);
  }
}

TEST(Verify, R_POW_8_EveryKeyOfTheRingVerifiesAndTheNewestSigns) {
  Scene scene;
  const Issued before = scene.issued;
  const std::string nonces = scene.nonces;
  scene.keys.add(2, Bytes(32, 7));
  EXPECT_TRUE(pow::verify({before.text, nonces}, scene.keys, scene.target, scene.now));
  scene.renew();
  EXPECT_EQ(scene.issued.challenge.key, 2);
  EXPECT_TRUE(scene.verify());
}

TEST(Verify, R_POW_12_TheDifficultyAtIssueIsTheOneVerified) {
  Scene scene;
  scene.terms.bits = 8;
  scene.renew();
  scene.target.bits_min = 6;  // the controller has moved down since
  scene.nonces.clear();
  for (unsigned n = 0; scene.nonces.empty(); ++n) {
    const unsigned zeros = leading_zero_bits(work_hash(scene.issued.text, std::to_string(n)));
    if (zeros == 6 || zeros == 7) scene.nonces = std::to_string(n);
  }
  EXPECT_EQ(reason_of(scene), Reason::invalid_solution);
}

TEST(Verify, R_POW_3_TheVectorsOfSignedChallengesPass) {
  const auto all = nlohmann::json::parse(tollhouse::test::vector_file("pow/pow-sha256.json"));
  for (const auto& vector : all["gate_challenge_v1"]) {
    const std::string text = vector["challenge"];
    SCOPED_TRACE(text);
    const auto& inputs = vector["bindInputs"];
    const std::string client = inputs["client"], route = inputs["route"];
    const std::string body = inputs["bodySha256Hex"];
    Keys keys;
    keys.add(vector["fields"]["keyId"], *bytes_from_hex(std::string(vector["masterKeyHex"])));
    Target target;
    target.bound_to = vector["fields"]["flags"].get<std::uint8_t>() & 14;
    if (!client.empty()) target.binding.client = client;
    if (!route.empty()) target.binding.route = route;
    if (!body.empty()) target.binding.body = value_from_hex<Digest>(body);
    target.bits_min = vector["fields"]["bits"];
    std::string nonces;
    for (const auto& nonce : vector["nonces"]) {
      nonces += (nonces.empty() ? "" : ".") + nonce.get<std::string>();
    }
    const Time now = time_from_unix(vector["fields"]["issuedAtUnix"].get<std::int64_t>() + 1);
    const auto grant = pow::verify({text, nonces}, keys, target, now);
    ASSERT_TRUE(grant) << row_of(kReasons, grant.error()).token;
    EXPECT_EQ(hex(grant->id()), vector["fields"]["idHex"].get<std::string>());
    EXPECT_EQ(hex(grant->challenge.tag), vector["fields"]["bindTagHex"].get<std::string>());
    const unsigned count = vector["fields"]["count"];
    EXPECT_EQ(grant->work(), std::uint64_t{count} << grant->challenge.bits);
    for (unsigned i = 0; i < count; ++i) {
      const std::string nonce = vector["nonces"][i];
      const Digest hash = count == 1 ? work_hash(text, nonce) : work_hash(text, i, nonce);
      EXPECT_EQ(hex(hash.view()), vector["hashesHex"][i].get<std::string>());
    }
  }
}

TEST(Verify, R_POW_3_TheVectorsOfPlainTextPass) {
  const auto all = nlohmann::json::parse(tollhouse::test::vector_file("pow/pow-sha256.json"));
  for (const auto& vector : all["concat_hash"]) {
    const Digest hash =
        work_hash(vector["challenge"].get<std::string>(), vector["nonce"].get<std::string>());
    EXPECT_EQ(hex(hash.view()), vector["hashHex"].get<std::string>());
    EXPECT_GE(leading_zero_bits(hash), vector["difficultyBits"].get<unsigned>());
  }
}

RC_GTEST_PROP(Verify, AcceptedWorkIsNeverBelowTheFloor, ()) {
  Scene scene;
  scene.terms.bits = *rc::gen::inRange<std::uint8_t>(0, 9);
  scene.terms.count = *rc::gen::inRange<std::uint8_t>(1, 17);
  scene.target.bits_min = *rc::gen::inRange<std::uint8_t>(0, 14);
  scene.renew();
  const auto grant = scene.verify();
  const std::uint64_t work = std::uint64_t{scene.terms.count} << scene.terms.bits;
  RC_ASSERT(grant.has_value() == (work >= std::uint64_t{1} << scene.target.bits_min));
  if (grant) RC_ASSERT(grant->work() == work);
}

}  // namespace
}  // namespace tollhouse::pow
