// http: credentials of Authorization field lines (RFC 9110 11.6.2), also several on one line as
// some payment clients write them (l402.md 3.2 rules 1 and 2). What stands behind a scheme is for
// the rooms of the rails.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

#include "http/fields.h"

namespace tollhouse::http {

/// Credentials that one request may show (reliability-security.md 4.1); more is `overflow`.
constexpr std::size_t kCredentialsMax = 8;

struct Credential {
  std::string_view scheme;  ///< as sent; compare without regard to case
  std::string_view rest;    ///< trimmed; may be empty

  bool is(std::string_view other) const;
};

/// Schemes at which a line is split: only where one of these words, followed by a blank, stands
/// behind a comma. A comma followed by anything else belongs to the credential before it.
bool is_known_scheme(std::string_view word);

/// Views into the fields' buffer.
class CredentialList {
 public:
  /// Adds the credentials of one field value, in order.
  void add_line(std::string_view value);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Credential& operator[](std::size_t i) const { return credentials_[i]; }
  const Credential* begin() const { return credentials_.data(); }
  const Credential* end() const { return credentials_.data() + size_; }
  /// More than kCredentialsMax were shown: to be treated as malformed.
  bool overflow() const { return overflow_; }

 private:
  void add(std::string_view credential);

  std::array<Credential, kCredentialsMax> credentials_;
  std::size_t size_ = 0;
  bool overflow_ = false;
};

/// All Authorization lines of a head, in order.
CredentialList read_authorization(const FieldList& fields);

}  // namespace tollhouse::http
