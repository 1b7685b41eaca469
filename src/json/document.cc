// json: the workspace and the cursors into it.
#include <algorithm>
#include <charconv>

#include "base/invariant.h"
#include "json/reader.h"
#include "json/text_scan.h"
#include "json/token.h"

namespace tollhouse::json {
namespace {

template <class Int>
std::optional<Int> integer(std::string_view text) {
  Int value{};
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

void Document::prepare(std::string_view text) {
  text_ = text;
  // A value takes one byte and, but for openings, another one to part it from the next.
  const auto needed = static_cast<std::uint32_t>(text.size() / 2 + kDepthMax + 2);
  const bool give_back = tape_capacity_ > kKeptTokensMax && needed <= kKeptTokensMax;
  if (needed > tape_capacity_ || give_back) {
    tape_.reset();
    tape_capacity_ = std::max(needed, std::uint32_t{1024});
    tape_ = std::make_unique_for_overwrite<Token[]>(tape_capacity_);
  }
  if (blocks_.size() > 1) blocks_.resize(1);
  block_at_ = blocks_.empty() ? nullptr : blocks_.front().get();
  block_left_ = blocks_.empty() ? 0 : kBlockBytes;
}

char* Document::take(std::size_t size) const {
  if (size > block_left_) {
    // The first block is always of the kept size.
    if (blocks_.empty() && size > kBlockBytes) {
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockBytes));
    }
    const std::size_t block = std::max(size, kBlockBytes);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block));
    block_at_ = blocks_.back().get();
    block_left_ = block;
  }
  char* const taken = block_at_;
  block_at_ += size;
  block_left_ -= size;
  return taken;
}

const Token& Value::token() const { return document_->tape_[index_]; }

Kind Value::kind() const { return kind_of(token()); }

std::string_view Value::raw() const {
  return document_->text_.substr(token().begin, token().end - token().begin);
}

std::optional<bool> Value::as_bool() const {
  if (kind() != Kind::boolean) return std::nullopt;
  return document_->text_[token().begin] == 't';
}

std::optional<std::string_view> Value::as_string() const {
  if (kind() != Kind::string) return std::nullopt;
  const std::string_view quoted = raw();
  const std::string_view inner = quoted.substr(1, quoted.size() - 2);
  if (!has_escapes(token())) return inner;
  char* const room = document_->take(inner.size());
  return std::string_view(room, unescape(inner, room));
}

std::optional<std::string_view> Value::as_number() const {
  if (kind() != Kind::number) return std::nullopt;
  return raw();
}

std::optional<std::uint64_t> Value::as_u64() const {
  if (kind() != Kind::number) return std::nullopt;
  return integer<std::uint64_t>(raw());
}

std::optional<std::int64_t> Value::as_i64() const {
  if (kind() != Kind::number) return std::nullopt;
  return integer<std::int64_t>(raw());
}

std::size_t Value::size() const { return count_of(token()); }

std::optional<Value> Value::find(std::string_view name) const {
  for (const Member& member : members()) {
    if (!has_escapes(member.name_value.token())) {
      const std::string_view written = member.raw_name();
      if (written.size() == name.size() + 2 && written.substr(1, name.size()) == name) {
        return member.value;
      }
    } else if (member.name() == name) {
      return member.value;
    }
  }
  return std::nullopt;
}

Members Value::members() const {
  const bool any = kind() == Kind::object;
  return {document_, index_ + 1, any ? token().next : index_ + 1};
}

Elements Value::elements() const {
  const bool any = kind() == Kind::array;
  return {document_, index_ + 1, any ? token().next : index_ + 1};
}

std::string_view Member::name() const { return *name_value.as_string(); }

std::string_view Member::raw_name() const { return name_value.raw(); }

std::string_view Member::raw() const {
  const Document& document = *value.document_;
  const std::uint32_t begin = name_value.token().begin;
  return document.text_.substr(begin, value.token().end - begin);
}

Member Members::Iterator::operator*() const {
  return {Value(document_, index_), Value(document_, index_ + 1)};
}

Members::Iterator& Members::Iterator::operator++() {
  index_ = document_->tape_[index_ + 1].next;
  return *this;
}

Elements::Iterator& Elements::Iterator::operator++() {
  index_ = document_->tape_[index_].next;
  return *this;
}

}  // namespace tollhouse::json
