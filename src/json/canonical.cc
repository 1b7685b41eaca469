// json: canonical form. Recursion is bounded by the reader's depth limit.
#include "json/canonical.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/utf8.h"
#include "json/writer.h"

namespace tollhouse::json {
namespace {

/// UTF-8 byte order is code point order; UTF-16 differs where surrogates stand below U+E000-U+FFFF.
bool before_in_utf16(std::string_view a, std::string_view b) {
  const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (left == a.end() || right == b.end()) return a.size() < b.size();
  const auto rank = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool above_surrogates = byte == 0xee || byte == 0xef;
    return above_surrogates ? byte + 0x100 : int{byte};
  };
  return rank(*left) < rank(*right);
}

class Canonical {
 public:
  bool append(const Value& value) {
    switch (value.kind()) {
      case Kind::null:
      case Kind::boolean:
        out_ += value.raw();
        return true;
      case Kind::string:
        append_string(out_, *value.as_string());
        return true;
      case Kind::number:
        return append_number(value.raw());
      case Kind::array:
        return append_array(value);
      case Kind::object:
        return append_object(value);
    }
    return false;
  }
  std::string take() { return std::move(out_); }

 private:
  bool append_number(std::string_view text) {
    double number = 0;
    const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || stop != text.data() + text.size()) return false;
    out_ += ecmascript_number(number);
    return true;
  }

  bool append_array(const Value& array) {
    out_ += '[';
    bool first = true;
    for (const Value element : array.elements()) {
      if (!first) out_ += ',';
      first = false;
      if (!append(element)) return false;
    }
    out_ += ']';
    return true;
  }

  bool append_object(const Value& object) {
    struct Named {
      std::string_view name;
      Value value;
    };
    std::vector<Named> members;
    members.reserve(object.size());
    for (const Member& member : object.members()) members.push_back({member.name(), member.value});
    std::sort(members.begin(), members.end(),
              [](const Named& a, const Named& b) { return before_in_utf16(a.name, b.name); });
    out_ += '{';
    bool first = true;
    for (const Named& member : members) {
      if (!first) out_ += ',';
      first = false;
      append_string(out_, member.name);
      out_ += ':';
      if (!append(member.value)) return false;
    }
    out_ += '}';
    return true;
  }

  std::string out_;
};

}  // namespace

std::string ecmascript_number(double number) {
  if (number == 0) return "0";  // also for minus zero
  char text[32];
  const auto end =
      std::to_chars(text, text + sizeof text, std::abs(number), std::chars_format::scientific).ptr;
  const std::string_view written(text, static_cast<std::size_t>(end - text));
  const std::size_t e = written.find('e');
  std::string digits(1, written[0]);
  if (e > 2) digits += written.substr(2, e - 2);
  int exponent = 0;
  const std::size_t sign = e + 1;
  std::from_chars(written.data() + sign + 1, end, exponent);
  if (written[sign] == '-') exponent = -exponent;

  // ECMA-262: k digits, the value is 0.digits times ten to the power n.
  const int k = static_cast<int>(digits.size());
  const int n = exponent + 1;
  std::string out = number < 0 ? "-" : "";
  if (k <= n && n <= 21) return out + digits + std::string(static_cast<std::size_t>(n - k), '0');
  if (0 < n && n <= 21) {
    const auto point = static_cast<std::size_t>(n);
    return out + digits.substr(0, point) + '.' + digits.substr(point);
  }
  if (-6 < n && n <= 0) return out + "0." + std::string(static_cast<std::size_t>(-n), '0') + digits;
  out += digits[0];
  if (k > 1) out += '.' + digits.substr(1);
  out += n - 1 < 0 ? "e-" : "e+";
  return out + std::to_string(std::abs(n - 1));
}

Result<std::string, Reason> canonical(const Value& value) {
  Canonical text;
  if (!text.append(value)) return refuse(Reason::json_limit);
  return text.take();
}

}  // namespace tollhouse::json
