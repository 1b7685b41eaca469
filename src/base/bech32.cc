// base: bech32 with its checksum as a table of 32 steps.
#include "base/bech32.h"

#include <algorithm>

#include "base/invariant.h"

namespace tollhouse {
namespace {

constexpr char kAlphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr char kSeparator = '1';
constexpr std::size_t kChecksumWords = 6;
constexpr std::uint32_t kBech32Constant = 1;
constexpr std::uint8_t kForeign = 0xff;

constexpr std::array<std::uint8_t, 128> kWordOf = [] {
  std::array<std::uint8_t, 128> words{};
  for (auto& word : words) word = kForeign;
  for (std::uint8_t i = 0; i < 32; ++i) words[static_cast<std::uint8_t>(kAlphabet[i])] = i;
  return words;
}();

/// What the five bits that leave the state add to it: the generator of BIP 173 for each of the 32.
constexpr std::array<std::uint32_t, 32> kStep = [] {
  constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                                    0x2a1462b3};
  std::array<std::uint32_t, 32> steps{};
  for (std::size_t top = 0; top < steps.size(); ++top) {
    for (std::size_t bit = 0; bit < kGenerator.size(); ++bit) {
      if ((top >> bit & 1) != 0) steps[top] ^= kGenerator[bit];
    }
  }
  return steps;
}();

class Checksum {
 public:
  void add(std::uint32_t word) { state_ = (state_ & 0x1ffffff) << 5 ^ word ^ kStep[state_ >> 25]; }
  void add_hrp(std::string_view hrp) {
    for (const char c : hrp) add(static_cast<std::uint8_t>(c) >> 5);
    add(0);
    for (const char c : hrp) add(static_cast<std::uint8_t>(c) & 31);
  }
  std::uint32_t value() const { return state_; }

 private:
  std::uint32_t state_ = 1;
};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_hrp_character(char c) { return c >= 33 && c <= 126; }

bool has_both_cases(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_upper) &&
         std::any_of(text.begin(), text.end(), is_lower);
}

/// The words of lower-cased data characters; false where one is not of the alphabet.
bool read_words(std::string_view data, Bytes& words) {
  words.reserve(data.size());
  for (const char c : data) {
    const std::uint8_t word = kWordOf[static_cast<std::uint8_t>(lower(c))];
    if (word == kForeign) return false;
    words.push_back(word);
  }
  return true;
}

bool checksum_is_right(std::string_view hrp, ByteView words) {
  Checksum checksum;
  checksum.add_hrp(hrp);
  for (const std::uint8_t word : words) checksum.add(word);
  return checksum.value() == kBech32Constant;
}

}  // namespace

Result<Bech32, Bech32Fault> bech32_decode(std::string_view text, std::size_t characters_max) {
  if (text.size() > characters_max) return refuse(Bech32Fault::too_long);
  if (!std::all_of(text.begin(), text.end(), is_hrp_character))
    return refuse(Bech32Fault::invalid_character);
  if (has_both_cases(text)) return refuse(Bech32Fault::mixed_case);
  const std::size_t separator = text.rfind(kSeparator);
  if (separator == std::string_view::npos) return refuse(Bech32Fault::no_separator);
  if (separator == 0) return refuse(Bech32Fault::empty_hrp);

  Bech32 decoded;
  decoded.hrp = text.substr(0, separator);
  std::transform(decoded.hrp.begin(), decoded.hrp.end(), decoded.hrp.begin(), lower);
  if (!read_words(text.substr(separator + 1), decoded.words))
    return refuse(Bech32Fault::invalid_character);
  if (decoded.words.size() < kChecksumWords) return refuse(Bech32Fault::checksum);
  if (!checksum_is_right(decoded.hrp, decoded.words)) return refuse(Bech32Fault::checksum);
  decoded.words.resize(decoded.words.size() - kChecksumWords);
  return decoded;
}

std::string bech32(std::string_view hrp, ByteView words) {
  invariant(!hrp.empty() && std::all_of(hrp.begin(), hrp.end(), is_hrp_character));
  invariant(std::none_of(hrp.begin(), hrp.end(), is_upper));
  Checksum checksum;
  checksum.add_hrp(hrp);
  std::string text;
  text.reserve(hrp.size() + 1 + words.size() + kChecksumWords);
  text += hrp;
  text += kSeparator;
  for (const std::uint8_t word : words) {
    invariant(word < 32);
    checksum.add(word);
    text += kAlphabet[word];
  }
  for (std::size_t i = 0; i < kChecksumWords; ++i) checksum.add(0);
  const std::uint32_t value = checksum.value() ^ kBech32Constant;
  for (std::size_t i = 0; i < kChecksumWords; ++i) {
    text += kAlphabet[value >> 5 * (kChecksumWords - 1 - i) & 31];
  }
  return text;
}

void append_words(Bytes& words, ByteView bytes) {
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8 | byte) & 0xfff;  // four bits at most stay from before
    for (count += 8; count >= 5; count -= 5) {
      words.push_back(static_cast<std::uint8_t>(bits >> (count - 5) & 31));
    }
  }
  if (count > 0) words.push_back(static_cast<std::uint8_t>(bits << (5 - count) & 31));
}

Bytes packed_words(ByteView words) {
  Bytes bytes;
  bytes.reserve(words.size() * 5 / 8 + 1);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint8_t word : words) {
    bits = (bits << 5 | word) & 0xfff;  // seven bits at most stay from before
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> count));
  }
  if (count > 0) bytes.push_back(static_cast<std::uint8_t>(bits << (8 - count)));
  return bytes;
}

WordBytes bytes_from_words(ByteView words) {
  WordBytes result{packed_words(words), true};
  const std::size_t bits_left = words.size() * 5 % 8;
  if (bits_left == 0) return result;
  result.padding_is_right = bits_left < 5 && result.bytes.back() == 0;
  result.bytes.pop_back();
  return result;
}

}  // namespace tollhouse
