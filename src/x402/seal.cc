// x402: seals of offers, written and opened.
#include "x402/seal.h"

#include <algorithm>
#include <tuple>

#include "base/base64.h"
#include "base/invariant.h"
#include "base/switches.h"

namespace tollhouse::x402 {
namespace {

constexpr std::string_view kTermsLabel = "x402 bip122 terms v1";
constexpr std::string_view kInvoiceLabel = "x402 lnbtc invoice v1";
constexpr std::string_view kClientLabel = "x402 lnbtc invoice of a client v1";
constexpr std::string_view kDigestLabel = "x402 terms digest v1";
constexpr std::size_t kMacBytes = 15;
constexpr std::size_t kTermsBytes = std::tuple_size_v<TermsDigest>;

/// Long parts go in as their hashes, so that no two lists of parts are one message.
Digest terms_mac(const crypto::HmacKey& key, const Digest& invoice, const TermsDigest& terms) {
  const std::array<ByteView, 3> parts{bytes_of(kTermsLabel), invoice.view(), terms};
  return key.mac(parts);
}

Digest invoice_mac(const crypto::HmacKey& key, const Digest& invoice, std::string_view pay_to,
                   std::string_view client) {
  if (client.empty()) {
    const std::array<ByteView, 3> parts{bytes_of(kInvoiceLabel), invoice.view(), bytes_of(pay_to)};
    return key.mac(parts);
  }
  const Digest bound = crypto::sha256(bytes_of(client));
  const std::array<ByteView, 4> parts{bytes_of(kClientLabel), invoice.view(), bound.view(),
                                      bytes_of(pay_to)};
  return key.mac(parts);
}

ByteView shortened(const Digest& mac) { return mac.view().first(kMacBytes); }

void add_part(crypto::Sha256& hash, std::string_view part) {
  const std::uint64_t size = part.size();
  std::array<std::uint8_t, 8> prefix{};
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    prefix[i] = static_cast<std::uint8_t>(size >> 8 * (prefix.size() - 1 - i));
  }
  hash.update(prefix).update(bytes_of(part));
}

}  // namespace

TermsDigest digest_of(const Terms& terms) {
  crypto::Sha256 hash;
  add_part(hash, kDigestLabel);
  add_part(hash, terms.service);
  add_part(hash, terms.tool);
  add_part(hash, terms.client);
  add_part(hash, terms.request ? text_of(terms.request->view()) : std::string_view());
  const Digest whole = hash.finish();
  TermsDigest digest;
  std::copy_n(whole.bytes.begin(), digest.size(), digest.begin());
  return digest;
}

SealKeys::SealKeys(std::span<const Digest> newest_first) {
  invariant(!newest_first.empty());
  keys_.reserve(newest_first.size());
  for (const Digest& key : newest_first) keys_.emplace_back(key.view());
}

std::string SealKeys::seal_terms(std::string_view invoice, const TermsDigest& terms) const {
  const Digest mac = terms_mac(keys_.front(), crypto::sha256(bytes_of(invoice)), terms);
  Bytes seal(terms.begin(), terms.end());
  const ByteView shown = shortened(mac);
  seal.insert(seal.end(), shown.begin(), shown.end());
  return base64url(seal);
}

std::optional<TermsDigest> SealKeys::open_terms(std::string_view invoice,
                                                std::string_view seal) const {
  std::array<std::uint8_t, kTermsBytes + kMacBytes> bytes;
  if (!read_base64url(seal, bytes)) return std::nullopt;
  TermsDigest terms;
  std::copy_n(bytes.begin(), terms.size(), terms.begin());
  const ByteView shown = ByteView(bytes).subspan(terms.size());
  const Digest digest = crypto::sha256(bytes_of(invoice));
  for (const crypto::HmacKey& key : keys_) {
    const bool ours = crypto::equal(shortened(terms_mac(key, digest, terms)), shown);
    if (ours || planted(PlantedBug::seal_unchecked)) return terms;
  }
  return std::nullopt;
}

std::string SealKeys::seal_invoice(std::string_view pay_to, std::string_view invoice,
                                   std::string_view client) const {
  const Digest mac = invoice_mac(keys_.front(), crypto::sha256(bytes_of(invoice)), pay_to, client);
  return base64url(shortened(mac));
}

bool SealKeys::is_sealed(std::string_view pay_to, std::string_view invoice, std::string_view seal,
                         std::string_view client) const {
  std::array<std::uint8_t, kMacBytes> shown;
  if (!read_base64url(seal, shown)) return false;
  const Digest digest = crypto::sha256(bytes_of(invoice));
  return std::ranges::any_of(keys_, [&](const crypto::HmacKey& key) {
    return crypto::equal(shortened(invoice_mac(key, digest, pay_to, client)), shown);
  });
}

}  // namespace tollhouse::x402
