// tests/http: the bytes of the vector files, decoded.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "base/base64.h"
#include "support/vectors.h"

namespace tollhouse::http::test {

inline std::string decoded(const std::string& text) {
  const auto bytes = bytes_from_base64(text, Base64Alphabet::standard, Base64Padding::required);
  return std::string(text_of(bytes.value()));
}

inline std::string bytes_of_case(const nlohmann::json& c) {
  if (c.contains("raw_b64")) return decoded(c["raw_b64"]);
  std::string bytes;
  for (const nlohmann::json& part : c["parts"]) {
    const std::string piece = decoded(part[0]);
    for (int i = 0; i < part[1].get<int>(); ++i) bytes += piece;
  }
  return bytes;
}

inline nlohmann::json cases_of(const char* file) {
  return nlohmann::json::parse(tollhouse::test::vector_file(file))["cases"];
}

}  // namespace tollhouse::http::test
