// identity: elements of the composite header put together to parts.
#include "identity/composite.h"

#include <algorithm>

#include "base/hex.h"
#include "http/characters.h"

namespace tollhouse::identity {
namespace {

constexpr std::string_view kSeparators = ",;";
constexpr std::string_view kJoint = ", ";  // between two field lines
constexpr std::size_t kPreimageDigits = 64;
constexpr std::size_t kJwtParts = 3;

bool is_base64_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_jwt_character(char c) { return is_base64_letter(c) || c == '-' || c == '_'; }
bool is_macaroon_character(char c) { return is_jwt_character(c) || c == '+' || c == '/'; }

bool is_jwt(std::string_view text) {
  std::size_t parts = 0;
  for (;;) {
    const std::size_t end = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, end);
    if (part.empty() || !std::ranges::all_of(part, is_jwt_character)) return false;
    ++parts;
    if (end == text.size()) return parts == kJwtParts;
    text.remove_prefix(end + 1);
  }
}

bool is_macaroon(std::string_view text) {
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return !text.empty() && std::ranges::all_of(text, is_macaroon_character);
}

bool is_allowed(char c) { return http::is_blank(c) || (c > ' ' && c <= '~'); }

/// Step 1: before anything is cut.
std::optional<Reason> judge_characters(std::span<const std::string_view> lines) {
  std::size_t size = 0;
  for (const std::string_view line : lines) {
    size += line.size() + (size == 0 ? 0 : kJoint.size());
    if (size > kCompositeBytesMax) return Reason::too_long;
  }
  for (const std::string_view line : lines) {
    if (!std::ranges::all_of(line, is_allowed)) return Reason::bad_character;
  }
  return std::nullopt;
}

}  // namespace

/// Takes one element after the other; the first fault ends it.
class CompositeReader {
 public:
  /// Not empty, trimmed.
  std::optional<Reason> take(std::string_view element) {
    seen_ = true;
    const std::size_t end = element.find_first_of(" \t");
    if (end == std::string_view::npos) return take_bare(element);
    const std::string_view word = element.substr(0, end);
    const std::string_view value = http::trimmed(element.substr(end));
    if (http::equal_ignoring_case(word, "Identity")) return take_identity(value);
    if (http::equal_ignoring_case(word, "Payment")) return open_payment(value);
    return Reason::unknown_part;
  }

  Result<Composite, Reason> finish() {
    if (!seen_) return refuse(Reason::empty);
    if (open_) return refuse(Reason::malformed_payment);
    return composite_;
  }

 private:
  /// A macaroon that continues a payment, with the preimage behind it or not.
  std::optional<Reason> take_bare(std::string_view element) {
    const bool continues = element.contains(':') || is_macaroon(element);
    if (!open_ || !continues) return Reason::malformed_part;
    return take_macaroon(element);
  }

  std::optional<Reason> take_identity(std::string_view jwt) {
    if (open_) return Reason::malformed_payment;
    if (composite_.identity) return Reason::duplicate_part;
    if (has_blank(jwt)) return Reason::malformed_part;
    if (!is_jwt(jwt)) return Reason::malformed_identity;
    composite_.identity = jwt;
    return std::nullopt;
  }

  std::optional<Reason> open_payment(std::string_view value) {
    if (composite_.payment) return Reason::duplicate_part;
    if (has_blank(value)) return Reason::malformed_part;
    composite_.payment.emplace();
    open_ = true;
    return take_macaroon(value);
  }

  /// `macaroon` or `macaroon:preimage`, which ends the part.
  std::optional<Reason> take_macaroon(std::string_view element) {
    PaymentPart& payment = *composite_.payment;
    const std::size_t colon = element.rfind(':');
    const std::string_view macaroon = element.substr(0, colon);
    if (!is_macaroon(macaroon)) return Reason::malformed_payment;
    if (payment.count_ == kMacaroonsMax) return Reason::too_many_macaroons;
    payment.macaroons_[payment.count_++] = macaroon;
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view digits = element.substr(colon + 1);
    if (digits.size() != kPreimageDigits) return Reason::malformed_payment;
    if (!read_hex(digits, payment.preimage_.bytes)) return Reason::malformed_payment;
    payment.last_ = element;
    open_ = false;
    return std::nullopt;
  }

  static bool has_blank(std::string_view text) {
    return text.find_first_of(" \t") != std::string_view::npos;
  }

  Composite composite_;
  bool open_ = false;  // a payment whose preimage has not come yet
  bool seen_ = false;
};

namespace {

std::optional<Reason> take_line(std::string_view line, CompositeReader& reader) {
  while (!line.empty()) {
    const std::size_t end = std::min(line.find_first_of(kSeparators), line.size());
    const std::string_view element = http::trimmed(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
    if (element.empty()) continue;
    if (const auto fault = reader.take(element)) return fault;
  }
  return std::nullopt;
}

}  // namespace

Result<Composite, Reason> read_composite(std::span<const std::string_view> lines) {
  if (lines.empty()) return Composite{};
  if (const auto fault = judge_characters(lines)) return refuse(*fault);
  CompositeReader reader;
  for (const std::string_view line : lines) {
    if (const auto fault = take_line(line, reader)) return refuse(*fault);
  }
  return reader.finish();
}

std::string composite_value(std::string_view jwt, std::string_view macaroon_base64,
                            const Preimage& preimage) {
  std::string value("Identity ");
  value.append(jwt).append(kJoint).append("Payment ");
  value.append(macaroon_base64).append(1, ':');
  append_hex(value, preimage.reveal());
  return value;
}

}  // namespace tollhouse::identity
