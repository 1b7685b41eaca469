// config: `pay_gate`, the options that users of the dual-rail paywall bring along (R-CFG-4), each
// put into the key of ours that means the same. What the environment or the command line says of
// that key wins; two values in one file are a fault.
#include <algorithm>
#include <utility>

#include "base/format.h"
#include "bolt/network.h"
#include "config/fill.h"
#include "config/sources.h"
#include "config/units.h"
#include "x402/network.h"

namespace tollhouse::config {
namespace {

constexpr std::uint64_t kPriceMsat = 3000;
constexpr std::uint64_t kMsatPerSat = 1000;

/// Options that are the same text under another name.
constexpr std::pair<std::string_view, std::string_view> kSame[] = {
    {"gateUrl", "rails.l402.verify.url"},
    {"payTo", "rails.x402.pay_to"},
    {"settlementCache", "rails.x402.settlement_ttl"},
};

const Node* value_of(const Node* node, std::string_view name) {
  const Node* found = node == nullptr ? nullptr : node->find(name);
  return found != nullptr && found->is_scalar() ? found : nullptr;
}

class PayGate {
 public:
  PayGate(Reading& reading, const Node& options) : reading_(reading), options_(options) {}

  void put() {
    for (const auto& [name, key] : kSame) {
      if (const Node* value = value_of(&options_, name)) put_at(key, name, *value);
    }
    put_network();
    put_wallet();
    put_price();
  }

 private:
  /// The value with its references; nothing where one fails, which is told with all other values.
  std::optional<std::string> text_of(const Node* value) {
    if (value == nullptr) return std::nullopt;
    Node copy = *value;
    const std::size_t faults = reading_.faults.size();
    const bool filled = fill_in(reading_, copy, copy.mark, "pay_gate", false);
    reading_.faults.erase(reading_.faults.begin() + static_cast<std::ptrdiff_t>(faults),
                          reading_.faults.end());
    if (!filled) return std::nullopt;
    return copy.text;
  }

  const Node* at(std::string_view key) const {
    const Node* found = &reading_.root;
    const auto steps = steps_of(key);
    for (const Step& step : *steps) found = found == nullptr ? nullptr : found->find(step.name);
    return found != nullptr && !found->is_null() ? found : nullptr;
  }

  void two_values(const Mark& mark, std::string_view name, std::string_view other) {
    reading_.add_fault(
        mark, fmt::format("pay_gate.{}", name),
        fmt::format("`pay_gate.{}` and `{}` are two values for one thing", name, other),
        "keep one of them");
  }

  void put_at(std::string_view key, std::string_view name, const Node& value) {
    const Node* there = at(key);
    if (there != nullptr && there->mark.source > value.mark.source) return;  // said later
    if (there != nullptr && there->mark.source == value.mark.source && !same(*there, value)) {
      return two_values(value.mark, name, key);
    }
    static_cast<void>(put_value(reading_.root, *steps_of(key), value));
  }

  static bool same(const Node& there, const Node& value) {
    return there.is_scalar() && there.written == value.written;
  }

  /// By the genesis hash of CAIP-2, as x402 has it.
  void put_network() {
    const Node* given = value_of(&options_, "network");
    const auto text = text_of(given);
    if (!text) return;
    const auto named = x402::network_from_name(*text);
    if (named && named->profile == x402::Profile::bip122) {
      const std::string name(bolt::to_text(named->network));
      return put_at("lightning.network", "network", Node::scalar(name, given->mark));
    }
    reading_.add_fault(
        given->mark, "pay_gate.network", "is no network of this gate",
        fmt::format("write e.g. \"{}\"",
                    x402::network_name(x402::Profile::bip122, bolt::Network::mainnet)));
  }

  void put_wallet() {
    const Node* lnbits = options_.find("lnbits");
    const Node* url = value_of(lnbits, "url");
    const Node* key = value_of(lnbits, "apiKey");
    if (url != nullptr) put_at("lightning.url", "lnbits.url", *url);
    if (key != nullptr) put_at("lightning.key", "lnbits.apiKey", *key);
    if (url == nullptr && key == nullptr) return;
    put_at("lightning.driver", "lnbits", Node::scalar("lnbits", lnbits->mark));
  }

  /// One price for every tool; 3 sat where none is named.
  void put_price() {
    const Node* msat = value_of(&options_, "priceMsat");
    const Node* sats = value_of(&options_, "satsAmount");
    const auto by_msat = number_of(msat);
    const auto by_sats = number_of(sats);
    if (by_msat && by_sats && *by_msat != *by_sats * kMsatPerSat) {
      return two_values(sats->mark, "satsAmount", "pay_gate.priceMsat");
    }
    const Node* given = msat != nullptr ? msat : sats;
    for (const std::string_view key : {"tools", "routes"}) {
      if (at(key) == nullptr) continue;
      if (given != nullptr)
        two_values(given->mark, msat != nullptr ? "priceMsat" : "satsAmount", key);
      return;
    }
    if (given != nullptr && !by_msat && !by_sats) return;  // told with all other values
    const std::uint64_t price = by_msat ? *by_msat : by_sats ? *by_sats * kMsatPerSat : kPriceMsat;
    const Mark mark = given != nullptr ? given->mark : options_.mark;
    const std::vector<Step> steps = {{"tools", false}, {"*", false}, {"price_msat", false}};
    static_cast<void>(put_value(reading_.root, steps, Node::scalar(std::to_string(price), mark)));
  }

  std::optional<std::uint64_t> number_of(const Node* value) {
    const auto text = text_of(value);
    const auto number = text ? whole_number_from_text(*text) : std::nullopt;
    // No more bitcoin than there is, so that neither unit runs over.
    constexpr std::uint64_t kMost = 2'100'000'000'000'000'000;
    return number && *number <= kMost / kMsatPerSat ? number : std::nullopt;
  }

  Reading& reading_;
  const Node& options_;
};

}  // namespace

void put_pay_gate(Reading& reading) {
  const Node* found = reading.root.find("pay_gate");
  if (found == nullptr || !found->is_mapping()) return;
  const Node options = *found;  // what is put beside it may move it
  PayGate(reading, options).put();
}

}  // namespace tollhouse::config
