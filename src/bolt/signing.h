// bolt: what an invoice's signature covers. For this room and its tests, which sign bad invoices.
#pragma once
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/secp256k1.h"

namespace tollhouse::bolt {

/// SHA-256 over the prefix in lower case and all words before the signature, the last byte filled
/// with zero bits (BOLT 11).
Digest signing_digest(std::string_view hrp, ByteView words);

/// Prefix, words (timestamp and fields), signature and checksum as a string.
std::string signed_text(std::string_view hrp, Bytes words, const crypto::NodeKey& key,
                        const crypto::Secp256k1& curve);

}  // namespace tollhouse::bolt
