// cli: files and standard input that a command reads.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "cli/terminal.h"

namespace tollhouse::cli {

/// Nothing a command reads is larger (receipts, key sets, lists of things to inspect).
inline constexpr std::size_t kInputBytesMax = 16 * 1024 * 1024;

/// The content of a file, or of standard input for `-`. Nothing where it cannot be read.
std::optional<std::string> read_input_file(const std::string& file, const Terminal& terminal);
/// Says that a file cannot be read; wrong usage.
int file_failure(const std::string& file, const Terminal& terminal);
/// Without blanks and line ends around it.
std::string_view without_blanks(std::string_view text);

}  // namespace tollhouse::cli
