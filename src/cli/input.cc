// cli: reading files and standard input.
#include "cli/input.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/format.h"
#include "base/utf8.h"

namespace tollhouse::cli {

std::optional<std::string> read_input_file(const std::string& file, const Terminal& terminal) {
  if (file == "-") return terminal.input();
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) return std::nullopt;
  if (std::filesystem::file_size(file, error) > kInputBytesMax && !error) return std::nullopt;
  std::ifstream stream(file, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  if (!stream) return std::nullopt;
  return content.str();
}

int file_failure(const std::string& file, const Terminal& terminal) {
  return terminal.fail({Exit::usage, "file_unreadable",
                        fmt::format("{} cannot be read", printable(file)),
                        "give a file, or - for standard input"});
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace tollhouse::cli
