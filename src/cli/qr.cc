// cli: drawing QR codes.
#include "cli/qr.h"

#include <algorithm>
#include <cctype>
#include <qrcodegen/qrcodegen.hpp>

namespace tollhouse::cli {
namespace {

constexpr int kQuietZone = 4;
constexpr std::string_view kBlackOnWhite = "\x1b[30;107m";
constexpr std::string_view kPlain = "\x1b[0m";

/// The code with its quiet zone; outside of it all is light.
class Picture {
 public:
  explicit Picture(const qrcodegen::QrCode& code) : code_(code) {}
  int size() const { return code_.getSize() + 2 * kQuietZone; }
  bool dark(int x, int y) const { return code_.getModule(x - kQuietZone, y - kQuietZone); }

 private:
  const qrcodegen::QrCode& code_;
};

std::string_view half_block(bool upper, bool lower) {
  if (upper && lower) return "█";
  if (upper) return "▀";
  return lower ? "▄" : " ";
}

std::string in_blocks(const Picture& picture, bool coloured) {
  std::string text;
  for (int y = 0; y < picture.size(); y += 2) {
    if (coloured) text += kBlackOnWhite;
    for (int x = 0; x < picture.size(); ++x) {
      const bool below = y + 1 < picture.size() && picture.dark(x, y + 1);
      // In colour ink is dark; else ink is what shines on a dark terminal.
      text += coloured ? half_block(picture.dark(x, y), below)
                       : half_block(!picture.dark(x, y), y + 1 < picture.size() && !below);
    }
    if (coloured) text += kPlain;
    text += '\n';
  }
  return text;
}

std::string in_ascii(const Picture& picture) {
  std::string text;
  for (int y = 0; y < picture.size(); ++y) {
    for (int x = 0; x < picture.size(); ++x) text += picture.dark(x, y) ? "  " : "##";
    text += '\n';
  }
  return text;
}

QrInk ink_for(const StreamTraits& traits) {
  if (!traits.utf8) return QrInk::ascii;
  return traits.colour ? QrInk::coloured : QrInk::blocks;
}

/// Characters of the first line: colours and the bytes of one block take no room.
int width_of(std::string_view text) {
  int width = 0;
  bool in_sequence = false;
  for (const char c : text.substr(0, text.find('\n'))) {
    if (c == '\x1b') in_sequence = true;
    const bool continues = (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
    if (!in_sequence && !continues) ++width;
    if (in_sequence && c == 'm') in_sequence = false;
  }
  return width;
}

}  // namespace

std::optional<std::string> qr_text(std::string_view invoice, QrInk ink) {
  std::string text = "LIGHTNING:" + std::string(invoice);
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  try {
    const auto code = qrcodegen::QrCode::encodeText(text.c_str(), qrcodegen::QrCode::Ecc::MEDIUM);
    const Picture picture(code);
    return ink == QrInk::ascii ? in_ascii(picture) : in_blocks(picture, ink == QrInk::coloured);
  } catch (const qrcodegen::data_too_long&) {
    return std::nullopt;
  }
}

void show_qr(std::string_view invoice, const Terminal& terminal) {
  const StreamTraits& traits = terminal.out_traits();
  if (!traits.terminal || terminal.json()) return;
  const auto text = qr_text(invoice, ink_for(traits));
  if (text && width_of(*text) <= traits.columns) terminal.result(*text);
}

}  // namespace tollhouse::cli
