// l402: credentials out of header fields and metadata.
#include "l402/credential.h"

#include <algorithm>

#include "base/base64.h"
#include "base/hex.h"
#include "l402/limits.h"

namespace tollhouse::l402 {
namespace {

constexpr std::size_t kPreimageDigits = 64;
constexpr std::string_view kPreimageCaveat = "preimage=";

bool blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_l402(const http::Credential& credential) {
  return credential.is("L402") || credential.is("LSAT");
}

// One table for both alphabets: six bits of value and, above them, which alphabet has the letter.
constexpr std::uint8_t kStandardOnly = 0x40;
constexpr std::uint8_t kUrlOnly = 0x80;
constexpr std::uint8_t kForeign = kStandardOnly | kUrlOnly;

constexpr std::array<std::uint8_t, 256> base64_letters() {
  std::array<std::uint8_t, 256> letters{};
  for (auto& letter : letters) letter = kForeign;
  std::uint8_t value = 0;
  for (char c = 'A'; c <= 'Z'; ++c) letters[static_cast<std::uint8_t>(c)] = value++;
  for (char c = 'a'; c <= 'z'; ++c) letters[static_cast<std::uint8_t>(c)] = value++;
  for (char c = '0'; c <= '9'; ++c) letters[static_cast<std::uint8_t>(c)] = value++;
  letters['+'] = 62 | kStandardOnly;
  letters['/'] = 63 | kStandardOnly;
  letters['-'] = 62 | kUrlOnly;
  letters['_'] = 63 | kUrlOnly;
  return letters;
}
constexpr auto kLetters = base64_letters();

/// Either alphabet but not both, padding right or absent, spare bits zero (l402.md 3.2 rule 4).
/// base64.h has the same with a heap block. The text fits `into`: callers limit its length.
std::optional<std::size_t> decode_base64(std::string_view text, std::span<std::uint8_t> into) {
  std::size_t pads = 0;
  while (pads < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++pads;
  }
  const std::size_t left = text.size() % 4;
  if (left == 1 || (pads != 0 && pads != (4 - left) % 4)) return std::nullopt;
  std::uint8_t seen = 0;
  const auto value = [&](std::size_t at) -> std::uint32_t {
    const std::uint8_t letter = kLetters[static_cast<std::uint8_t>(text[at])];
    seen |= letter;
    return letter & 63;
  };
  std::size_t size = 0;
  const std::size_t whole = text.size() - left;
  for (std::size_t i = 0; i < whole; i += 4) {
    const std::uint32_t group =
        value(i) << 18 | value(i + 1) << 12 | value(i + 2) << 6 | value(i + 3);
    into[size++] = static_cast<std::uint8_t>(group >> 16);
    into[size++] = static_cast<std::uint8_t>(group >> 8);
    into[size++] = static_cast<std::uint8_t>(group);
  }
  std::uint32_t spare = 0;
  if (left != 0) {
    const std::uint32_t group =
        value(whole) << 18 | value(whole + 1) << 12 | (left == 3 ? value(whole + 2) << 6 : 0);
    into[size++] = static_cast<std::uint8_t>(group >> 16);
    if (left == 3) into[size++] = static_cast<std::uint8_t>(group >> 8);
    spare = left == 3 ? group & 0xff : group & 0xffff;
  }
  if ((seen & kForeign) == kForeign || spare != 0) return std::nullopt;
  return size;
}

bool same_payment(const Credential& a, const Credential& b) {
  return std::ranges::equal(a.preimage().reveal(), b.preimage().reveal());
}

bool same(const Credential& a, const Credential& b) {
  return same_payment(a, b) && std::ranges::equal(a.macaroon().bytes(), b.macaroon().bytes());
}

/// Credentials of one carrier. The first stands; the others must be equal to it.
class Gathering {
 public:
  explicit Gathering(Credential& into) : into_(into) {}

  template <class Read>
  void take(std::string_view text, Read&& read) {
    if (++count_ > kCredentialsMax) presence_ = Presence::malformed;
    if (presence_ == Presence::malformed) return;
    if (presence_ == Presence::none) {
      presence_ = read(into_, text) ? Presence::found : Presence::malformed;
      first_ = text;
      return;
    }
    if (text == first_) return;
    Credential other;
    if (!read(other, text)) {
      presence_ = Presence::malformed;
    } else if (!same(into_, other)) {
      presence_ = Presence::ambiguous;
    }
  }
  Presence presence() const { return presence_; }

 private:
  Credential& into_;
  Presence presence_ = Presence::none;
  std::string_view first_;
  std::size_t count_ = 0;
};

bool read_pair(Credential& into, std::string_view text) { return into.read_pair(text); }
bool read_hex_macaroon(Credential& into, std::string_view text) {
  return into.read_hex_macaroon(text);
}
/// `M:r`, a leading scheme word is accepted.
bool read_own(Credential& into, std::string_view text) {
  const std::string_view value = trimmed(text);
  const std::size_t end = std::min(value.find_first_of(" \t"), value.size());
  const http::Credential split{value.substr(0, end), value.substr(end)};
  return into.read_pair(is_l402(split) ? split.rest : value);
}

Presence read_authorization(const http::CredentialList* credentials, Credential& into) {
  if (credentials == nullptr) return Presence::none;
  if (credentials->overflow()) return Presence::malformed;
  Gathering gathering(into);
  for (const http::Credential& credential : *credentials) {
    if (is_l402(credential) && !credential.rest.empty()) gathering.take(credential.rest, read_pair);
  }
  return gathering.presence();
}

template <class Read>
Presence read_lines(std::span<const std::string_view> lines, Read&& read, Credential& into) {
  Gathering gathering(into);
  for (const std::string_view line : lines) gathering.take(line, read);
  return gathering.presence();
}

template <class Read>
Presence read_optional(const std::optional<std::string_view>& text, Read&& read, Credential& into) {
  if (!text) return Presence::none;
  return read_lines(std::span(&*text, 1), read, into);
}

constexpr std::size_t kCarriers = 6;
constexpr std::size_t kComposite = 5;

Presence read_carrier(std::size_t index, const Carriers& carriers, Credential& into) {
  switch (index) {
    case 0:
      return read_authorization(carriers.authorization, into);
    case 1:
      return read_lines(carriers.x_l402, read_own, into);
    case 2:
      return read_lines(carriers.grpc_metadata_macaroon, read_hex_macaroon, into);
    case 3:
      return read_lines(carriers.macaroon, read_hex_macaroon, into);
    case kComposite:
      return read_optional(carriers.composite, read_pair, into);
    default:
      return read_optional(carriers.meta, read_own, into);
  }
}

bool is_empty(std::size_t index, const Carriers& carriers) {
  switch (index) {
    case 0:
      return carriers.authorization == nullptr || carriers.authorization->empty();
    case 1:
      return carriers.x_l402.empty();
    case 2:
      return carriers.grpc_metadata_macaroon.empty();
    case 3:
      return carriers.macaroon.empty();
    case kComposite:
      return !carriers.composite;
    default:
      return !carriers.meta;
  }
}

/// Two carriers of one payment agree, also where one token is a narrower copy of the other. The
/// composite header repeats what stands beside it, and nothing else (identity.md 11).
bool agree(std::size_t index, Presence there, const Credential& first, const Credential& other) {
  if (index == kComposite) return there == Presence::found && same(first, other);
  return there != Presence::ambiguous && (there != Presence::found || same_payment(first, other));
}

}  // namespace

Credential& Credential::operator=(const Credential& other) {
  if (this == &other) return *this;
  const ByteView source = other.macaroon_.bytes();
  std::ranges::copy(source, bytes_.begin());
  macaroon_ = other.macaroon_.moved_to(ByteView(bytes_).first(source.size()));
  preimage_ = other.preimage_;
  return *this;
}

bool Credential::read_macaroon(std::size_t size) {
  const auto view = macaroon::read_v2(ByteView(bytes_).first(size));
  macaroon_ = view.value_or(macaroon::View{});
  return view.has_value();
}

bool Credential::assign(ByteView macaroon, const Preimage& preimage) {
  if (macaroon.size() > bytes_.size()) return false;
  std::ranges::copy(macaroon, bytes_.begin());
  preimage_ = preimage;
  return read_macaroon(macaroon.size());
}

bool Credential::read_pair(std::string_view text) {
  text = trimmed(text);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon > kTokenCharactersMax) return false;
  const std::string_view digits = text.substr(colon + 1);
  if (digits.size() != kPreimageDigits || !read_hex(digits, preimage_.bytes)) return false;
  const auto size = decode_base64(text.substr(0, colon), bytes_);
  return size && read_macaroon(*size);
}

bool Credential::read_hex_macaroon(std::string_view text) {
  text = trimmed(text);
  const std::size_t size = text.size() / 2;
  if (size > bytes_.size() || text.size() % 2 != 0 ||
      !read_hex(text, std::span(bytes_).first(size)) || !read_macaroon(size)) {
    return false;
  }
  for (std::size_t i = macaroon_.caveat_count(); i-- > 0;) {
    const std::string_view caveat = text_of(macaroon_.caveat(i).identifier);
    if (!caveat.starts_with(kPreimageCaveat)) continue;
    return read_hex(caveat.substr(kPreimageCaveat.size()), preimage_.bytes);
  }
  return false;
}

Presence read_credential(const Carriers& carriers, Credential& into) {
  std::size_t index = 0;
  Presence presence = Presence::none;
  for (; index < kCarriers && presence == Presence::none; ++index) {
    presence = read_carrier(index, carriers, into);
  }
  if (presence != Presence::found) return presence;
  for (; index < kCarriers; ++index) {
    if (is_empty(index, carriers)) continue;
    Credential other;
    const Presence there = read_carrier(index, carriers, other);
    if (!agree(index, there, into, other)) return Presence::ambiguous;
  }
  return Presence::found;
}

std::string authorization_value(std::string_view macaroon_base64, const Preimage& preimage) {
  std::string value("L402 ");
  value.append(macaroon_base64).append(1, ':');
  append_hex(value, preimage.reveal());
  return value;
}

std::string authorization_value(ByteView macaroon, const Preimage& preimage) {
  return authorization_value(base64(macaroon), preimage);
}

}  // namespace tollhouse::l402
