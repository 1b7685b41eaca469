// config: the rows of a route: what a tool costs and what a payment for it buys.
#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/hex.h"
#include "config/sections.h"
#include "config/units.h"
#include "crypto/sha256.h"

namespace tollhouse::config {
namespace {

std::string uuid_text(ByteView bytes) {
  const std::string digits = hex(bytes);
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                     digits.substr(12, 4), digits.substr(16, 4), digits.substr(20, 12));
}

/// A UUID of version 8 (RFC 9562 5.8) out of route and name: the same after every restart.
std::string derived_id(std::string_view route, std::string_view name) {
  const std::string text = fmt::format("tollhouse tool id{}{}{}{}", '\0', route, '\0', name);
  const Digest digest = crypto::sha256(bytes_of(text));
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(digest.bytes.begin(), bytes.size(), bytes.begin());
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x80);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return uuid_text(bytes);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (hyphen ? c != '-' : !digit) return false;
  }
  return true;
}

std::ptrdiff_t prices_given(const View& row) {
  return std::ranges::count_if(kPriceNames,
                               [&row](std::string_view name) { return row.child(name).given(); });
}

/// One of kPriceNames.
Msat read_price(const View& row) {
  const View price = row.child("price");
  const View sats = row.child("price_sats");
  const View msat = row.child("price_msat");
  const std::ptrdiff_t given = prices_given(row);
  if (given > 1) {
    row.fault("price, price_sats and price_msat are several values for one thing",
              "keep one of them");
    return Msat();
  }
  if (given == 0) {
    row.missing(row.path() + ".price", "write e.g. { price: 3 sat }, or the word free");
    return Msat();
  }
  if (sats.given()) return Msat::of_sat(sats.whole()).value_or(Msat());
  if (msat.given()) return Msat::of(msat.whole()).value_or(Msat());
  return price.amount().value_or(Msat());
}

void read_bind(const View& bind, gate::Terms& terms) {
  for (const View& item : bind.items()) {
    if (item.is_word("body")) terms.bind_body = true;
    if (item.is_word("address")) terms.bind_address = true;
  }
}

bool has_a_way_to_pay(const gate::Policy& policy, const gate::Rails& rails) {
  const bool x402 = policy.x402.bip122 || policy.x402.lnbtc;
  return rails.l402 || (rails.x402 && x402) || (rails.mpp && policy.mpp.enabled);
}

/// A list takes what it names; without one every way that is on is taken.
void read_rails_of_row(const View& rails, const gate::Policy& policy, gate::Terms& terms) {
  if (!rails.given()) return;
  if (rails.items().empty() && !terms.free()) {
    rails.fault("no way to pay is left", "name one, or remove the key");
  }
  terms.rails = {.l402 = false, .x402 = false, .mpp = false};
  for (const View& rail : rails.items()) {
    if (rail.is_word("l402")) terms.rails.l402 = true;
    if (rail.is_word("x402")) terms.rails.x402 = true;
    if (rail.is_word("mpp")) terms.rails.mpp = true;
  }
  if (!rails.items().empty() && !terms.free() && !has_a_way_to_pay(policy, terms.rails)) {
    rails.fault("every way to pay that stands here is off",
                "turn one on under rails, or name another");
  }
  // A bundle is a product of its own; the other ways pay for one call (x402-bip122.md 9).
  if (terms.uses != 1 && !terms.rails.l402 && !terms.free()) {
    rails.fault("more than one use is sold by L402 only", "add l402, or remove uses");
  }
}

/// `18 bits`, `auto`, `none` (which a profile does not change), or `{ bits: 18, with: price }`.
std::optional<gate::WorkTerms> read_work(const View& work) {
  if (!work.given() || (work.node().is_scalar() && work.is_word("none"))) return std::nullopt;
  gate::WorkTerms terms;
  if (work.node().is_mapping()) {
    const View bits = work.child("bits");
    if (!bits.given()) bits.missing(bits.path(), "write e.g. { bits: 18, with: price }");
    const auto number = bits.whole_or_word();
    terms.automatic = !number;
    terms.bits = static_cast<std::uint8_t>(number.value_or(terms.bits));
    terms.with_price = work.child("with").is_word("price");
    return terms;
  }
  terms.automatic = work.is_word("auto");
  terms.bits = bits_from_text(work.text()).value_or(terms.bits);
  return terms;
}

gate::Terms read_terms(const View& row, const gate::Policy& policy) {
  gate::Terms terms;
  terms.valid_for = policy.l402.ttl;
  if (row.node().is_scalar()) return terms;  // the word free
  terms.work = read_work(row.child("work"));
  if (!terms.work || prices_given(row) > 0) terms.price = read_price(row);
  if (terms.work && terms.work->with_price && !terms.priced()) {
    row.child("work").fault("with: price, and there is no price", "give the row a price");
  }
  terms.uses = static_cast<std::uint32_t>(row.child("uses").whole_or_word().value_or(0));
  if (row.child("valid_for").given()) terms.valid_for = row.child("valid_for").duration();
  terms.charge_on =
      row.child("charge_on").is_word("attempt") ? gate::ChargeOn::attempt : gate::ChargeOn::success;
  read_bind(row.child("bind"), terms);
  if (terms.bind_body && terms.uses != 1) {
    row.fault("a credential bound to one body is good for one use", "remove uses or bind: [body]");
  }
  read_rails_of_row(row.child("rails"), policy, terms);
  return terms;
}

}  // namespace

void read_tools(const View& tools, const gate::Policy& policy, gate::Route& route) {
  for (const auto& [name, view] : tools.members()) {
    gate::ToolRow row;
    row.name = name;
    row.title = name;
    row.id = derived_id(route.path, name);
    if (name.empty()) view.fault("a tool's name is empty", "write its name, or \"*\"");
    if (!view.given()) {
      view.missing(view.path() + ".price", "write e.g. { price: 3 sat }, or the word free");
      continue;
    }
    row.terms = read_terms(view, policy);
    if (view.node().is_mapping() && view.child("id").given()) {
      row.id = view.child("id").text();
      if (!is_uuid(row.id))
        view.child("id").fault("is not a UUID in lower case",
                               "write 8-4-4-4-12 hex digits, or remove it");
    }
    if (name == "*") {
      route.other = std::move(row);
    } else {
      route.rows.push_back(std::move(row));
    }
  }
}

}  // namespace tollhouse::config
