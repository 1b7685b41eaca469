// http: splitting Authorization lines.
#include "http/authorization.h"

#include "http/characters.h"

namespace tollhouse::http {
namespace {

constexpr std::string_view kSchemes[] = {"L402", "LSAT",  "Bearer",   "Payment", "x402",
                                         "DPoP", "Basic", "Nostr",    "PoW",     "Digest",
                                         "GNAP", "HOBA",  "Negotiate"};

/// The word at the start of `text` when a blank follows it, else empty.
std::string_view word_before_blank(std::string_view text) {
  const std::size_t end = text.find_first_of(" \t");
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end);
}

/// Where the next credential begins, behind its comma and blanks; npos where there is none.
std::size_t next_credential(std::string_view text, std::size_t from, std::size_t& comma) {
  for (comma = text.find(',', from); comma != std::string_view::npos;
       comma = text.find(',', comma + 1)) {
    const std::size_t at = text.find_first_not_of(" \t", comma + 1);
    if (at == std::string_view::npos) return at;
    if (is_known_scheme(word_before_blank(text.substr(at)))) return at;
  }
  return std::string_view::npos;
}

}  // namespace

bool Credential::is(std::string_view other) const { return equal_ignoring_case(scheme, other); }

bool is_known_scheme(std::string_view word) {
  for (const std::string_view scheme : kSchemes) {
    if (equal_ignoring_case(word, scheme)) return true;
  }
  return false;
}

void CredentialList::add_line(std::string_view value) {
  std::size_t begin = 0;
  for (;;) {
    std::size_t comma = 0;
    const std::size_t next = next_credential(value, begin, comma);
    if (next == std::string_view::npos) break;
    add(value.substr(begin, comma - begin));
    begin = next;
  }
  add(value.substr(begin));
}

void CredentialList::add(std::string_view credential) {
  credential = trimmed(credential);
  if (credential.empty()) return;
  if (size_ == kCredentialsMax) {
    overflow_ = true;
    return;
  }
  const std::size_t end = credential.find_first_of(" \t");
  credentials_[size_++] = {credential.substr(0, end), end == std::string_view::npos
                                                          ? std::string_view()
                                                          : trimmed(credential.substr(end))};
}

CredentialList read_authorization(const FieldList& fields) {
  CredentialList list;
  fields.for_each(KnownField::authorization,
                  [&list](std::string_view line) { list.add_line(line); });
  return list;
}

}  // namespace tollhouse::http
