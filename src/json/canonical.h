// json: RFC 8785 (JSON Canonicalization Scheme): one text for equal values, so that hashes and
// signatures over JSON mean something.
#pragma once
#include <string>

#include "json/reader.h"

namespace tollhouse::json {

/// Members sorted by UTF-16 code units of their names, no blanks, minimal escapes, numbers as
/// ECMAScript writes the nearest double. Error: json_limit for a number beyond or below every
/// double (I-JSON, RFC 7493 2.2). Integers beyond 2^53 are rounded, as the RFC has it.
Result<std::string, Reason> canonical(const Value& value);

/// A finite double as ECMAScript's Number::toString writes it (ECMA-262 6.1.6.1.20).
std::string ecmascript_number(double number);

}  // namespace tollhouse::json
