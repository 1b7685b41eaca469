// pow: reading what other gates ask.
#include "pow/puzzle.h"

#include <charconv>

#include "base/hex.h"
#include "http/challenge.h"
#include "http/characters.h"
#include "json/reader.h"
#include "pow/limits.h"
#include "pow/work.h"

namespace tollhouse::pow {
namespace {

constexpr unsigned kDigestBits = 256;
/// Lines of a 402 that a client looks at.
constexpr std::size_t kLineCharactersMax = 16 * 1024;
constexpr std::size_t kPuzzlesMax = 16;

bool is_challenge(std::string_view text) {
  if (text.empty() || text.size() > kForeignChallengeMax) return false;
  for (const char c : text) {
    if (c <= ' ' || c > '~' || c == ',') return false;
  }
  return true;
}

/// A member that is a whole number up to `most`; clears `sound` where it is there and is not.
std::optional<unsigned> number_of(const json::Value& object, std::string_view name, unsigned most,
                                  bool& sound) {
  const auto member = object.find(name);
  if (!member) return std::nullopt;
  const auto number = member->as_u64();
  if (!number || *number > most) {
    sound = false;
    return std::nullopt;
  }
  return static_cast<unsigned>(*number);
}

/// The first of two members that is a string; clears `sound` where one is there and is none.
std::optional<std::string_view> text_of_either(const json::Value& object, std::string_view name,
                                               std::string_view other, bool& sound) {
  auto member = object.find(name);
  if (!member) member = object.find(other);
  if (!member) return std::nullopt;
  const auto text = member->as_string();
  if (!text) sound = false;
  return text;
}

std::optional<unsigned> bits_of_target(std::string_view target, bool& sound) {
  const auto bytes = value_from_hex<Digest>(target);
  if (!bytes) {
    sound = false;
    return std::nullopt;
  }
  return leading_zero_bits(*bytes);
}

std::optional<unsigned> bits_of_digits(const json::Value& object, bool& sound) {
  const auto unit = object.find("unit");
  const bool bits = unit && unit->as_string() == "bits";
  if (unit && !bits && unit->as_string() != "hex") sound = false;
  const auto difficulty =
      number_of(object, "difficulty", bits ? kDigestBits : kDigestBits / 4, sound);
  if (!difficulty) return std::nullopt;
  return bits ? *difficulty : *difficulty * 4;
}

std::optional<unsigned> bits_of(const json::Value& object, bool& sound) {
  if (const auto bits = number_of(object, "difficultyBits", kDigestBits, sound)) return bits;
  if (const auto target = text_of_either(object, "targetHex", "target", sound)) {
    return bits_of_target(*target, sound);
  }
  return bits_of_digits(object, sound);
}

std::optional<Puzzle> puzzle_of(const http::Challenge& challenge) {
  const auto text = challenge.find("challenge");
  const auto difficulty = challenge.find("difficulty");
  if (!challenge.is("PoW") || !text || !difficulty) return std::nullopt;
  if (challenge.find("algorithm").value_or("sha256") != "sha256") return std::nullopt;
  unsigned bits = 0;
  const char* end = difficulty->data() + difficulty->size();
  const auto read = std::from_chars(difficulty->data(), end, bits);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return make_puzzle(*text, bits, Unit::bits, 1);
}

}  // namespace

std::string Puzzle::prefix(unsigned index) const {
  if (count == 1) return challenge;
  return challenge + "." + std::to_string(index) + ".";
}

std::optional<Puzzle> read_puzzle(std::string_view json) {
  if (json.size() > kBodyBytesMax) return std::nullopt;
  json::Document workspace;
  const auto object = json::parse(json, workspace);
  if (!object || !object->is_object()) return std::nullopt;
  bool sound = true;
  const auto challenge = text_of_either(*object, "challenge", "nonce", sound);
  const auto bits = bits_of(*object, sound);
  const auto count = number_of(*object, "count", kCountMax, sound);
  const auto algorithm = object->find("algorithm");
  if (algorithm && algorithm->as_string() != "sha256") return std::nullopt;
  if (!sound || !challenge || !bits) return std::nullopt;
  return make_puzzle(*challenge, *bits, Unit::bits, count.value_or(1));
}

std::vector<Puzzle> read_puzzles(std::span<const std::string_view> www_authenticate) {
  std::vector<Puzzle> found;
  for (const std::string_view line : www_authenticate) {
    if (line.size() > kLineCharactersMax) continue;
    const auto challenges = http::parse_challenges(line);
    if (!challenges) continue;
    for (const http::Challenge& challenge : *challenges) {
      auto puzzle = puzzle_of(challenge);
      if (puzzle && found.size() < kPuzzlesMax) found.push_back(std::move(*puzzle));
    }
  }
  return found;
}

std::optional<Granted> read_granted(std::string_view json) {
  if (json.size() > kBodyBytesMax) return std::nullopt;
  json::Document workspace;
  const auto object = json::parse(json, workspace);
  if (!object || !object->is_object()) return std::nullopt;
  const auto macaroon = object->find("macaroon");
  const auto preimage = object->find("preimage");
  const auto token = macaroon ? macaroon->as_string() : std::nullopt;
  const auto proof = preimage ? preimage->as_string() : std::nullopt;
  const auto bytes = proof ? value_from_hex<Preimage>(*proof) : std::nullopt;
  if (!token || !bytes || !is_challenge(*token)) return std::nullopt;
  return Granted{std::string(*token), *bytes};
}

std::optional<Puzzle> make_puzzle(std::string_view challenge, unsigned difficulty, Unit unit,
                                  unsigned count) {
  if (!is_challenge(challenge) || count == 0 || count > kCountMax) return std::nullopt;
  if (difficulty > (unit == Unit::bits ? kDigestBits : kDigestBits / 4)) return std::nullopt;
  return Puzzle{std::string(challenge), unit == Unit::bits ? difficulty : difficulty * 4, count};
}

}  // namespace tollhouse::pow
