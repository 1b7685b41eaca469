// dialogue: looking into a reply's head.
#include "dialogue/reply.h"

#include "http/characters.h"

namespace tollhouse::dialogue {

std::optional<std::string_view> Reply::find(std::string_view name) const {
  for (const FieldLine& field : fields) {
    if (http::equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Reply::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const FieldLine& field : fields) {
    if (http::equal_ignoring_case(field.name, name)) values.emplace_back(field.value);
  }
  return values;
}

std::string Reply::media_type() const {
  const std::string_view value = find("Content-Type").value_or("");
  std::string type(value.substr(0, value.find(';')));
  while (!type.empty() && http::is_blank(type.back())) type.pop_back();
  for (char& c : type) c = http::lower(c);
  return type;
}

}  // namespace tollhouse::dialogue
