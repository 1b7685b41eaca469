// lightning: cutting a description.
#include "lightning/description.h"

#include "base/utf8.h"

namespace tollhouse::lightning {

std::string_view cut_text(std::string_view text, std::size_t bytes_max) {
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t length = utf8_length(text.substr(end));
    if (length == 0 || end + length > bytes_max) break;
    end += length;
  }
  return text.substr(0, end);
}

}  // namespace tollhouse::lightning
