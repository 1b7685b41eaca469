// tests/lightning/circuit_breaker_test.cc mirrors src/lightning/circuit_breaker.cc. Goal: the
// numbers of lightning-backends.md 11.
#include "lightning/circuit_breaker.h"

#include "support/precompiled.h"

namespace tollhouse::lightning {
namespace {

using namespace std::chrono_literals;
constexpr Tick kStart = Tick(100s);

TEST(CircuitBreaker, FiveFailuresInThirtySecondsAndOneTrialEachFive) {
  CircuitBreaker breaker;
  for (int i = 0; i < 4; ++i) breaker.failed(kStart + i * 1s);
  EXPECT_TRUE(breaker.allows(kStart + 4s));
  breaker.failed(kStart + 30s);
  EXPECT_TRUE(breaker.is_open());
  EXPECT_FALSE(breaker.allows(kStart + 34s));
  EXPECT_TRUE(breaker.allows(kStart + 35s)) << "the trial";
  EXPECT_FALSE(breaker.allows(kStart + 36s)) << "one";
  breaker.failed(kStart + 37s);
  EXPECT_FALSE(breaker.allows(kStart + 39s));
  EXPECT_TRUE(breaker.allows(kStart + 40s));
  breaker.succeeded();
  EXPECT_FALSE(breaker.is_open());
  EXPECT_TRUE(breaker.allows(kStart + 41s));
}

TEST(CircuitBreaker, SeldomFailuresAndThoseBeforeASuccessDoNotCount) {
  CircuitBreaker breaker;
  for (int i = 0; i < 20; ++i) {
    breaker.failed(kStart + i * 8s);
    EXPECT_FALSE(breaker.is_open()) << i;
  }
  breaker.succeeded();
  for (int i = 0; i < 4; ++i) breaker.failed(kStart + 200s);
  EXPECT_FALSE(breaker.is_open());
  breaker.failed(kStart + 200s);
  EXPECT_TRUE(breaker.is_open());
}

TEST(CircuitBreaker, ALieOpensItAtOnce) {
  CircuitBreaker breaker;
  breaker.open(kStart);
  EXPECT_FALSE(breaker.allows(kStart + 4s));
  EXPECT_TRUE(breaker.allows(kStart + 5s));
}

}  // namespace
}  // namespace tollhouse::lightning
