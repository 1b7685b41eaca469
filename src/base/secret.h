// base: secrets. A `Secret` wipes itself, has no stream operator and no formatter, and is compared
// in constant time by crypto::equal only.
#pragma once
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace tollhouse {

/// Overwrites `size` bytes at `at` in a way the optimiser keeps.
void wipe(void* at, std::size_t size);

/// Owned secret bytes of any length.
class Secret {
 public:
  Secret() = default;
  explicit Secret(Bytes bytes) : bytes_(std::move(bytes)) {}
  explicit Secret(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      clear();
      bytes_ = other.bytes_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      clear();
      bytes_ = std::exchange(other.bytes_, {});
    }
    return *this;
  }
  ~Secret() { clear(); }

  /// The bytes themselves; every use is a place to look at in review.
  ByteView reveal() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  void clear() {
    wipe(bytes_.data(), bytes_.size());
    bytes_.clear();
  }
  Bytes bytes_;
};

/// 32 secret bytes without a heap block: root keys, preimages.
template <class Tag>
struct Secret32 {
  std::array<std::uint8_t, 32> bytes{};
  Secret32() = default;
  Secret32(const Secret32&) = default;
  Secret32& operator=(const Secret32&) = default;
  ~Secret32() { wipe(bytes.data(), bytes.size()); }

  ByteView reveal() const { return bytes; }
  static Secret32 from(ByteView source) {
    Secret32 made;
    std::memcpy(made.bytes.data(), source.data(), 32);
    return made;
  }
};

/// What a wallet gives for money: SHA-256 of it is the payment hash. A bearer secret.
using Preimage = Secret32<struct PreimageTag>;

}  // namespace tollhouse
