// mcp: folding names.
#include "mcp/confusable.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "base/utf8.h"
#include "http/characters.h"
#include "mcp/confusable_table.h"
#include "mcp/meta_names.h"

namespace tollhouse::mcp {
namespace {

constexpr std::string_view kTopNames[] = {"jsonrpc", "id",    "method", "params",
                                          "result",  "error", "_meta"};
constexpr std::string_view kParamsNames[] = {"name",         "arguments",      "uri",    "taskId",
                                             "requestState", "inputResponses", "cursor", "ref",
                                             "argument",     "level",          "task",   "_meta"};
constexpr std::string_view kMetaNames[] = {
    kMetaProtocolVersion, kMetaClientCapabilities, kMetaClientInfo, kMetaLogLevel, kMetaServerInfo,
    kMetaSubscriptionId,  kMetaProgressToken,      "traceparent",   "tracestate",  "baggage",
    kMetaX402Payment,     kMetaPaymentCredential};

std::span<const std::string_view> names_of(Level level) {
  switch (level) {
    case Level::top:
      return kTopNames;
    case Level::params:
      return kParamsNames;
    case Level::meta:
      return kMetaNames;
  }
  return {};
}

/// A folded name. One that outgrows every known name, or holds a character that cannot become
/// ASCII, is no longer of interest.
class Folded {
 public:
  bool add(char c) {
    if (size_ == text_.size()) return false;
    text_[size_++] = c;
    return true;
  }
  bool add(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [this](char c) { return add(c); });
  }
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 96> text_;  // known names have at most 42 characters
  std::size_t size_ = 0;
};

bool vanishes(char32_t c) {
  const auto* row = std::lower_bound(std::begin(kVanishing), std::end(kVanishing), c,
                                     [](const Vanishing& v, char32_t at) { return v.last < at; });
  return row != std::end(kVanishing) && row->first <= c;
}

bool fold_wide(char32_t c, Folded& folded) {
  const auto* run = std::upper_bound(std::begin(kFoldRuns), std::end(kFoldRuns), c,
                                     [](char32_t at, const FoldRun& r) { return at < r.first; });
  if (run != std::begin(kFoldRuns)) {
    --run;
    const std::uint32_t distance = c - run->first;
    if (distance < run->count) {
      return folded.add(static_cast<char>(run->image + static_cast<int>(distance)));
    }
  }
  for (const FoldWide& wide : kFoldWide) {
    if (wide.code_point == c) return folded.add(wide.image);
  }
  return false;
}

std::optional<Folded> folded(std::string_view name) {
  Folded out;
  while (!name.empty()) {
    const std::size_t length = utf8_length(name);
    if (length == 0) return std::nullopt;  // the reader lets no such name through
    const char32_t c = utf8_code_point(name, length);
    name.remove_prefix(length);
    if (vanishes(c)) continue;
    const bool kept = c < 0x80 ? out.add(http::lower(static_cast<char>(c))) : fold_wide(c, out);
    if (!kept) return std::nullopt;
  }
  return out;
}

}  // namespace

bool is_confusable(std::string_view name, Level level) {
  const auto known = names_of(level);
  if (std::find(known.begin(), known.end(), name) != known.end()) return false;
  const bool own = level == Level::meta && name.starts_with(kMetaOwnPrefix);
  const auto image = folded(name);
  if (own || !image) return false;
  if (level == Level::meta && image->view().starts_with(kMetaOwnPrefix)) return true;
  return std::any_of(known.begin(), known.end(), [&](std::string_view one) {
    return http::equal_ignoring_case(one, image->view());
  });
}

}  // namespace tollhouse::mcp
