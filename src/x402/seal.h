// x402: how a gate knows its own offers again, having written nothing when it made them: a MAC in
// `extra.gate`, which every client echoes with the offer. Spec: x402-bip122.md 6.3, DESIGN.md 6.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "crypto/sha256.h"

namespace tollhouse::x402 {

/// What a P1 offer is for and its invoice does not say. Price, time and network stand in the
/// invoice. What is not bound stays empty.
struct Terms {
  std::string_view service;
  std::string_view tool;          ///< or the price class
  std::string_view client;        ///< principal or session
  std::optional<Digest> request;  ///< hash of the request
};

/// Fifteen bytes that stand for the terms: two calls with equal digests are the same sale. A
/// multiple of three, so that their base64 has one spelling.
using TermsDigest = std::array<std::uint8_t, 15>;
TermsDigest digest_of(const Terms& terms);

/// The ring of keys; immutable while it is shared between threads. An invoice is sealed after its
/// gate decoded and checked it, never before: an open seal is believed to say so.
class SealKeys {
 public:
  /// `newest_first` are keys for this one purpose, derived from the masters; at least one.
  explicit SealKeys(std::span<const Digest> newest_first);

  /// P1: digest and a MAC of fifteen bytes over it and the invoice; 40 characters of base64url.
  std::string seal_terms(std::string_view invoice, const TermsDigest& terms) const;
  /// The terms of an invoice that was minted here; nothing for any other text in either place.
  std::optional<TermsDigest> open_terms(std::string_view invoice, std::string_view seal) const;

  /// P2, where the invoice itself binds the request: a MAC of fifteen bytes that the invoice was
  /// minted here and is signed by `pay_to`; 20 characters. With a client also that nobody else is
  /// to show it: the invoice says nothing of who asked.
  std::string seal_invoice(std::string_view pay_to, std::string_view invoice,
                           std::string_view client = {}) const;
  bool is_sealed(std::string_view pay_to, std::string_view invoice, std::string_view seal,
                 std::string_view client = {}) const;

 private:
  std::vector<crypto::HmacKey> keys_;
};

}  // namespace tollhouse::x402
