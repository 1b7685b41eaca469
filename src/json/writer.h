// json: the house's builder of JSON texts: appends to a string, puts the commas, escapes minimally.
// Commas follow from what was written last, so there is no stack and no nesting limit.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tollhouse::json {

/// Appends `text` as a JSON string with quotes. Only `"`, `\` and control characters are escaped
/// (the short forms where there are some, as RFC 8785 3.2.2.2). Bytes that are no UTF-8 become
/// U+FFFD: what comes out can always be read.
void append_string(std::string& out, std::string_view text);

/// `Writer(out).begin_object().member("a", 1u).end_object()`. The caller keeps begin and end in
/// pairs and writes a name before each value of an object; nothing else can go wrong.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& begin_object() { return opened('{'); }
  Writer& end_object() { return closed('}'); }
  Writer& begin_array() { return opened('['); }
  Writer& end_array() { return closed(']'); }
  Writer& name(std::string_view text);

  Writer& string(std::string_view text);
  Writer& u64(std::uint64_t number);
  Writer& i64(std::int64_t number);
  Writer& boolean(bool truth);
  Writer& null();
  /// A JSON text made elsewhere, spliced in as it is.
  Writer& raw(std::string_view json);

  Writer& member(std::string_view key, std::string_view text) { return name(key).string(text); }
  Writer& member(std::string_view key, const char* text) { return name(key).string(text); }
  Writer& member(std::string_view key, bool truth) { return name(key).boolean(truth); }
  Writer& member(std::string_view key, std::uint64_t number) { return name(key).u64(number); }
  Writer& member(std::string_view key, std::uint32_t number) { return name(key).u64(number); }
  Writer& member(std::string_view key, std::int64_t number) { return name(key).i64(number); }
  Writer& member(std::string_view key, std::int32_t number) { return name(key).i64(number); }
  Writer& raw_member(std::string_view key, std::string_view json) { return name(key).raw(json); }

 private:
  Writer& opened(char bracket);
  Writer& closed(char bracket);
  Writer& word(std::string_view text);
  void part();  ///< a comma where one is due

  std::string& out_;
  bool comma_due_ = false;
};

}  // namespace tollhouse::json
