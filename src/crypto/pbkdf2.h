// crypto: PBKDF2 with HMAC-SHA-256 (RFC 8018 5.2): a key that costs as many MACs as one wants.
#pragma once
#include <cstdint>

#include "base/bytes.h"

namespace tollhouse::crypto {

/// 32 bytes out, one MAC for each of `rounds`, at least 1.
Digest pbkdf2_sha256(ByteView password, ByteView salt, std::uint32_t rounds);

}  // namespace tollhouse::crypto
