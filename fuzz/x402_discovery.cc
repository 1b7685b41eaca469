// fuzz: queries for the price list. What reads stays within its bounds, and its page is JSON.
#include "json/reader.h"
#include "x402/discovery.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  const auto query = x402::read_discovery_query(text_of(ByteView(data, size)));
  if (!query) return 0;
  if (query->limit == 0 || query->limit > x402::kDiscoveryLimitMax) __builtin_trap();
  const x402::Listing listing{x402::tool_url(query->type), query->type, {x402::Offer{}}, {}, {}};
  const std::string document = x402::discovery_document(std::span(&listing, 1), *query);
  json::Document workspace;
  if (!json::parse(document, workspace)) __builtin_trap();
  return 0;
}
