// http: the field lines of a head, as views into the caller's buffer, and the scanner that reads
// them byte by byte without ever going back (RFC 9112 5). Shared by requests and answers.
#pragma once
#include <array>
#include <bitset>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "http/limits.h"
#include "http/names.h"
#include "http/reason.h"

namespace tollhouse::http {

struct Field {
  std::string_view name;   ///< as it was sent; compare without regard to case
  std::string_view value;  ///< without blanks at its ends; may hold obs-text
  KnownField known = KnownField::other;
  bool connection_named = false;  ///< `Connection` names it: it ends at this hop
};

/// At most 128 fields, no allocation. Offsets inside, views outside: when the buffer moves, one
/// `rebase` puts all right. Views live as long as the buffer stays where it is.
class FieldList {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Field operator[](std::size_t i) const {
    const Entry& entry = entries_[i];
    return {{base_ + entry.name_at, entry.name_size},
            {base_ + entry.value_at, entry.value_size},
            entry.known,
            connection_named_[i]};
  }

  /// How often a name occurs.
  std::size_t count(KnownField field) const { return counts_[static_cast<std::size_t>(field)]; }
  bool has(KnownField field) const { return count(field) != 0; }
  /// Value of the first line of that name.
  std::optional<std::string_view> find(KnownField field) const {
    if (!has(field)) return std::nullopt;
    return (*this)[first_[static_cast<std::size_t>(field)]].value;
  }
  /// The same, empty where there is none.
  std::string_view value(KnownField field) const {
    return find(field).value_or(std::string_view());
  }
  /// By any name; a search.
  std::optional<std::string_view> find(std::string_view name) const;

  /// `visit(std::string_view value)` for each line of that name, in order.
  template <class Visit>
  void for_each(KnownField field, Visit&& visit) const {
    std::size_t left = count(field);
    for (std::size_t i = first_[static_cast<std::size_t>(field)]; left != 0; ++i) {
      if (entries_[i].known != field) continue;
      visit((*this)[i].value);
      --left;
    }
  }

  class Iterator {
   public:
    Iterator(const FieldList& list, std::size_t at) : list_(&list), at_(at) {}
    Field operator*() const { return (*list_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    const FieldList* list_;
    std::size_t at_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size_}; }

  /// The buffer now begins at `base`.
  void rebase(const char* base) { base_ = base; }
  void clear();
  /// False when all places are taken.
  bool add(std::size_t name_at, std::size_t name_size, std::size_t value_at, std::size_t value_size,
           KnownField known);

  /// Marks the fields that `Connection` names; `close` says whether it holds that option. Refuses
  /// an option that is no token or names a protected field, and more than kConnectionOptionsMax.
  /// With `forgiving` (answers of upstreams) such options are passed over.
  struct ConnectionOptions {
    bool close = false;
    bool keep_alive = false;
  };
  Result<ConnectionOptions, Refusal> read_connection_options(bool forgiving = false);

 private:
  struct Entry {
    std::uint32_t name_at;
    std::uint32_t name_size;
    std::uint32_t value_at;
    std::uint32_t value_size;
    KnownField known;
  };

  void mark_connection_named(std::string_view option);

  const char* base_ = nullptr;
  std::size_t size_ = 0;
  std::array<Entry, kFieldsCapacity> entries_;
  std::bitset<kFieldsCapacity> connection_named_;
  std::array<std::uint8_t, kKnownFields> first_{};
  std::array<std::uint8_t, kKnownFields> counts_{};
};

/// What to do with names that hold an underscore.
enum class Underscores : std::uint8_t {
  refuse_aliases,  ///< requests: aliases of known names refused, others dropped, Mcp-Param-* kept
  drop_aliases,    ///< answers: aliases dropped, others kept
};

/// Reads field lines up to and with the empty line that ends a head. Each byte is looked at once;
/// the first fault in the order of bytes is the verdict, however the bytes are split (RS-6).
class FieldScanner {
 public:
  enum class Status : std::uint8_t { need_more, complete, refused };

  /// Starts at offset `at` of the buffer.
  void start(std::size_t at) {
    at_ = at;
    lines_ = 0;
    phase_ = Phase::line_start;
  }
  /// Goes on in `text`, the whole buffer from its first byte.
  Status scan(std::string_view text, std::size_t fields_max, Underscores underscores,
              FieldList& fields);
  /// After `complete`: offset behind the empty line. After `need_more`: all of the text.
  std::size_t at() const { return at_; }
  Refusal refusal() const { return refusal_; }

 private:
  enum class Phase : std::uint8_t { line_start, name, value, value_end, end };

  Status refuse_with(Reason reason) {
    refusal_ = reason;
    return Status::refused;
  }
  bool finish_field(std::string_view text, Underscores underscores, FieldList& fields);

  std::size_t at_ = 0;
  std::size_t name_at_ = 0;
  std::size_t name_end_ = 0;
  std::size_t lines_ = 0;
  Phase phase_ = Phase::line_start;
  bool underscore_ = false;
  Refusal refusal_ = Reason::http_line_end;
};

/// How long a body is (RFC 9112 6.3).
struct Framing {
  enum class Kind : std::uint8_t { none, content_length, chunked, until_close };
  Kind kind = Kind::none;
  std::uint64_t length = 0;  ///< of content_length

  friend bool operator==(const Framing&, const Framing&) = default;
};

/// Reads Content-Length and Transfer-Encoding; `none` where neither is there. Errors, the first
/// that applies: http_length_conflict, http_transfer_encoding, http_content_length.
Result<Framing, Refusal> read_framing(const FieldList& fields, int minor_version);

}  // namespace tollhouse::http
