// ledger: names of a charge's values as they stand in exports and receipts.
#include "ledger/charge.h"

#include "base/hex.h"

namespace tollhouse::ledger {

std::string to_text(const ChargeId& id) {
  const ByteView bytes = id.bytes;
  std::string text;
  text.reserve(36);
  std::size_t at = 0;
  for (const std::size_t length : {4U, 2U, 2U, 2U, 6U}) {
    if (at != 0) text += '-';
    append_hex(text, bytes.subspan(at, length));
    at += length;
  }
  return text;
}

std::optional<ChargeId> charge_id_from_text(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen_place != (text[i] == '-')) return std::nullopt;
    if (!hyphen_place) digits += text[i];
  }
  ChargeId id;
  if (!read_hex(digits, id.bytes)) return std::nullopt;
  return id;
}

std::string_view to_text(Rail rail) {
  switch (rail) {
    case Rail::session:
      return "session";
    case Rail::l402:
      return "l402";
    case Rail::x402:
      return "x402";
    case Rail::mpp:
      return "mpp";
    case Rail::pow:
      return "pow";
  }
  return "unknown";
}

std::string_view to_text(Status status) {
  switch (status) {
    case Status::charged:
      return "Charged";
    case Status::denied:
      return "Denied";
    case Status::reserved:
      return "Reserved";
    case Status::cancelled:
      return "Cancelled";
    case Status::reversed:
      return "Reversed";
  }
  return "Unknown";
}

std::string_view to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::unknown:
      return "unknown";
    case Outcome::ok:
      return "ok";
    case Outcome::tool_error:
      return "tool_error";
    case Outcome::failed:
      return "failed";
  }
  return "unknown";
}

}  // namespace tollhouse::ledger
