// fuzz: the ingress. Input: a byte of choices, then header lines "name:value\n", an empty line, the
// body. Ranges lie in the body, splicing leaves JSON the ingress accepts alike, digests agree.
#include <cstdint>
#include <string>

#include "mcp/answer.h"
#include "mcp/ingress.h"
#include "mcp/pricing.h"
#include "mcp/request_digest.h"
#include "mcp/result.h"
#include "mcp/splice.h"

namespace {

using namespace tollhouse;  // NOLINT: a fuzz target is one file

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void require_inside(std::string_view part, std::string_view whole) {
  if (part.empty()) return;
  require(part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

mcp::RoutingHeaders take_headers(std::string_view& text) {
  mcp::RoutingHeaders headers;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) headers.see(line.substr(0, colon), line.substr(colon + 1));
  }
  return headers;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static json::Document workspace(5);
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const mcp::RoutingHeaders headers = take_headers(text);
  const auto got = mcp::read_message(headers, text, {}, workspace);
  if (!got) {
    require(!got.error().id.empty());
    json::Document again;
    require(json::parse(mcp::rejection_body(got.error(), {}, "r"), again).has_value());
    return 0;
  }
  const mcp::Message& message = *got;
  for (const std::string_view part : {message.id, message.params, message.meta, message.meta_cut,
                                      message.arguments, message.progress_token}) {
    require_inside(part, text);
  }
  if (message.method == mcp::Method::tools_call) {
    require(!message.id.empty() && !message.name.empty());
    require(mcp::priced_as(message).by == mcp::PricedBy::tool);
  }
  const std::string sent = mcp::body_without_credentials(message);
  require(message.credentials.empty() == (sent == text));
  json::Document other(6);
  const auto again = mcp::read_message(headers, sent, {}, other);
  require(again.has_value() && again->credentials.empty());
  require(again->name == message.name && again->id == message.id);
  require(mcp::request_digest(*again) == mcp::request_digest(message));
  mcp::classify(text, "1", workspace);
  return 0;
}
