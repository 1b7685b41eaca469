// json: strict RFC 8259 reading in one pass. Promises: no tree of nodes, no recursion, no
// allocation once the workspace is warm, and the exact bytes of every value and member, so that a
// gate can cut and forward what it was given. Spec: mcp-gateway.md 4.2.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/reason.h"
#include "base/result.h"
#include "json/limits.h"

namespace tollhouse::json {

/// In the order of the tokens in mcp-gateway.md 4.10. Precedence: empty, BOM and UTF-8 are judged
/// over the whole text first; a lone surrogate gives way to a fault of syntax anywhere; of the
/// others the first one met counts, duplicates being met where their object ends.
enum class Reason : std::uint8_t {
  json_empty,
  json_bom,
  json_utf8,
  json_surrogate,
  json_syntax,
  json_trailing,
  json_depth,
  json_duplicate_key,
  json_limit,
};

inline constexpr ReasonRow<Reason> kReasons[] = {
    {Reason::json_empty, "json_empty", Cure::change_request, "The body is empty."},
    {Reason::json_bom, "json_bom", Cure::change_request, "The body begins with a byte-order mark."},
    {Reason::json_utf8, "json_utf8", Cure::change_request, "The body is not UTF-8."},
    {Reason::json_surrogate, "json_surrogate", Cure::change_request,
     "A string has a surrogate escape without its partner."},
    {Reason::json_syntax, "json_syntax", Cure::change_request, "The body is not JSON (RFC 8259)."},
    {Reason::json_trailing, "json_trailing", Cure::change_request,
     "Something follows the JSON value."},
    {Reason::json_depth, "json_depth", Cure::change_request, "The JSON is nested too deeply."},
    {Reason::json_duplicate_key, "json_duplicate_key", Cure::change_request,
     "An object has two members of one name."},
    {Reason::json_limit, "json_limit", Cure::change_request,
     "A member count, a member name or a number is too large."},
};
static_assert(rows_in_enum_order(kReasons));

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

class Document;

/// One value or one member name on the tape. Of the house's own making; callers use `Value`.
struct Token {
  std::uint32_t begin;  ///< offset of the first byte of the value
  std::uint32_t end;    ///< offset one past its last byte
  std::uint32_t next;   ///< tape index after the value and all it contains
  std::uint32_t info;   ///< kind in 3 bits, escape flag in 1, count of children above
};

class Members;
class Elements;
class Value;

/// Reads one JSON text of any top-level kind. Pure but for the workspace.
///
///  text    kept by reference: it must outlive the use of the answer
///  errors  see Reason
Result<Value, Reason> parse(std::string_view text, Document& workspace, const Limits& limits = {});

/// A light cursor into a Document: copy freely. Valid until the document is used again or the text
/// it was read from goes away.
class Value {
 public:
  Kind kind() const;
  bool is_null() const { return kind() == Kind::null; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_object() const { return kind() == Kind::object; }

  /// The exact bytes of the value in the text, without surrounding blanks.
  std::string_view raw() const;
  std::optional<bool> as_bool() const;
  /// A string after unescaping: a view of the text itself when nothing is escaped.
  std::optional<std::string_view> as_string() const;
  /// The text of a number, any size.
  std::optional<std::string_view> as_number() const;
  /// A number written as an integer (no fraction, no exponent, no minus for u64) that fits.
  std::optional<std::uint64_t> as_u64() const;
  std::optional<std::int64_t> as_i64() const;

  /// Number of members or elements; 0 for scalars.
  std::size_t size() const;
  /// The member of exactly this (unescaped) name; nothing if there is none or this is no object.
  std::optional<Value> find(std::string_view name) const;
  /// The members in order; empty unless this is an object.
  Members members() const;
  /// The elements in order; empty unless this is an array.
  Elements elements() const;

 private:
  friend class Document;
  friend class Members;
  friend class Elements;
  friend struct Member;
  friend Result<Value, Reason> parse(std::string_view, Document&, const Limits&);
  Value(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
  const Token& token() const;

  const Document* document_;
  std::uint32_t index_;
};

struct Member {
  /// Unescaped.
  std::string_view name() const;
  /// From the opening quote of the name to the last byte of the value.
  std::string_view raw() const;
  /// The name as written, with its quotes.
  std::string_view raw_name() const;

  Value name_value;  ///< the name as a string value
  Value value;
};

class Members {
 public:
  class Iterator {
   public:
    Member operator*() const;
    Iterator& operator++();
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }

   private:
    friend class Members;
    Iterator(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
    const Document* document_;
    std::uint32_t index_;
  };
  Iterator begin() const { return {document_, first_}; }
  Iterator end() const { return {document_, last_}; }

 private:
  friend class Value;
  Members(const Document* document, std::uint32_t first, std::uint32_t last)
      : document_(document), first_(first), last_(last) {}
  const Document* document_;
  std::uint32_t first_;
  std::uint32_t last_;
};

class Elements {
 public:
  class Iterator {
   public:
    Value operator*() const { return {document_, index_}; }
    Iterator& operator++();
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }

   private:
    friend class Elements;
    Iterator(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
    const Document* document_;
    std::uint32_t index_;
  };
  Iterator begin() const { return {document_, first_}; }
  Iterator end() const { return {document_, last_}; }

 private:
  friend class Value;
  Elements(const Document* document, std::uint32_t first, std::uint32_t last)
      : document_(document), first_(first), last_(last) {}
  const Document* document_;
  std::uint32_t first_;
  std::uint32_t last_;
};

/// The workspace of a reading: the tape, scratch for duplicate names, unescaped strings. Reused
/// between texts; what was read before is gone with the next `parse`.
class Document {
 public:
  /// `seed` keys the hash of member names in large objects: secret and per process where strangers
  /// write the text, any value elsewhere.
  explicit Document(std::uint64_t seed = 0) : seed_(seed) {}
  Document(const Document&) = delete;  // values point to it
  Document& operator=(const Document&) = delete;

  std::string_view text() const { return text_; }

 private:
  friend class Value;
  friend struct Member;
  friend class Members;
  friend class Elements;
  friend class Reading;
  friend Result<Value, Reason> parse(std::string_view, Document&, const Limits&);

  void prepare(std::string_view text);
  /// Room for `size` bytes that lives until the next text.
  char* take(std::size_t size) const;

  std::string_view text_;
  std::unique_ptr<Token[]> tape_;
  std::uint32_t tape_capacity_ = 0;
  std::uint64_t seed_;
  std::vector<std::string_view> names_;    ///< of the object just closed
  std::vector<std::uint32_t> name_slots_;  ///< open addressing over names_, index + 1
  mutable std::vector<std::unique_ptr<char[]>> blocks_;
  mutable std::size_t block_left_ = 0;
  mutable char* block_at_ = nullptr;
};

}  // namespace tollhouse::json
