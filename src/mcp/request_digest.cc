// mcp: digest of a request.
#include "mcp/request_digest.h"

#include <array>

#include "crypto/sha256.h"

namespace tollhouse::mcp {
namespace {

void add_length(crypto::Sha256& hash, std::size_t length) {
  std::array<std::uint8_t, 8> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(length >> (8 * i));
  }
  hash.update(bytes);
}

void add_text(crypto::Sha256& hash, std::string_view text) {
  add_length(hash, text.size());
  hash.update(bytes_of(text));
}

}  // namespace

Digest request_digest(const Message& message) {
  crypto::Sha256 hash;
  add_text(hash, message.method_text);
  add_text(hash, message.name);
  const std::string_view params = message.params;
  const std::string_view cut = message.meta_cut;
  add_length(hash, params.size() - cut.size());
  if (cut.empty()) return hash.update(bytes_of(params)).finish();
  const auto before = static_cast<std::size_t>(cut.data() - params.data());
  hash.update(bytes_of(params.substr(0, before)));
  hash.update(bytes_of(params.substr(before + cut.size())));
  return hash.finish();
}

}  // namespace tollhouse::mcp
