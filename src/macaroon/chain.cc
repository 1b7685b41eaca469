// macaroon: the HMAC chain.
#include "macaroon/chain.h"

#include "macaroon/wire.h"

namespace tollhouse::macaroon {
namespace {

constexpr std::string_view kGeneratorKey = "macaroons-key-generator";
/// End of the caveat list, then the signature field.
constexpr std::size_t kTrailerBytes = 1 + 2 + kSignatureBytes;

Digest step(ByteView key, ByteView message) { return crypto::hmac_sha256(key, message); }

void append_trailer(Bytes& out, const Digest& signature) {
  out.push_back(wire::kEnd);
  wire::append_field(out, wire::kSignature, signature.view());
}

void append_caveat(Bytes& out, std::string_view caveat) {
  wire::append_field(out, wire::kIdentifier, bytes_of(caveat));
  out.push_back(wire::kEnd);
}

/// Field type, two bytes of length at most, the caveat, end of section.
bool caveat_fits(std::size_t caveats, std::size_t bytes, std::string_view caveat) {
  const std::size_t length_bytes = caveat.size() > 0x7f ? 2 : 1;
  return caveats < kCaveatsMax && caveat.size() <= kCaveatBytesMax &&
         bytes + 1 + length_bytes + caveat.size() + 1 + kTrailerBytes <= kMacaroonBytesMax;
}

}  // namespace

KeyGenerator::KeyGenerator() : key_(bytes_of(kGeneratorKey)) {}

ChainKey KeyGenerator::derive(ByteView root) const {
  Digest derived = key_.mac(root);
  const ChainKey key = ChainKey::from(derived.view());
  wipe(derived.bytes.data(), derived.bytes.size());
  return key;
}

Result<void, Reason> verify(const View& macaroon, const ChainKey& key) {
  Digest signature = step(key.reveal(), macaroon.identifier());
  for (std::size_t i = 0; i < macaroon.caveat_count(); ++i) {
    const Caveat caveat = macaroon.caveat(i);
    if (caveat.third_party()) return refuse(Reason::unsupported);
    signature = step(signature.view(), caveat.identifier);
  }
  if (!crypto::equal(signature.view(), macaroon.signature())) return refuse(Reason::bad_signature);
  return {};
}

Minter::Minter(const ChainKey& key, std::string_view location, ByteView identifier)
    : signature_(step(key.reveal(), identifier)) {
  bytes_.push_back(wire::kVersion2);
  if (!location.empty()) wire::append_field(bytes_, wire::kLocation, bytes_of(location));
  wire::append_field(bytes_, wire::kIdentifier, identifier);
  bytes_.push_back(wire::kEnd);
}

bool Minter::add(std::string_view caveat) {
  if (!caveat_fits(caveats_, bytes_.size(), caveat)) return false;
  append_caveat(bytes_, caveat);
  signature_ = step(signature_.view(), bytes_of(caveat));
  ++caveats_;
  return true;
}

std::optional<Bytes> Minter::finish() const {
  if (bytes_.size() + kTrailerBytes > kMacaroonBytesMax) return std::nullopt;
  Bytes minted = bytes_;
  append_trailer(minted, signature_);
  return minted;
}

std::optional<Bytes> attenuate(const View& macaroon, std::string_view caveat) {
  const ByteView sections = macaroon.bytes().first(macaroon.bytes().size() - kTrailerBytes);
  if (!caveat_fits(macaroon.caveat_count(), sections.size(), caveat)) return std::nullopt;
  Bytes narrower(sections.begin(), sections.end());
  append_caveat(narrower, caveat);
  append_trailer(narrower, step(macaroon.signature(), bytes_of(caveat)));
  return narrower;
}

}  // namespace tollhouse::macaroon
