// json: the reader itself: a loop over the innermost open container, its stack a fixed array.
#include "json/reader.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/invariant.h"
#include "json/name_hash.h"
#include "json/text_scan.h"
#include "json/token.h"

namespace tollhouse::json {

/// One reading of one text. Functions answer false when the text is refused; why is in reason_.
class Reading {
 public:
  Reading(Document& document, const Limits& limits)
      : document_(document),
        limits_(limits),
        begin_(document.text_.data()),
        at_(begin_),
        end_(begin_ + document.text_.size()),
        tape_(document.tape_.get()),
        tape_next_(tape_),
        tape_end_(tape_ + document.tape_capacity_) {}

  bool read() {
    skip_blanks();
    if (at_ == end_) return refused(Reason::json_empty);
    if (!value()) return false;
    while (depth_ > 0) {
      if (!step()) return false;
    }
    skip_blanks();
    if (at_ != end_) return refused(Reason::json_trailing);
    return !lone_surrogate_ || refused(Reason::json_surrogate);
  }

  Reason reason() const { return reason_; }

 private:
  struct Container {
    std::uint32_t index;  ///< of its token
    std::uint32_t count;
    char closing;
  };

  bool refused(Reason reason) {
    const bool give_way = lone_surrogate_ && reason != Reason::json_syntax;
    reason_ = give_way ? Reason::json_surrogate : reason;
    return false;
  }
  bool syntax() { return refused(Reason::json_syntax); }

  std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - begin_); }

  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  std::uint32_t tape_size() const { return static_cast<std::uint32_t>(tape_next_ - tape_); }

  void append(const char* from, std::uint32_t info) {
    invariant(tape_next_ != tape_end_);
    *tape_next_ = {offset(from), offset(at_), tape_size() + 1, info};
    ++tape_next_;
  }

  /// One member, one element or the end of the innermost container.
  bool step() {
    skip_blanks();
    if (at_ == end_) return syntax();
    Container& inner = open_[depth_ - 1];
    if (*at_ == inner.closing) return close(inner);
    if (inner.count > 0) {
      if (*at_ != ',') return syntax();
      ++at_;
      skip_blanks();
    }
    ++inner.count;
    if (inner.closing == '}' && !member_name(inner)) return false;
    return value();
  }

  bool member_name(const Container& object) {
    if (at_ == end_ || *at_ != '"') return syntax();
    const char* const from = at_;
    if (!string()) return false;
    if (at_ - from > static_cast<std::ptrdiff_t>(limits_.name_bytes) + 2) {
      return refused(Reason::json_limit);
    }
    skip_blanks();
    if (at_ == end_ || *at_ != ':') return syntax();
    ++at_;
    skip_blanks();
    return object.count <= limits_.members || refused(Reason::json_limit);
  }

  bool value() {
    if (at_ == end_) return syntax();
    switch (*at_) {
      case '"':
        return string();
      case '{':
        return open('}', Kind::object);
      case '[':
        return open(']', Kind::array);
      case 't':
        return word("true", Kind::boolean);
      case 'f':
        return word("false", Kind::boolean);
      case 'n':
        return word("null", Kind::null);
      default:
        return number();
    }
  }

  bool open(char closing, Kind kind) {
    if (depth_ >= limits_.depth || depth_ >= kDepthMax) return refused(Reason::json_depth);
    open_[depth_++] = {tape_size(), 0, closing};
    append(at_, info_of(kind));
    ++at_;
    return true;
  }

  bool close(const Container& inner) {
    ++at_;
    --depth_;
    Token& token = tape_[inner.index];
    token.end = offset(at_);
    token.next = tape_size();
    token.info |= inner.count << kCountShift;
    if (inner.closing == ']' || inner.count < 2) return true;
    return names_differ(inner) || refused(Reason::json_duplicate_key);
  }

  bool word(std::string_view expected, Kind kind) {
    const char* const from = at_;
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, expected.size()) !=
        expected) {
      return syntax();
    }
    at_ += expected.size();
    append(from, info_of(kind));
    return true;
  }

  bool digits() {
    const char* const from = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != from;
  }

  bool number() {
    const char* const from = at_;
    if (*at_ == '-') ++at_;
    const char* const whole = at_;
    if (!digits() || (*whole == '0' && at_ - whole > 1)) return syntax();
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return syntax();
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) return syntax();
    }
    if (at_ - from > static_cast<std::ptrdiff_t>(limits_.number_characters)) {
      return refused(Reason::json_limit);
    }
    append(from, info_of(Kind::number));
    return true;
  }

  bool string() {
    const char* const from = at_++;
    std::uint32_t info = info_of(Kind::string);
    for (;;) {
      at_ = plain_run_end(at_, end_);
      if (at_ == end_) return syntax();
      if (*at_ == '"') break;
      if (*at_ != '\\' || !escape()) return syntax();
      info |= kEscapedBit;
    }
    ++at_;
    append(from, info);
    return true;
  }

  bool escape() {
    if (end_ - at_ < 2) return false;
    const char letter = at_[1];
    at_ += 2;
    switch (letter) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        return true;
      case 'u':
        return unicode_escape();
      default:
        return false;
    }
  }

  bool unicode_escape() {
    if (end_ - at_ < 4) return false;
    const int unit = four_hex_digits(at_);
    if (unit < 0) return false;
    at_ += 4;
    if (unit < 0xd800 || unit >= 0xe000) return true;
    if (unit < 0xdc00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
      const int low = four_hex_digits(at_ + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        at_ += 6;
        return true;
      }
    }
    lone_surrogate_ = true;  // judged at the end: a fault of syntax goes before it
    return true;
  }

  /// Between the quotes, as written.
  std::string_view written_name(const Token& token) const {
    return {begin_ + token.begin + 1, token.end - token.begin - 2};
  }

  /// The name of the member whose name token is `index`, unescaped, without its quotes.
  std::string_view name_at(std::uint32_t index) const {
    const Token& token = tape_[index];
    const std::string_view inner = written_name(token);
    if (!has_escapes(token)) return inner;
    char* const room = document_.take(inner.size());
    return {room, unescape(inner, room)};
  }

  bool names_differ(const Container& object) {
    return object.count <= kLinearNamesMax ? few_names_differ(object) : many_names_differ(object);
  }

  /// Marks are compared first; names only where two marks agree.
  bool few_names_differ(const Container& object) {
    std::array<std::uint32_t, kLinearNamesMax> marks;
    std::array<std::uint32_t, kLinearNamesMax> indices;
    std::uint32_t index = object.index + 1;
    for (std::uint32_t i = 0; i < object.count; ++i) {
      if (has_escapes(tape_[index])) return many_names_differ(object);
      const std::string_view name = written_name(tape_[index]);
      marks[i] = mark_of(name);
      indices[i] = index;
      for (std::uint32_t earlier = 0; earlier < i; ++earlier) {
        if (marks[earlier] != marks[i]) continue;
        if (written_name(tape_[indices[earlier]]) == name) return false;
      }
      index = tape_[index + 1].next;
    }
    return true;
  }

  /// Length and three bytes: tells most names apart without looking at them again.
  static std::uint32_t mark_of(std::string_view name) {
    if (name.empty()) return 0;
    const auto byte = [name](std::size_t at) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(name[at]));
    };
    return static_cast<std::uint32_t>(name.size()) << 24 ^ byte(0) << 16 ^
           byte(name.size() / 2) << 8 ^ byte(name.size() - 1);
  }

  bool many_names_differ(const Container& object) {
    std::vector<std::string_view>& names = document_.names_;
    std::vector<std::uint32_t>& slots = document_.name_slots_;
    names.clear();
    slots.assign(std::bit_ceil(std::size_t{object.count} * 2), 0);
    const std::size_t mask = slots.size() - 1;
    std::uint32_t index = object.index + 1;
    for (std::uint32_t i = 0; i < object.count; ++i) {
      const std::string_view name = name_at(index);
      std::size_t slot = name_hash(name, document_.seed_) & mask;
      for (; slots[slot] != 0; slot = (slot + 1) & mask) {
        if (names[slots[slot] - 1] == name) return false;
      }
      names.push_back(name);
      slots[slot] = static_cast<std::uint32_t>(names.size());
      index = tape_[index + 1].next;
    }
    return true;
  }

  Document& document_;
  const Limits& limits_;
  const char* begin_;
  const char* at_;
  const char* end_;
  Token* tape_;
  Token* tape_next_;  // a pointer, because writing tokens cannot change it as it could a count
  Token* tape_end_;
  std::uint32_t depth_ = 0;
  bool lone_surrogate_ = false;
  Reason reason_ = Reason::json_syntax;
  std::array<Container, kDepthMax> open_;
};

Result<Value, Reason> parse(std::string_view text, Document& workspace, const Limits& limits) {
  if (text.empty()) return refuse(Reason::json_empty);
  if (text.starts_with("\xef\xbb\xbf")) return refuse(Reason::json_bom);
  if (!well_formed_utf8(text)) return refuse(Reason::json_utf8);
  if (text.size() > kTextBytesMax) return refuse(Reason::json_limit);
  workspace.prepare(text);
  Reading reading(workspace, limits);
  if (!reading.read()) return refuse(reading.reason());
  return Value(&workspace, 0);
}

}  // namespace tollhouse::json
