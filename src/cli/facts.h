// cli: making facts for `inspect`; for the inspect_*.cc files only.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/format.h"
#include "base/hex.h"
#include "base/money.h"
#include "base/time.h"
#include "base/utf8.h"
#include "cli/inspect.h"
#include "json/writer.h"

namespace tollhouse::cli {

inline std::string json_string(std::string_view text) {
  std::string json;
  json::append_string(json, text);
  return json;
}

inline void add_text(Facts& facts, std::string name, std::string_view text) {
  facts.push_back({std::move(name), json_string(text), printable(text, 1024)});
}
inline void add_number(Facts& facts, std::string name, std::uint64_t number) {
  const std::string text = std::to_string(number);
  facts.push_back({std::move(name), text, text});
}
inline void add_truth(Facts& facts, std::string name, bool truth) {
  facts.push_back({std::move(name), truth ? "true" : "false", truth ? "yes" : "no"});
}
inline void add_amount(Facts& facts, std::string name, Msat amount) {
  facts.push_back({std::move(name), std::to_string(amount.count()), to_text(amount)});
}
inline void add_time(Facts& facts, std::string name, Time time) {
  const std::string text = rfc3339(time, 0);
  facts.push_back({std::move(name), json_string(text), text});
}
/// What an invoice inside another thing says, as `invoice`; nothing where it is none.
void add_invoice(Facts& facts, std::string_view invoice, Time now);

}  // namespace tollhouse::cli
