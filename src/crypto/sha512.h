// crypto: SHA-512 and HMAC-SHA-512 (FIPS 180-4, RFC 2104), for formats of others; the house itself
// uses SHA-256.
#pragma once
#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace tollhouse::crypto {

using Digest64 = std::array<std::uint8_t, 64>;

Digest64 sha512(ByteView message);
Digest64 hmac_sha512(ByteView key, ByteView message);

}  // namespace tollhouse::crypto
