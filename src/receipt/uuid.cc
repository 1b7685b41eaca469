// receipt: UUIDs.
#include "receipt/uuid.h"

#include "base/hex.h"

namespace tollhouse::receipt {

Uuid make_uuid(Random& random) {
  Uuid uuid;
  random.fill(uuid.bytes);
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | 0x40);
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
  return uuid;
}

std::string to_text(const Uuid& uuid) {
  std::string text = hex(uuid.bytes);
  for (const std::size_t at : {8u, 13u, 18u, 23u}) text.insert(at, 1, '-');
  return text;
}

}  // namespace tollhouse::receipt
