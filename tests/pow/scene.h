// tests/pow: a gate's keys, a clock and a way to solve, for all tests of the room.
#pragma once
#include <string>

#include "pow/verify.h"
#include "pow/work.h"

namespace tollhouse::pow::test {

/// Bytes that count up, so that a run can be repeated.
class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> into) override {
    for (std::uint8_t& byte : into) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

inline Bytes master_key() {
  Bytes master(32);
  for (std::size_t i = 0; i < master.size(); ++i) master[i] = static_cast<std::uint8_t>(i);
  return master;
}

/// Nonces of every sub-puzzle, found by counting up.
inline std::string solved(const Issued& issued) {
  std::string nonces;
  for (unsigned i = 0; i < issued.challenge.count; ++i) {
    if (i != 0) nonces += '.';
    for (unsigned n = 0;; ++n) {
      const std::string nonce = std::to_string(n);
      const Digest hash = issued.challenge.count == 1 ? work_hash(issued.text, nonce)
                                                      : work_hash(issued.text, i, nonce);
      if (leading_zero_bits(hash) < issued.challenge.bits) continue;
      nonces += nonce;
      break;
    }
  }
  return nonces;
}

/// A challenge as a gate issues it, its solution, and the call it is shown for.
struct Scene {
  Keys keys;
  CountingRandom random;
  Time now = time_from_unix(1'800'000'000);
  Terms terms;
  Target target;
  Issued issued;
  std::string nonces;

  Scene() {
    keys.add(1, master_key());
    terms.bits = 6;
    terms.ttl = std::chrono::seconds(60);
    terms.binding.client = "ip:203.0.113.7/32";
    terms.binding.route = "tools/call:search";
    target.bits_min = 6;
    target.binding = terms.binding;
    renew();
  }
  /// Issues and solves again, after the terms were changed.
  void renew() {
    issued = issue(terms, keys, now, random);
    nonces = solved(issued);
  }
  Result<Grant, Reason> verify() const {
    return pow::verify({issued.text, nonces}, keys, target, now);
  }
};

}  // namespace tollhouse::pow::test
