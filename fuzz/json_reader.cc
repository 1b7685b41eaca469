// fuzz: the JSON reader. Offsets lie inside the text, strings and members agree with their bytes,
// canonical form is stable, reading again gives the same.
#include <cstdint>

#include "json/canonical.h"
#include "json/reader.h"

namespace {

using tollhouse::json::Document;
using tollhouse::json::Member;
using tollhouse::json::parse;
using tollhouse::json::Value;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void walk(const Value& value, std::string_view inside) {
  const std::string_view raw = value.raw();
  require(raw.data() >= inside.data() && raw.data() + raw.size() <= inside.data() + inside.size());
  require(!raw.empty());
  std::size_t children = 0;
  for (const Member& member : value.members()) {
    walk(member.value, raw);
    require(value.find(member.name()).value().raw().data() == member.value.raw().data());
    ++children;
  }
  for (const Value element : value.elements()) {
    walk(element, raw);
    ++children;
  }
  require(children == value.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Document document(42);
  static Document again(43);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = parse(text, document);
  const auto second = parse(text, again);
  require(value.has_value() == second.has_value());
  if (!value) {
    require(value.error() == second.error());
    return 0;
  }
  if (size < 4096) walk(*value, text);
  const auto canonical = tollhouse::json::canonical(*value);
  if (!canonical) return 0;
  const auto reread = parse(*canonical, again);
  require(reread.has_value());
  require(tollhouse::json::canonical(*reread).value() == *canonical);
  return 0;
}
