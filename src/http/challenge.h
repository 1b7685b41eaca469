// http: WWW-Authenticate, read as it is met in the wild (l402.md 2.2: the superset grammar) and
// written as RFC 9110 11.2 wants it. The reader is the client's; the gate only writes.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollhouse::http {

/// Challenges in one field line, and parameters in one challenge: servers send two to five.
constexpr std::size_t kChallengesMax = 32;
constexpr std::size_t kParametersMax = 64;

struct Parameter {
  std::string name;   ///< as sent; compare without regard to case
  std::string value;  ///< without quotes and backslashes
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

struct Challenge {
  std::string scheme;   ///< as sent
  std::string token68;  ///< `Negotiate abc==`; empty where there are parameters
  std::vector<Parameter> parameters;

  bool is(std::string_view other) const;
  /// Value of the first parameter of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  friend bool operator==(const Challenge&, const Challenge&) = default;
};

/// Reads one field line, or several joined with commas. Parameters are separated by commas or
/// blanks, values are quoted ("..." with backslashes, '...' without) or bare. A word followed by a
/// blank and no
/// "=" begins a challenge. Nothing for an open quote, a value without its name, or too much.
std::optional<std::vector<Challenge>> parse_challenges(std::string_view value);

/// `name="value"`, with backslashes before quotes and backslashes. False, and nothing written, when
/// `name` is no token or `value` holds a control character.
[[nodiscard]] bool append_parameter(std::string& out, std::string_view name,
                                    std::string_view value);

/// Builds `Scheme a="1", b="2"` for a WWW-Authenticate field of our own; bad text is a bug.
class ChallengeWriter {
 public:
  ChallengeWriter(std::string& out, std::string_view scheme);
  ChallengeWriter& parameter(std::string_view name, std::string_view value);

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace tollhouse::http
