// l402: reading and writing of caveats.
#include "l402/caveats.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/checked.h"
#include "base/hex.h"

namespace tollhouse::l402 {
namespace {

constexpr std::string_view kServices = "services";
constexpr std::string_view kPreimage = "preimage";
constexpr std::string_view kCapabilities = "capabilities";
constexpr std::string_view kMethod = "method";
constexpr std::string_view kValidUntil = "valid_until";
constexpr std::string_view kMaxCalls = "max_calls";
constexpr std::string_view kMaxMsat = "max_msat";
constexpr std::string_view kClient = "client";
constexpr std::string_view kBody = "body";
constexpr std::string_view kAddress = "address";

constexpr char kUpperDigits[] = "0123456789ABCDEF";

bool plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

/// Digits only and no leading zero: one number, one spelling.
template <class Number>
std::optional<Number> read_decimal(std::string_view text) {
  if (text.empty() || text.size() > 20 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value > std::numeric_limits<Number>::max()) return std::nullopt;
  return static_cast<Number>(value);
}

/// Calls `visit(entry)` for each entry of a list; stops with false where it says false.
template <class Visit>
bool each_entry(std::string_view list, Visit&& visit) {
  if (list.empty()) return true;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    if (!visit(list.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

bool contains(std::string_view list, std::string_view wanted) {
  return !each_entry(list, [&](std::string_view entry) { return entry != wanted; });
}

/// No empty entry, not too many. The empty list is well formed: it grants nothing.
bool is_list(std::string_view list) {
  std::size_t entries = 0;
  return each_entry(
      list, [&](std::string_view entry) { return !entry.empty() && ++entries <= kListEntriesMax; });
}

struct ServiceEntry {
  std::string_view name;
  std::uint8_t tier;
};

std::optional<ServiceEntry> read_service(std::string_view entry) {
  const std::size_t colon = entry.find(':');
  if (colon == std::string_view::npos || !is_service_name(entry.substr(0, colon))) {
    return std::nullopt;
  }
  const auto tier = read_decimal<std::uint8_t>(entry.substr(colon + 1));
  if (!tier) return std::nullopt;
  return ServiceEntry{entry.substr(0, colon), *tier};
}

std::optional<std::uint8_t> tier_in(std::string_view list, std::string_view service) {
  std::optional<std::uint8_t> tier;
  each_entry(list, [&](std::string_view entry) {
    const auto read = read_service(entry);
    if (read && read->name == service) tier = read->tier;
    return true;
  });
  return tier;
}

/// Reads the caveats of one macaroon in order. Each handler answers nothing where all is well.
class Reading {
 public:
  Reading(std::string_view service, const Preimage& preimage, std::span<const std::string> ignored)
      : service_(service), preimage_(preimage), ignored_(ignored) {}

  std::optional<Reason> take(std::string_view caveat) {
    const std::size_t equals = caveat.find('=');
    const std::string_view condition = caveat.substr(0, equals);
    if (equals == std::string_view::npos) return unless_ignored(condition);
    const std::string_view value = caveat.substr(equals + 1);
    if (condition == kServices) return services(value);
    if (condition == kPreimage) return preimage(value);
    if (const auto suffix = own_suffix(condition)) {
      if (const Handler handler = handler_of(*suffix)) return (this->*handler)(value);
    }
    if (of_another_service(condition)) return std::nullopt;
    return unless_ignored(condition);
  }

  const Allowance& allowance() const { return allowance_; }

 private:
  using Handler = std::optional<Reason> (Reading::*)(std::string_view);

  std::optional<Reason> unless_ignored(std::string_view condition) const {
    if (std::ranges::find(ignored_, condition) != ignored_.end()) return std::nullopt;
    return Reason::unknown_caveat;
  }

  std::optional<std::string_view> own_suffix(std::string_view condition) const {
    const std::size_t prefix = service_.size();
    if (condition.size() <= prefix || !condition.starts_with(service_) ||
        condition[prefix] != '_') {
      return std::nullopt;
    }
    return condition.substr(prefix + 1);
  }

  static Handler handler_of(std::string_view suffix) {
    struct Row {
      std::string_view suffix;
      Handler handler;
    };
    static constexpr Row kRows[] = {
        {kCapabilities, &Reading::capabilities},
        {kValidUntil, &Reading::valid_until},
        {kMaxCalls, &Reading::max_calls},
        {kMaxMsat, &Reading::max_msat},
        {kMethod, &Reading::method},
        {kClient, &Reading::client},
        {kBody, &Reading::body},
        {kAddress, &Reading::address},
    };
    for (const Row& row : kRows) {
      if (row.suffix == suffix) return row.handler;
    }
    return nullptr;
  }

  /// `<x>_valid_until` and `<x>_capabilities` of a service that is not ours (l402.md 6.4 rule 3).
  bool of_another_service(std::string_view condition) const {
    for (const std::string_view suffix : {kValidUntil, kCapabilities}) {
      if (condition.size() < suffix.size() + 2 || !condition.ends_with(suffix)) continue;
      const std::string_view name = condition.substr(0, condition.size() - suffix.size());
      if (name.back() == '_' && name.substr(0, name.size() - 1) != service_) return true;
    }
    return false;
  }

  std::optional<Reason> services(std::string_view value) {
    if (value.empty() || !is_list(value)) return Reason::malformed_caveat;
    const bool sound =
        each_entry(value, [](std::string_view e) { return read_service(e).has_value(); });
    if (!sound) return Reason::malformed_caveat;
    const auto before = allowance_.services;
    allowance_.services = value;
    if (!before) return std::nullopt;
    const bool narrower = each_entry(value, [&](std::string_view entry) {
      const auto now = read_service(entry);
      const auto tier = tier_in(*before, now->name);
      return tier && now->tier <= *tier;
    });
    if (!narrower) return Reason::caveat_widened;
    return std::nullopt;
  }

  std::optional<Reason> preimage(std::string_view value) const {
    Preimage named;
    if (!read_hex(value, named.bytes) || !crypto::equal(named.reveal(), preimage_.reveal())) {
      return Reason::malformed_caveat;
    }
    return std::nullopt;
  }

  std::optional<Reason> list(std::optional<std::string_view>& last, std::string_view value) {
    if (!is_list(value)) return Reason::malformed_caveat;
    const auto before = last;
    last = value;
    const bool narrower = !before || each_entry(value, [&](std::string_view entry) {
      return contains(*before, entry);
    });
    if (!narrower) return Reason::caveat_widened;
    return std::nullopt;
  }

  template <class Number>
  std::optional<Reason> at_most(std::optional<Number>& last, std::optional<Number> value) {
    if (!value) return Reason::malformed_caveat;
    if (last && *value > *last) return Reason::caveat_widened;
    last = value;
    return std::nullopt;
  }

  template <class Value>
  std::optional<Reason> unchanged(std::optional<Value>& last, std::optional<Value> value) {
    if (!value) return Reason::malformed_caveat;
    if (last && *value != *last) return Reason::caveat_widened;
    last = value;
    return std::nullopt;
  }

  static std::optional<std::string_view> not_empty(std::string_view value) {
    if (value.empty()) return std::nullopt;
    return value;
  }

  std::optional<Reason> capabilities(std::string_view v) {
    return list(allowance_.capabilities, v);
  }
  std::optional<Reason> method(std::string_view v) { return list(allowance_.methods, v); }
  std::optional<Reason> valid_until(std::string_view v) {
    const auto seconds = read_decimal<std::uint64_t>(v);
    if (!allowance_.sold_until_seconds) allowance_.sold_until_seconds = seconds;
    return at_most(allowance_.valid_until_seconds, seconds);
  }
  std::optional<Reason> max_calls(std::string_view v) {
    const auto calls = read_decimal<std::uint32_t>(v);
    const bool by_seller = !allowance_.sold_until_seconds && !allowance_.calls_sold;
    if (by_seller) allowance_.calls_sold = calls;
    return at_most(allowance_.calls_max, calls);
  }
  std::optional<Reason> max_msat(std::string_view v) {
    const auto count = read_decimal<std::uint64_t>(v);
    return at_most(allowance_.price_max, count ? Msat::of(*count) : std::nullopt);
  }
  std::optional<Reason> client(std::string_view v) {
    return unchanged(allowance_.client, not_empty(v));
  }
  std::optional<Reason> address(std::string_view v) {
    return unchanged(allowance_.address, not_empty(v));
  }
  std::optional<Reason> body(std::string_view v) {
    return unchanged(allowance_.body, value_from_hex<Digest>(v));
  }

  std::string_view service_;
  const Preimage& preimage_;
  std::span<const std::string> ignored_;
  Allowance allowance_;
};

/// Appends `<service>_<suffix>=<value>` to a macaroon.
bool add(macaroon::Minter& minter, const Terms& terms, std::string_view suffix,
         std::string_view value) {
  std::string caveat(terms.service);
  caveat.append(1, '_').append(suffix).append(1, '=').append(value);
  return minter.add(caveat);
}

bool add_capabilities(macaroon::Minter& minter, const Terms& terms) {
  if (terms.capabilities.empty()) return true;
  if (terms.capabilities.size() > kListEntriesMax) return false;
  std::string list;
  for (const std::string_view tool : terms.capabilities) {
    if (tool.empty()) return false;
    if (!list.empty()) list += ',';
    append_percent_encoded(list, tool);
  }
  return add(minter, terms, kCapabilities, list);
}

bool add_constraints(macaroon::Minter& minter, const Terms& terms) {
  bool fits = !terms.uses || add(minter, terms, kMaxCalls, std::to_string(*terms.uses));
  if (terms.client)
    fits = fits && !terms.client->empty() && add(minter, terms, kClient, *terms.client);
  if (terms.body) fits = fits && add(minter, terms, kBody, hex(terms.body->view()));
  if (terms.address) {
    fits = fits && !terms.address->empty() && add(minter, terms, kAddress, *terms.address);
  }
  return fits;
}

/// A sale never grants less than it said: a broken second counts whole.
std::int64_t seconds_rounded_up(Time minted, Duration valid_for) {
  const auto end = checked_add(minted.time_since_epoch().count(), valid_for.count());
  const Duration since_epoch = end ? Duration(*end) : Duration::max();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::int64_t broken = since_epoch > seconds ? 1 : 0;
  return std::max<std::int64_t>(0, seconds.count() + broken);
}

}  // namespace

bool is_service_name(std::string_view name) {
  return !name.empty() && std::ranges::none_of(name, [](char c) {
    return c == ':' || c == ',' || c == '=' || static_cast<unsigned char>(c) < 0x21 || c == 0x7f;
  });
}

void append_percent_encoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (plain(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    out += '%';
    out += kUpperDigits[byte >> 4];
    out += kUpperDigits[byte & 15];
  }
}

bool add_caveats(macaroon::Minter& minter, const Terms& terms, Time minted) {
  if (!is_service_name(terms.service)) return false;
  return minter.add("services=" + std::string(terms.service) + ":0") &&
         add_capabilities(minter, terms) && add_constraints(minter, terms) &&
         add(minter, terms, kValidUntil,
             std::to_string(seconds_rounded_up(minted, terms.valid_for)));
}

namespace {

std::optional<Time> time_of(std::optional<std::uint64_t> seconds) {
  if (!seconds) return std::nullopt;
  constexpr std::uint64_t kLast = std::numeric_limits<std::int64_t>::max();
  return time_from_unix(static_cast<std::int64_t>(std::min(*seconds, kLast)));
}

}  // namespace

std::optional<Time> Allowance::valid_until() const { return time_of(valid_until_seconds); }
std::optional<Time> Allowance::sold_until() const { return time_of(sold_until_seconds); }

bool Allowance::opens(std::string_view service) const {
  return services && tier_in(*services, service).has_value();
}

bool Allowance::permits_capability(std::string_view tool) const {
  if (!capabilities) return true;
  if (tool.empty()) return false;
  if (std::ranges::all_of(tool, plain)) return contains(*capabilities, tool);
  std::string encoded;
  append_percent_encoded(encoded, tool);
  return contains(*capabilities, encoded);
}

bool Allowance::permits_method(std::string_view method) const {
  return !methods || (!method.empty() && contains(*methods, method));
}

Result<Allowance, Reason> read_caveats(const macaroon::View& macaroon, std::string_view service,
                                       const Preimage& preimage,
                                       std::span<const std::string> ignored) {
  Reading reading(service, preimage, ignored);
  for (std::size_t i = 0; i < macaroon.caveat_count(); ++i) {
    if (const auto reason = reading.take(text_of(macaroon.caveat(i).identifier))) {
      return refuse(*reason);
    }
  }
  return reading.allowance();
}

}  // namespace tollhouse::l402
