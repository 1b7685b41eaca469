// cli: an invoice as a QR code for a terminal, so that a wallet on a telephone can pay it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "cli/terminal.h"

namespace tollhouse::cli {

/// How modules become characters. Half blocks put two rows into one line.
enum class QrInk : std::uint8_t {
  coloured,  ///< half blocks in black and white, whatever the terminal's own colours are
  blocks,    ///< half blocks; light modules are drawn, as most terminals are dark
  ascii,     ///< "##" for a light module, two blanks for a dark one
};

/// `LIGHTNING:` and the invoice in capitals, which makes the smallest code (ux-and-ops.md 6.1):
/// error level M, four light modules around. Lines end in a newline. Nothing where it is too long.
std::optional<std::string> qr_text(std::string_view invoice, QrInk ink);

/// Prints it where standard output is a terminal that has room; elsewhere nothing.
void show_qr(std::string_view invoice, const Terminal& terminal);

}  // namespace tollhouse::cli
