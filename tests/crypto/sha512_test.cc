// tests/crypto: SHA-512 and PBKDF2 against the numbers of their standards.
#include "crypto/sha512.h"

#include "base/hex.h"
#include "crypto/pbkdf2.h"
#include "support/precompiled.h"

namespace tollhouse::crypto {
namespace {

TEST(Sha512, FipsAndRfc4231) {
  EXPECT_EQ(hex(sha512(bytes_of("abc"))),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  EXPECT_EQ(hex(hmac_sha512(bytes_of("Jefe"), bytes_of("what do ya want for nothing?"))),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

TEST(Pbkdf2, Rfc7914) {
  EXPECT_EQ(hex(pbkdf2_sha256(bytes_of("passwd"), bytes_of("salt"), 1).view()),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  EXPECT_EQ(hex(pbkdf2_sha256(bytes_of("Password"), bytes_of("NaCl"), 80'000).view()),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
}

}  // namespace
}  // namespace tollhouse::crypto
