// http: auth-params.
#include "http/challenge.h"

#include "base/invariant.h"
#include "http/characters.h"

namespace tollhouse::http {
namespace {

/// A cursor over one field value.
class ChallengeParser {
 public:
  explicit ChallengeParser(std::string_view text) : text_(text) {}

  std::optional<std::vector<Challenge>> parse() {
    for (;;) {
      const bool separated = skip_separators();
      if (text_.empty()) return std::move(challenges_);
      if (!take_element(separated)) return std::nullopt;
    }
  }

 private:
  void skip_blanks() {
    while (!text_.empty() && is_blank(text_.front())) text_.remove_prefix(1);
  }

  /// Blanks and commas; true when there was a comma or this is the start.
  bool skip_separators() {
    bool separated = challenges_.empty();
    while (!text_.empty() && (is_blank(text_.front()) || text_.front() == ',')) {
      separated |= text_.front() == ',';
      text_.remove_prefix(1);
    }
    return separated;
  }

  std::string_view take_while(std::uint8_t classes) {
    std::size_t end = 0;
    while (end < text_.size() && is_in(text_[end], classes)) ++end;
    const std::string_view taken = text_.substr(0, end);
    text_.remove_prefix(end);
    return taken;
  }

  /// A parameter, a token68 or the scheme of a new challenge.
  bool take_element(bool separated) {
    const std::string_view word = take_while(kTokenCharacter | kToken68Character);
    if (word.empty()) return false;
    if (fresh_scheme_ && !separated && take_token68(word)) return true;
    const std::string_view behind = text_;
    skip_blanks();
    if (text_.starts_with('=')) return take_parameter(word);
    text_ = behind;
    // A scheme needs a blank, a comma or the end behind it.
    const bool ends = text_.empty() || is_blank(text_.front()) || text_.front() == ',';
    if (!ends || !is_token(word) || challenges_.size() == kChallengesMax) return false;
    challenges_.emplace_back().scheme = word;
    fresh_scheme_ = true;
    return true;
  }

  /// `abc`, `abc=` or `abc==` right behind a scheme, with nothing behind it but a comma or the end.
  bool take_token68(std::string_view word) {
    std::size_t padding = 0;
    while (padding < text_.size() && text_[padding] == '=') ++padding;
    const std::string_view rest = trimmed(text_.substr(padding));
    if (!rest.empty() && rest.front() != ',') return false;
    if (!is_all(word, kToken68Character)) return false;
    // `name=` could be an empty bare value, which the grammar does not have.
    challenges_.back().token68.assign(word).append(text_.substr(0, padding));
    text_ = rest;
    fresh_scheme_ = false;
    return true;
  }

  bool take_parameter(std::string_view name) {
    if (challenges_.empty() || !is_token(name)) return false;
    auto& parameters = challenges_.back().parameters;
    if (parameters.size() == kParametersMax) return false;
    text_.remove_prefix(1);
    skip_blanks();
    std::string value;
    if (!take_value(value)) return false;
    parameters.push_back({std::string(name), std::move(value)});
    fresh_scheme_ = false;
    return true;
  }

  bool take_value(std::string& value) {
    if (text_.empty()) return false;
    const char first = text_.front();
    if (first == '"' || first == '\'') {
      text_.remove_prefix(1);
      return first == '"' ? take_quoted(value) : take_apostrophed(value);
    }
    std::size_t end = 0;
    while (end < text_.size() && (is_in(text_[end], kToken68Character) || text_[end] == '=')) ++end;
    value = text_.substr(0, end);
    text_.remove_prefix(end);
    return end != 0;
  }

  bool take_quoted(std::string& value) {
    while (!text_.empty()) {
      char c = text_.front();
      text_.remove_prefix(1);
      if (c == '"') return true;
      if (c == '\\') {
        if (text_.empty()) return false;
        c = text_.front();
        text_.remove_prefix(1);
      }
      if (!is_in(c, kTextCharacter)) return false;
      value.push_back(c);
    }
    return false;
  }

  bool take_apostrophed(std::string& value) {
    const std::size_t end = text_.find('\'');
    if (end == std::string_view::npos || !is_all(text_.substr(0, end), kTextCharacter))
      return false;
    value = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return true;
  }

  std::string_view text_;
  std::vector<Challenge> challenges_;
  bool fresh_scheme_ = false;  // the last element was a scheme
};

}  // namespace

bool Challenge::is(std::string_view other) const { return equal_ignoring_case(scheme, other); }

std::optional<std::string_view> Challenge::find(std::string_view name) const {
  for (const Parameter& parameter : parameters) {
    if (equal_ignoring_case(parameter.name, name)) return std::string_view(parameter.value);
  }
  return std::nullopt;
}

std::optional<std::vector<Challenge>> parse_challenges(std::string_view value) {
  return ChallengeParser(value).parse();
}

bool append_parameter(std::string& out, std::string_view name, std::string_view value) {
  if (!is_token(name) || !is_all(value, kTextCharacter)) return false;
  out.append(name).append("=\"");
  for (const char c : value) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.append("\"");
  return true;
}

ChallengeWriter::ChallengeWriter(std::string& out, std::string_view scheme) : out_(out) {
  invariant(is_token(scheme));
  out_.append(scheme);
}

ChallengeWriter& ChallengeWriter::parameter(std::string_view name, std::string_view value) {
  out_.append(first_ ? " " : ", ");
  first_ = false;
  const bool written = append_parameter(out_, name, value);
  invariant(written);
  return *this;
}

}  // namespace tollhouse::http
