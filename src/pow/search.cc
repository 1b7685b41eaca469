// pow: nonces laid out and tried.
#include "pow/search.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/invariant.h"
#include "crypto/sha256.h"
#include "pow/work.h"

namespace tollhouse::pow {
namespace {

constexpr std::size_t kBlockBytes = 64;
/// A length and the bit that ends the message.
constexpr std::size_t kPaddingMin = 9;
/// Digits that run within one chaining value: four middle ones, four in the kernel.
constexpr std::size_t kRunningDigits = 8;
/// With these in front of them: 10^11 nonces at least.
constexpr std::size_t kPlainDigits = 12;
/// Digits of the counter in front of the running ones.
constexpr std::size_t kCounterDigitsMax = 18;

using Words = std::array<std::uint32_t, 16>;

Words words_of(std::string_view block) {
  Words words{};
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    words[i / 4] = words[i / 4] << 8 | static_cast<std::uint8_t>(block[i]);
  }
  return words;
}

Digest digest_of(const ChainingValue& value) {
  Digest digest;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    digest.bytes[i] = static_cast<std::uint8_t>(value[i / 4] >> (24 - 8 * (i % 4)));
  }
  return digest;
}

/// Writes `number` right-aligned over zeros.
void write_digits(char* at, std::size_t size, std::uint64_t number) {
  for (std::size_t i = size; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
}

std::uint64_t power_of_ten(std::size_t exponent) {
  std::uint64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

/// Digits of a nonce behind `tail` bytes of a block so that the last eight are two whole words of
/// the block that also holds the padding; zero where there is no such number.
std::size_t digits_behind(std::size_t tail, std::size_t digits_max) {
  if (tail == 0) return 16;
  const std::size_t whole_words = (tail + 3) / 4 * 4;
  if (whole_words + kPlainDigits + kPaddingMin <= kBlockBytes) {
    return whole_words - tail + kPlainDigits;
  }
  for (const std::size_t second : {16U, 12U, 8U}) {
    if (kBlockBytes - tail + second <= digits_max) return kBlockBytes - tail + second;
  }
  return 0;
}

}  // namespace

Search::Search(const std::string& prefix, unsigned bits, unsigned share, unsigned shares,
               unsigned digits_max)
    : bits_(bits),
      shares_(shares),
      digits_max_(digits_max),
      prefix_(prefix),
      whole_(prefix.size() / kBlockBytes * kBlockBytes),
      midstate_(kInitialValue),
      high_(share) {
  invariant(bits <= 256 && share < shares);
  invariant(digits_max >= kNumberDigitsMax && digits_max <= kNonceCharactersMax);
  for (std::size_t at = 0; at < whole_; at += kBlockBytes) {
    midstate_ = compress(midstate_, words_of(std::string_view(prefix).substr(at, kBlockBytes)));
  }
  lay_out();
}

void Search::lay_out() {
  std::size_t digits = digits_behind(prefix_.size() - whole_, digits_max_);
  across_ = digits == 0;
  if (across_) digits = kPlainDigits;
  nonce_.assign(digits, '0');
  nonce_.front() = '1';
  high_end_ = power_of_ten(std::min(digits - kRunningDigits - 1, kCounterDigitsMax));
  block_.limit = bits_ >= 32 ? 0 : 0xffffffffU >> bits_;
  write_high();
}

void Search::write_high() {
  const std::size_t room = nonce_.size() - kRunningDigits - 1;
  const std::size_t size = std::min(room, kCounterDigitsMax);
  write_digits(nonce_.data() + 1 + (room - size), size, high_);
  if (!across_) {
    std::string message = prefix_.substr(whole_) + nonce_;
    const std::uint64_t bits = (whole_ + message.size()) * 8;
    block_.before = midstate_;
    if (message.size() > kBlockBytes) {
      block_.before = compress(midstate_, words_of(message));
      message.erase(0, kBlockBytes);
    }
    block_.varying = static_cast<unsigned>(message.size() / 4 - 1);
    message += '\x80';
    message.resize(kBlockBytes, '\0');
    block_.words = words_of(message);
    block_.words[14] = static_cast<std::uint32_t>(bits >> 32);
    block_.words[15] = static_cast<std::uint32_t>(bits);
  }
  write_middle();
}

void Search::write_middle() {
  char* at = nonce_.data() + nonce_.size() - kRunningDigits;
  write_digits(at, 4, middle_);
  if (across_) return;
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) word = word << 8 | static_cast<std::uint8_t>(at[i]);
  block_.words[block_.varying - 1] = word;
}

std::string Search::nonce_with(std::uint32_t low) const {
  std::string nonce = nonce_;
  write_digits(nonce.data() + nonce.size() - 4, 4, low);
  return nonce;
}

void Search::advance() {
  low_ = 0;
  if (++middle_ < kBatch) return write_middle();
  middle_ = 0;
  high_ += shares_;
  if (!exhausted()) write_high();
}

std::optional<Found> Search::step(Kernel kernel) {
  if (exhausted()) return std::nullopt;
  return across_ ? step_across() : step_in_place(kernel);
}

std::optional<Found> Search::step_in_place(Kernel kernel) {
  while (low_ < kBatch) {
    const std::uint32_t hit = first_hit(kernel, block_, low_);
    tried_ += std::min(hit + 1, kBatch) - low_;
    low_ = hit + 1;
    if (hit >= kBatch) break;
    Found found{nonce_with(hit), {}};
    Block block = block_;
    const char* at = found.nonce.data() + found.nonce.size() - 4;
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i) word = word << 8 | static_cast<std::uint8_t>(at[i]);
    block.words[block.varying] = word;
    found.hash = digest_of(compress(block.before, block.words));
    if (leading_zero_bits(found.hash) >= bits_) return found;
  }
  advance();
  return std::nullopt;
}

// For a prefix that ends where digits and padding lie across two blocks, and a nonce that may not
// be longer. No gate that is known asks so.
std::optional<Found> Search::step_across() {
  crypto::Sha256 begun;
  begun.update(bytes_of(prefix_));
  for (; low_ < kBatch; ++low_) {
    std::string nonce = nonce_with(low_);
    crypto::Sha256 hash = begun;
    const Digest digest = hash.update(bytes_of(nonce)).finish();
    ++tried_;
    if (leading_zero_bits(digest) < bits_) continue;
    ++low_;
    return Found{std::move(nonce), digest};
  }
  advance();
  return std::nullopt;
}

std::optional<Found> search(const std::string& prefix, unsigned bits, Kernel kernel,
                            std::uint64_t hashes_max) {
  Search search(prefix, bits);
  while (!search.exhausted() && search.tried() < hashes_max) {
    if (auto found = search.step(kernel)) return found;
  }
  return std::nullopt;
}

}  // namespace tollhouse::pow
