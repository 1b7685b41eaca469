// l402: root keys from master keys.
#include "l402/keys.h"

#include <algorithm>
#include <iterator>

#include "base/invariant.h"

namespace tollhouse::l402 {
namespace {
constexpr std::string_view kRootLabel = "l402 root v0";
}  // namespace

void RootKeys::add(std::uint8_t number, ByteView master) {
  invariant(master.size() >= kMasterKeyBytesMin);
  invariant(!knows(number));
  keys_.push_back({number, crypto::HmacKey(master)});
}

std::uint8_t RootKeys::newest() const {
  invariant(!keys_.empty());
  return keys_.back().number;
}

const RootKeys::Entry* RootKeys::find(std::uint8_t number) const {
  for (const Entry& entry : keys_) {
    if (entry.number == number) return &entry;
  }
  return nullptr;
}

macaroon::ChainKey RootKeys::chain_key(std::uint8_t number, ByteView identifier) const {
  invariant(!keys_.empty());
  const Entry* entry = find(number);
  const crypto::HmacKey& master = entry != nullptr ? entry->master : keys_.back().master;
  const std::array<ByteView, 2> parts{bytes_of(kRootLabel), identifier};
  Digest root = master.mac(parts);
  const macaroon::ChainKey key = generator_.derive(root.view());
  wipe(root.bytes.data(), root.bytes.size());
  return key;
}

std::vector<std::uint8_t> RootKeys::numbers() const {
  std::vector<std::uint8_t> numbers;
  std::transform(keys_.rbegin(), keys_.rend(), std::back_inserter(numbers),
                 [](const Entry& entry) { return entry.number; });
  return numbers;
}

std::vector<Digest> RootKeys::derived(std::string_view label) const {
  invariant(label != kRootLabel);
  std::vector<Digest> keys;
  std::transform(keys_.rbegin(), keys_.rend(), std::back_inserter(keys),
                 [label](const Entry& entry) { return entry.master.mac(bytes_of(label)); });
  return keys;
}

}  // namespace tollhouse::l402
