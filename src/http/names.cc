// http: the list of known names and a hash table over it that is built by the compiler.
#include "http/names.h"

#include <array>
#include <cstring>

#include "http/characters.h"

namespace tollhouse::http {
namespace {

struct Row {
  std::string_view name;
  std::uint8_t purpose;
};

/// In the order of KnownField.
constexpr Row kRows[] = {
    {"", 0},
    {"", kRouting},
    {"", kRouting},
    {"", kForwarding},
    {"", kForwarding},
    {"host", kRouting},
    {"content-length", kFraming},
    {"transfer-encoding", kFraming},
    {"content-type", kFraming},
    {"content-encoding", kFraming},
    {"expect", kFraming},
    {"connection", kHopByHop},
    {"keep-alive", kHopByHop},
    {"proxy-connection", kHopByHop},
    {"proxy-authenticate", kHopByHop},
    {"proxy-authorization", kHopByHop | kCredential},
    {"te", kHopByHop},
    {"trailer", kHopByHop},
    {"upgrade", kHopByHop},
    {"http2-settings", kHopByHop},
    {"authorization", kCredential},
    {"cookie", kCredential},
    {"x-l402", kCredential},
    {"macaroon", kCredential},
    {"grpc-metadata-macaroon", kCredential},
    {"x-payment", kCredential},
    {"payment-signature", kCredential},
    {"x-pow-solution", kCredential},
    {"x-mcp-auth-composite", kCredential},
    {"x-api-key", kCredential},
    {"x-caller-proof", kCredential},
    {"x-lw-secret", kCredential},
    {"x-lw-public", kCredential},
    {"dpop", kCredential},
    {"signature", kCredential},
    {"signature-input", kCredential},
    {"signature-agent", kCredential},
    {"sign-in-with-x", kCredential},
    {"client-cert", kCredential | kForwarding},
    {"origin", kRouting},
    {"mcp-session-id", kRouting},
    {"mcp-protocol-version", kRouting},
    {"mcp-method", kRouting},
    {"mcp-name", kRouting},
    {"last-event-id", kRouting},
    {"idempotency-key", kRouting},
    {"forwarded", kForwarding},
    {"x-real-ip", kForwarding},
    {"x-forwarded-for", kForwarding},
    {"x-forwarded-host", kForwarding},
    {"x-forwarded-proto", kForwarding},
    {"x-original-uri", kForwarding},
    {"x-original-method", kForwarding},
    {"via", 0},
    {"accept", 0},
    {"accept-encoding", 0},
    {"accept-language", 0},
    {"accept-payment", 0},
    {"accept-signature", 0},
    {"accept-authenticate", 0},
    {"user-agent", 0},
    {"referer", 0},
    {"range", 0},
    {"traceparent", 0},
    {"tracestate", 0},
    {"baggage", 0},
    {"x-request-id", 0},
    {"access-control-request-method", 0},
    {"access-control-request-headers", 0},
    {"access-control-request-private-network", 0},
    {"content-range", 0},
    {"date", 0},
    {"server", 0},
    {"location", 0},
    {"cache-control", 0},
    {"vary", 0},
    {"allow", 0},
    {"retry-after", 0},
    {"set-cookie", 0},
    {"www-authenticate", 0},
    {"x-accel-buffering", 0},
    {"dpop-nonce", 0},
    {"l402-error", 0},
    {"payment-required", kAnswer},
    {"payment-response", kAnswer},
    {"payment-receipt", kAnswer},
    {"x-payment-response", kAnswer},
    {"x-payment-receipt", kAnswer},
    {"x-payment-receipt-v2", kAnswer},
    {"idempotency-replayed", kAnswer},
    {"extension-responses", kAnswer},
};
static_assert(std::size(kRows) == kKnownFields);
constexpr std::size_t kFirstNamed = 5;

/// Four times the names: most look-ups end at the first slot.
constexpr std::size_t kSlots = 512;
constexpr std::size_t kNameBytesMax = 40;

constexpr std::size_t slot_of(std::string_view name) {
  const auto at = [name](std::size_t i) { return static_cast<std::size_t>(name[i] | 0x20); };
  return (name.size() * 61 + at(0) * 3 + at(name.size() / 2) * 17 + at(name.size() - 1) * 29) %
         kSlots;
}

constexpr std::array<std::uint8_t, kSlots> make_slots() {
  std::array<std::uint8_t, kSlots> slots{};
  for (std::size_t i = kFirstNamed; i < kKnownFields; ++i) {
    std::size_t slot = slot_of(kRows[i].name);
    while (slots[slot] != 0) slot = (slot + 1) % kSlots;
    slots[slot] = static_cast<std::uint8_t>(i);
  }
  return slots;
}
constexpr std::array<std::uint8_t, kSlots> kSlotTable = make_slots();

constexpr std::uint64_t kBitFive = 0x2020202020202020;

std::uint64_t eight_of(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// `known` has letters, digits and hyphens only, and `name` token characters: setting bit 5 then
/// maps nothing but letters on letters. Eight at a time, the last eight overlapping.
bool same_name(std::string_view name, std::string_view known) {
  const std::size_t size = known.size();
  if (name.size() != size) return false;
  std::uint64_t differing = 0;
  if (size < sizeof differing) {
    for (std::size_t i = 0; i < size; ++i) {
      differing |= static_cast<unsigned char>((name[i] | 0x20) ^ known[i]);
    }
    return differing == 0;
  }
  const std::size_t last = size - sizeof differing;
  for (std::size_t i = 0; i < last; i += sizeof differing) {
    differing |= (eight_of(name.data() + i) | kBitFive) ^ eight_of(known.data() + i);
  }
  differing |= (eight_of(name.data() + last) | kBitFive) ^ eight_of(known.data() + last);
  return differing == 0;
}

KnownField family_of(std::string_view name) {
  if (starts_with_ignoring_case(name, "mcp-param-")) return KnownField::mcp_param;
  if (starts_with_ignoring_case(name, "mcp-")) return KnownField::mcp_other;
  if (starts_with_ignoring_case(name, "x-forwarded-")) return KnownField::x_forwarded;
  for (const std::string_view prefix : {"x-tollhouse-", "x-gate-", "x-reputation-"}) {
    if (starts_with_ignoring_case(name, prefix)) return KnownField::gate_forwarded;
  }
  return KnownField::other;
}

}  // namespace

KnownField known_field(std::string_view name) {
  if (name.empty()) return KnownField::other;
  for (std::size_t slot = slot_of(name); kSlotTable[slot] != 0; slot = (slot + 1) % kSlots) {
    if (same_name(name, kRows[kSlotTable[slot]].name)) {
      return static_cast<KnownField>(kSlotTable[slot]);
    }
  }
  const char first = static_cast<char>(name[0] | 0x20);
  return first == 'm' || first == 'x' ? family_of(name) : KnownField::other;
}

std::string_view name_of(KnownField field) { return kRows[static_cast<std::size_t>(field)].name; }
std::uint8_t purpose_of(KnownField field) { return kRows[static_cast<std::size_t>(field)].purpose; }

bool is_alias(std::string_view name) {
  if (name.find('_') == std::string_view::npos) return false;
  if (starts_with_ignoring_case(name, "mcp-param-")) return false;
  // Longer names are in no row, and their first bytes tell the family.
  std::array<char, kNameBytesMax> folded;
  const std::size_t size = name.size() < folded.size() ? name.size() : folded.size();
  for (std::size_t i = 0; i < size; ++i) folded[i] = name[i] == '_' ? '-' : name[i];
  return known_field({folded.data(), size}) != KnownField::other;
}

}  // namespace tollhouse::http
