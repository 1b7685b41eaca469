// macaroon: version 1 packets, owned form, telling forms apart.
#include "macaroon/formats.h"

#include "base/base64.h"
#include "base/hex.h"
#include "macaroon/wire.h"

namespace tollhouse::macaroon {
namespace {

constexpr std::size_t kSizeDigits = 4;

struct Packet {
  std::string_view name;
  ByteView data;
};

bool lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// size name SP data LF, the size counting the whole packet.
std::optional<Packet> take_packet(std::string_view& rest) {
  if (rest.size() < kSizeDigits) return std::nullopt;
  for (const char c : rest.substr(0, kSizeDigits)) {
    if (!lower_hex(c)) return std::nullopt;
  }
  std::array<std::uint8_t, 2> digits{};
  if (!read_hex(rest.substr(0, kSizeDigits), digits)) return std::nullopt;
  const std::size_t size = std::size_t{digits[0]} << 8 | digits[1];
  if (size < kSizeDigits + 2 || size > rest.size() || rest[size - 1] != '\n') return std::nullopt;
  const std::string_view content = rest.substr(kSizeDigits, size - kSizeDigits - 1);
  const std::size_t space = content.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(size);
  return Packet{content.substr(0, space), bytes_of(content.substr(space + 1))};
}

/// The next packet if it has this name.
std::optional<ByteView> take_named(std::string_view& rest, std::string_view name) {
  std::string_view ahead = rest;
  const auto packet = take_packet(ahead);
  if (!packet || packet->name != name) return std::nullopt;
  rest = ahead;
  return packet->data;
}

Bytes copied(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

bool append_packet(Bytes& out, std::string_view name, ByteView data) {
  const std::size_t size = kSizeDigits + name.size() + 1 + data.size() + 1;
  if (size > kPacketBytesMax) return false;
  const std::array<std::uint8_t, 2> digits{static_cast<std::uint8_t>(size >> 8),
                                           static_cast<std::uint8_t>(size)};
  const std::string head = hex(digits) + std::string(name) + ' ';
  out.insert(out.end(), head.begin(), head.end());
  out.insert(out.end(), data.begin(), data.end());
  out.push_back('\n');
  return true;
}

/// One cid packet with what belongs to it; false where it is broken.
bool take_caveat(std::string_view& rest, ByteView cid, Owned& macaroon) {
  Owned::Caveat caveat{copied(cid), {}, {}};
  if (const auto vid = take_named(rest, "vid")) {
    const auto location = take_named(rest, "cl");
    if (vid->empty() || !location) return false;
    caveat.verification_id = copied(*vid);
    caveat.location = text_of(*location);
  }
  macaroon.caveats.push_back(std::move(caveat));
  return true;
}

}  // namespace

Owned owned(const View& macaroon) {
  Owned made;
  made.location = macaroon.location();
  made.identifier = copied(macaroon.identifier());
  for (std::size_t i = 0; i < macaroon.caveat_count(); ++i) {
    const Caveat caveat = macaroon.caveat(i);
    made.caveats.push_back(
        {copied(caveat.identifier), copied(caveat.verification_id), std::string(caveat.location)});
  }
  made.signature = Digest::from(macaroon.signature());
  return made;
}

Result<Owned, Reason> read_v1(ByteView bytes) {
  if (bytes.size() > kMacaroonBytesMax) return refuse(Reason::too_large);
  std::string_view rest = text_of(bytes);
  const auto location = take_named(rest, "location");
  const auto identifier = location ? take_named(rest, "identifier") : std::nullopt;
  if (!identifier) return refuse(Reason::malformed);
  Owned macaroon;
  macaroon.location = text_of(*location);
  macaroon.identifier = copied(*identifier);
  while (const auto cid = take_named(rest, "cid")) {
    if (macaroon.caveats.size() == kCaveatsMax || cid->size() > kCaveatBytesMax) {
      return refuse(Reason::too_large);
    }
    if (!take_caveat(rest, *cid, macaroon)) return refuse(Reason::malformed);
  }
  const auto signature = take_named(rest, "signature");
  if (!signature || signature->size() != kSignatureBytes || !rest.empty()) {
    return refuse(Reason::malformed);
  }
  macaroon.signature = Digest::from(*signature);
  return macaroon;
}

std::optional<Bytes> write_v1(const Owned& macaroon) {
  Bytes out;
  bool fits = append_packet(out, "location", bytes_of(macaroon.location)) &&
              append_packet(out, "identifier", macaroon.identifier);
  for (const Owned::Caveat& caveat : macaroon.caveats) {
    fits = fits && append_packet(out, "cid", caveat.identifier);
    if (caveat.verification_id.empty()) continue;
    fits = fits && append_packet(out, "vid", caveat.verification_id) &&
           append_packet(out, "cl", bytes_of(caveat.location));
  }
  if (!fits || !append_packet(out, "signature", macaroon.signature.view())) return std::nullopt;
  return out;
}

Bytes write_v2(const Owned& macaroon) {
  Bytes out{wire::kVersion2};
  if (!macaroon.location.empty()) {
    wire::append_field(out, wire::kLocation, bytes_of(macaroon.location));
  }
  wire::append_field(out, wire::kIdentifier, macaroon.identifier);
  out.push_back(wire::kEnd);
  for (const Owned::Caveat& caveat : macaroon.caveats) {
    const bool third_party = !caveat.verification_id.empty();
    if (third_party && !caveat.location.empty()) {
      wire::append_field(out, wire::kLocation, bytes_of(caveat.location));
    }
    wire::append_field(out, wire::kIdentifier, caveat.identifier);
    if (third_party) wire::append_field(out, wire::kVerificationId, caveat.verification_id);
    out.push_back(wire::kEnd);
  }
  out.push_back(wire::kEnd);
  wire::append_field(out, wire::kSignature, macaroon.signature.view());
  return out;
}

Form form_of(ByteView bytes) {
  if (bytes.empty()) return Form::unknown;
  const char first = static_cast<char>(bytes.front());
  if (bytes.front() == wire::kVersion2) return Form::version2;
  if (lower_hex(first)) return Form::version1;
  return first == '{' ? Form::json : Form::unknown;
}

std::optional<Bytes> unwrap(std::string_view base64_text) {
  auto bytes = bytes_from_any_base64(base64_text);
  if (!bytes) return std::nullopt;
  if (form_of(*bytes) != Form::unknown) return bytes;
  auto inner = bytes_from_any_base64(text_of(*bytes));
  if (!inner || form_of(*inner) == Form::unknown) return std::nullopt;
  return inner;
}

Result<Owned, Reason> read_binary(ByteView bytes) {
  switch (form_of(bytes)) {
    case Form::version1:
      return read_v1(bytes);
    case Form::version2: {
      const auto view = read_v2(bytes);
      if (!view) return refuse(view.error());
      return owned(*view);
    }
    case Form::json:
    case Form::unknown:
      break;
  }
  return refuse(Reason::malformed);
}

}  // namespace tollhouse::macaroon
