// http: field lines, Connection options and framing.
#include "http/fields.h"

#include "base/invariant.h"
#include "http/characters.h"

namespace tollhouse::http {
namespace {

/// Calls `visit(item)` for each comma-separated item that is not empty; stops when it says false.
template <class Visit>
bool each_list_item(std::string_view list, Visit&& visit) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view item = trimmed(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    if (!item.empty() && !visit(item)) return false;
  }
  return true;
}

/// Codings that RFC 9112 7 registers and the gate does not undo.
bool is_registered_coding(std::string_view name) {
  for (const std::string_view coding : {"gzip", "x-gzip", "deflate", "compress", "x-compress"}) {
    if (equal_ignoring_case(name, coding)) return true;
  }
  return false;
}

/// 501 for "gzip, chunked", which is right but not served; 400 for everything that is wrong.
Refusal refused_coding(std::string_view value) {
  bool only_registered = true;
  std::string_view last;
  each_list_item(value, [&](std::string_view item) {
    if (!last.empty() && !is_registered_coding(last)) only_registered = false;
    last = item;
    return true;
  });
  const bool chunked_last = equal_ignoring_case(last, "chunked") && value.front() != ',';
  return {Reason::http_transfer_encoding,
          static_cast<std::uint16_t>(only_registered && chunked_last ? 501 : 400)};
}

std::optional<std::uint64_t> content_length_of(std::string_view value) {
  if (value.empty() || value.size() > kContentLengthDigitsMax) return std::nullopt;
  std::uint64_t length = 0;
  for (const char c : value) {
    if (!is_in(c, kDigitCharacter)) return std::nullopt;
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return length;
}

/// Names that fall together for a reader which folds underscores.
bool same_when_folded(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char left = a[i] == '_' ? '-' : lower(a[i]);
    const char right = b[i] == '_' ? '-' : lower(b[i]);
    if (left != right) return false;
  }
  return true;
}

/// Mcp-Param-user_id beside Mcp-Param-user-id (hn-12). The very same name twice is for mcp/ to say.
bool has_folded_twin(const FieldList& fields, std::string_view name) {
  if (fields.count(KnownField::mcp_param) == 0) return false;
  for (const Field field : fields) {
    if (field.known != KnownField::mcp_param || !same_when_folded(field.name, name)) continue;
    if (!equal_ignoring_case(field.name, name)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string_view> FieldList::find(std::string_view name) const {
  for (const Field field : *this) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

void FieldList::clear() {
  size_ = 0;
  connection_named_.reset();
  first_.fill(0);
  counts_.fill(0);
}

bool FieldList::add(std::size_t name_at, std::size_t name_size, std::size_t value_at,
                    std::size_t value_size, KnownField known) {
  if (size_ == kFieldsCapacity) return false;
  entries_[size_] = {static_cast<std::uint32_t>(name_at), static_cast<std::uint32_t>(name_size),
                     static_cast<std::uint32_t>(value_at), static_cast<std::uint32_t>(value_size),
                     known};
  const auto index = static_cast<std::size_t>(known);
  if (counts_[index]++ == 0) first_[index] = static_cast<std::uint8_t>(size_);
  ++size_;
  return true;
}

void FieldList::mark_connection_named(std::string_view option) {
  const KnownField known = known_field(option);
  for (std::size_t i = 0; i < size_; ++i) {
    if (entries_[i].known != known) continue;
    if (equal_ignoring_case((*this)[i].name, option)) connection_named_.set(i);
  }
}

Result<FieldList::ConnectionOptions, Refusal> FieldList::read_connection_options(bool forgiving) {
  ConnectionOptions options;
  if (!has(KnownField::connection)) return options;
  std::size_t seen = 0;
  bool good = true;
  for_each(KnownField::connection, [&](std::string_view line) {
    good = good && each_list_item(line, [&](std::string_view option) {
             if (++seen > kConnectionOptionsMax) return false;
             // What nearly every client sends. Neither names a field that is not hop-by-hop anyway.
             if (equal_ignoring_case(option, "keep-alive")) return options.keep_alive = true;
             if (equal_ignoring_case(option, "close")) return options.close = true;
             const bool bad =
                 !is_token(option) || is_protected(known_field(option)) || is_alias(option);
             if (bad) return forgiving;
             mark_connection_named(option);
             return true;
           });
  });
  if (!good) return refuse(Refusal(Reason::http_connection_option));
  return options;
}

// The phases share the cursor, which stays in a register.
// NOLINTNEXTLINE(readability-function-size)
FieldScanner::Status FieldScanner::scan(std::string_view text, std::size_t fields_max,
                                        Underscores underscores, FieldList& fields) {
  const char* const base = text.data();
  const char* const end = base + text.size();
  const char* at = base + at_;
  fields.rebase(base);
  // A cursor in a register and one loop per phase: this is the hottest code of the gate.
  while (at != end) {
    switch (phase_) {
      case Phase::line_start: {
        if (*at == '\r') {
          ++at;
          phase_ = Phase::end;
          break;
        }
        if (is_blank(*at)) return refuse_with(Reason::http_obs_fold);
        if (*at == '\n') return refuse_with(Reason::http_line_end);
        if (lines_ == fields_max) return refuse_with(Reason::header_too_large);
        ++lines_;
        name_at_ = static_cast<std::size_t>(at - base);
        underscore_ = false;
        phase_ = Phase::name;
        [[fallthrough]];
      }
      case Phase::name: {
        while (at != end && is_in(*at, kTokenCharacter)) {
          underscore_ |= *at == '_';
          ++at;
        }
        if (at == end) break;
        if (*at == '\n') return refuse_with(Reason::http_line_end);
        name_end_ = static_cast<std::size_t>(at - base);
        if (*at != ':' || name_end_ == name_at_) return refuse_with(Reason::http_header_name);
        ++at;
        phase_ = Phase::value;
        [[fallthrough]];
      }
      case Phase::value: {
        at = find_control(at, end);
        if (at == end) break;
        if (*at == '\n') return refuse_with(Reason::http_line_end);
        if (*at != '\r') return refuse_with(Reason::http_header_value);
        ++at;
        phase_ = Phase::value_end;
        if (at == end) break;
        [[fallthrough]];
      }
      case Phase::value_end: {
        if (*at != '\n') return refuse_with(Reason::http_header_value);
        at_ = static_cast<std::size_t>(at - base);
        if (!finish_field(text, underscores, fields)) return Status::refused;
        ++at;
        phase_ = Phase::line_start;
        break;
      }
      case Phase::end: {
        if (*at != '\n') return refuse_with(Reason::http_line_end);
        at_ = static_cast<std::size_t>(at - base) + 1;
        return Status::complete;
      }
    }
  }
  at_ = text.size();
  return Status::need_more;
}

bool FieldScanner::finish_field(std::string_view text, Underscores underscores, FieldList& fields) {
  const std::string_view name = text.substr(name_at_, name_end_ - name_at_);
  const std::size_t value_at = name_end_ + 1;
  const std::string_view value = trimmed(text.substr(value_at, at_ - 1 - value_at));
  const KnownField known = known_field(name);
  if (underscore_) {
    const bool alias = is_alias(name);
    if (underscores == Underscores::drop_aliases && alias) return true;
    if (underscores == Underscores::refuse_aliases && alias) {
      refusal_ = Reason::http_header_alias;
      return false;
    }
    if (underscores == Underscores::refuse_aliases && known != KnownField::mcp_param) return true;
  }
  if (known == KnownField::mcp_param && has_folded_twin(fields, name)) {
    refusal_ = Reason::http_header_alias;
    return false;
  }
  const bool added =
      fields.add(name_at_, name.size(), static_cast<std::size_t>(value.data() - text.data()),
                 value.size(), known);
  invariant(added);  // lines_ is bounded by the same number
  return true;
}

Result<Framing, Refusal> read_framing(const FieldList& fields, int minor_version) {
  const bool coded = fields.has(KnownField::transfer_encoding);
  const bool measured = fields.has(KnownField::content_length);
  if (!coded && !measured) return Framing{};
  if (coded && measured) return refuse(Refusal(Reason::http_length_conflict));
  if (coded) {
    const std::string_view coding = fields.value(KnownField::transfer_encoding);
    if (minor_version == 0 || fields.count(KnownField::transfer_encoding) != 1 || coding.empty()) {
      return refuse(Refusal(Reason::http_transfer_encoding));
    }
    if (!equal_ignoring_case(coding, "chunked")) return refuse(refused_coding(coding));
    return Framing{Framing::Kind::chunked, 0};
  }
  const auto length = content_length_of(fields.value(KnownField::content_length));
  if (fields.count(KnownField::content_length) != 1 || !length) {
    return refuse(Refusal(Reason::http_content_length));
  }
  return Framing{Framing::Kind::content_length, *length};
}

}  // namespace tollhouse::http
