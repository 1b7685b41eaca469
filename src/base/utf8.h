// base: UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollhouse {

/// Length in bytes (1 to 4) of the well-formed character at the start of `text`; 0 if there is
/// none.
std::size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);
/// The character at the start of `text`, which is well-formed and `length` bytes long.
char32_t utf8_code_point(std::string_view text, std::size_t length);
/// Caller text for a log or a message: at most `bytes_max` bytes, all but printable ASCII as \xNN.
std::string printable(std::string_view text, std::size_t bytes_max = 128);

}  // namespace tollhouse
