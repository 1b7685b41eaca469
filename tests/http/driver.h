// tests/http: drives the readers over vectors: whole, byte by byte, split anywhere.
#pragma once
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/request_reader.h"
#include "http/response.h"

namespace tollhouse::http::test {

/// Sizes of the pieces in which bytes arrive; the rest comes in one piece.
using Split = std::vector<std::size_t>;

/// Whole, one byte at a time, and in two pieces at every position (at a sample of them where the
/// bytes are many).
std::vector<Split> splits_of(std::size_t size);

struct SeenRequest {
  std::string method;
  std::string target;
  int minor_version = 1;
  std::vector<std::pair<std::string, std::string>> fields;  ///< those that pass the hop
  std::vector<std::pair<std::string, std::string>> all_fields;
  std::string body;
  bool keep_alive = true;
  bool expect_continue = false;
  friend bool operator==(const SeenRequest&, const SeenRequest&) = default;
};

inline void PrintTo(const SeenRequest& request, std::ostream* out) {
  *out << request.method << " " << request.target << " 1." << request.minor_version;
  for (const auto& [name, value] : request.all_fields) *out << " | " << name << "=" << value;
  *out << " || " << request.body;
}

/// What a connection made of some bytes.
struct Conversation {
  std::vector<SeenRequest> requests;
  std::optional<Refusal> refusal;
  bool closed = false;      ///< after a request that said so
  bool incomplete = false;  ///< a request has begun and waits for more
  friend bool operator==(const Conversation&, const Conversation&) = default;
};
/// Each piece arrives in a buffer of its own, exactly as long as what has come: reading too far or
/// keeping old views is seen by the address sanitizer.
Conversation converse(std::string_view bytes, const Split& split, const Limits& limits = {});

struct SeenAnswer {
  std::optional<ResponseRefusal> refusal;
  bool head_complete = false;
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;  ///< those that pass the hop
  std::string body;
  bool complete = false;
  bool reusable = false;
  friend bool operator==(const SeenAnswer&, const SeenAnswer&) = default;
};
SeenAnswer answer_of(std::string_view bytes, const Split& split, bool upstream_closes,
                     bool to_head = false);

}  // namespace tollhouse::http::test
