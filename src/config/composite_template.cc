// config: `mcp_server`, the template that users of the composite gate bring along (R-CFG-3), put
// into the keys of ours that mean the same. Each value keeps its place in the user's file, so a
// fault points there. What it asks of parts that are not here is named by the option table.
#include <algorithm>

#include "base/format.h"
#include "config/sources.h"
#include "config/units.h"

namespace tollhouse::config {
namespace {

constexpr std::string_view kPricing = "mcp_server.auth.payment.pricing";
constexpr std::string_view kDifficulty = "mcp_server.auth.payment.pow_difficulty";

const Node* member_of(const Node* node, std::string_view name) {
  return node == nullptr ? nullptr : node->find(name);
}

std::string text_of(const Node* node) {
  return node != nullptr && node->is_scalar() ? node->written : std::string();
}

class CompositeTemplate {
 public:
  CompositeTemplate(Reading& reading, const Node& server)
      : reading_(reading),
        server_(server),
        payment_(member_of(member_of(&server, "auth"), "payment")) {}

  void put() {
    if (contradicts("tools") || contradicts("routes")) return;
    put_lifetime();
    read_pricing();
    read_tools();
    put_work();
    if (!rows_.members.empty()) reading_.root.members.push_back({"tools", server_.mark, rows_});
    tell_of_gateway();
  }

 private:
  /// The template says what tools cost; a second place that says so is one too many.
  bool contradicts(std::string_view key) {
    for (const Member& member : reading_.root.members) {
      if (member.name != key || member.value.is_null()) continue;
      reading_.add_fault(member.mark, std::string(key),
                         fmt::format("`mcp_server` and `{}` are two values for one thing", key),
                         "keep one of them");
      return true;
    }
    return false;
  }

  void put_lifetime() {
    const Node* seconds = member_of(payment_, "macaroon_ttl_seconds");
    if (seconds == nullptr || !seconds->is_scalar()) return;
    const auto steps = steps_of("rails.l402.macaroon_ttl_seconds");
    static_cast<void>(put_value(reading_.root, *steps, *seconds));
  }

  void read_pricing() {
    const Node* pricing = member_of(payment_, "pricing");
    if (pricing == nullptr) return;
    for (const Member& member : pricing->members) {
      const Node* sats = member.value.find("sats");
      if (sats == nullptr || !sats->is_scalar()) {
        reading_.add_missing(member.mark, fmt::format("{}.{}", kPricing, member.name), "sats",
                             "write e.g. { \"sats\": 3 }");
        continue;
      }
      Node row = Node::mapping(member.mark);
      row.members.push_back({"price_sats", sats->mark, *sats});
      rows_.members.push_back({member.name, member.mark, std::move(row)});
    }
  }

  void read_tools() {
    const Node* tools = server_.find("tools");
    if (tools == nullptr) return;
    std::vector<std::string> seen;
    for (const Node& tool : tools->items) {
      const std::string name = text_of(tool.find("name"));
      if (name.empty()) {
        reading_.add_missing(tool.mark, "mcp_server.tools", "name", "write the tool's name");
        continue;
      }
      if (std::ranges::find(seen, name) != seen.end()) {
        reading_.add_fault(tool.mark, "mcp_server.tools",
                           "two entries for one tool are two values for one thing",
                           "keep one of them");
        continue;
      }
      seen.push_back(name);
      read_tool(tool, name);
    }
  }

  void read_tool(const Node& tool, const std::string& name) {
    const bool priced = rows_.find(name) != nullptr;
    const auto wanted = truth_from_text(text_of(tool.find("requires_payment")));
    if (wanted == true && !priced) {
      reading_.add_missing(tool.mark, fmt::format("{}.{}", kPricing, name), "sats",
                           "give the tool a price there");
    }
    if (wanted == false && priced) {
      reading_.add_fault(tool.mark, fmt::format("{}.{}", kPricing, name),
                         "a price and `requires_payment: false` are two values for one thing",
                         "keep one of them");
    }
    if (wanted == true || priced) return;
    rows_.members.push_back({name, tool.mark, Node::scalar("free", tool.mark)});
  }

  /// Work of so many bits may stand in for each price.
  void put_work() {
    const bool wanted = truth_from_text(text_of(member_of(payment_, "pow_enabled"))) == true;
    if (!wanted) return;
    const Node* given = member_of(payment_, "pow_difficulty");
    const Mark mark = given == nullptr ? payment_->mark : given->mark;
    const auto bits = given == nullptr ? whole_number_from_text(option_of(kDifficulty)->standard)
                                       : whole_number_from_text(text_of(given));
    if (!bits) return;  // told with all other values
    if (*bits == 0 || *bits > kWorkBitsMax) {
      reading_.add_fault(mark, std::string(kDifficulty), "is no amount of work for this gate",
                         fmt::format("write from 1 to {}, in bits", kWorkBitsMax));
      return;
    }
    static_cast<void>(put_value(reading_.root, *steps_of("rails.pow.bits"),
                                Node::scalar(std::to_string(*bits), mark)));
    for (Member& row : rows_.members) {
      if (!row.value.is_mapping()) continue;
      row.value.members.push_back(
          {"work", mark, Node::scalar(fmt::format("{} bits", *bits), mark)});
    }
  }

  void tell_of_gateway() {
    const Node* gateway = member_of(payment_, "gateway");
    if (gateway == nullptr || !gateway->is_scalar()) return;
    reading_.warnings.emplace_back(
        "mcp_server.auth.payment.gateway: read for information only; this gate mints with the "
        "wallet of `lightning`");
  }

  Reading& reading_;
  const Node& server_;
  const Node* payment_;
  Node rows_ = Node::mapping(server_.mark);
};

}  // namespace

void put_composite_template(Reading& reading) {
  const Node* found = reading.root.find("mcp_server");
  if (found == nullptr || !found->is_mapping()) return;
  const Node server = *found;  // what is put beside it may move it
  CompositeTemplate(reading, server).put();
}

}  // namespace tollhouse::config
