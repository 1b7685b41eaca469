// x402: the list of what is for sale.
#include "x402/discovery.h"

#include <charconv>

#include "json/writer.h"

namespace tollhouse::x402 {
namespace {

constexpr std::string_view kType = "type";
constexpr std::string_view kLimit = "limit";
constexpr std::string_view kOffset = "offset";
/// Far beyond any price table, and far below where sums overflow.
constexpr std::size_t kOffsetMax = 1'000'000;

std::optional<std::size_t> number_of(std::string_view text, std::size_t least, std::size_t most) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  if (number < least || number > most) return std::nullopt;
  return number;
}

/// Takes the names it knows, each once.
class QueryReader {
 public:
  bool take(std::string_view name, std::string_view value) {
    if (name == kType) {
      query_.type = value;
      return once(has_type_);
    }
    if (name == kLimit) {
      const auto limit = number_of(value, 1, kDiscoveryLimitMax);
      query_.limit = limit.value_or(0);
      return limit && once(has_limit_);
    }
    if (name == kOffset) {
      const auto offset = number_of(value, 0, kOffsetMax);
      query_.offset = offset.value_or(0);
      return offset && once(has_offset_);
    }
    return true;
  }
  DiscoveryQuery take_query() { return std::move(query_); }

 private:
  static bool once(bool& seen) {
    const bool first = !seen;
    seen = true;
    return first;
  }
  DiscoveryQuery query_;
  bool has_type_ = false;
  bool has_limit_ = false;
  bool has_offset_ = false;
};

void write_listing(json::Writer& writer, const Listing& listing) {
  writer.begin_object().member("resource", std::string_view(listing.resource));
  writer.member("type", std::string_view(listing.type));
  writer.member("x402Version", std::int32_t{kVersion});
  writer.raw_member("accepts", accepts(listing.offers));
  writer.member("lastUpdated", std::string_view(rfc3339(listing.last_updated)));
  if (!listing.metadata.empty()) writer.raw_member("metadata", listing.metadata);
  writer.end_object();
}

}  // namespace

std::optional<DiscoveryQuery> read_discovery_query(std::string_view query) {
  QueryReader reader;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    if (!reader.take(pair.substr(0, equals), value)) return std::nullopt;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return reader.take_query();
}

std::string discovery_document(std::span<const Listing> listings, const DiscoveryQuery& query) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("x402Version", std::int32_t{kVersion}).name("items").begin_array();
  std::uint64_t total = 0;
  for (const Listing& listing : listings) {
    if (!query.type.empty() && listing.type != query.type) continue;
    const bool in_page = total >= query.offset && total < query.offset + query.limit;
    ++total;
    if (in_page) write_listing(writer, listing);
  }
  writer.end_array().name("pagination").begin_object();
  writer.name("limit").u64(query.limit).name("offset").u64(query.offset);
  writer.name("total").u64(total).end_object().end_object();
  return out;
}

}  // namespace tollhouse::x402
