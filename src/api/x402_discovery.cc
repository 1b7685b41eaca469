// api: the price table as x402 facilitators list what can be bought, for clients that look there
// first. Terms without invoices; the challenge always wins over them. Spec:
// x402-bip122.md 11.1, 13.
#include "api/answers.h"
#include "api/handlers.h"
#include "gate/price.h"
#include "gate/rules.h"
#include "gate/sale.h"
#include "json/writer.h"
#include "x402/discovery.h"

namespace tollhouse::api {
namespace {

using gate::Route;
using gate::ToolRow;

constexpr std::string_view kCaching = "max-age=300";

/// `{"server":…,"tool":…}` and the members of the price.
std::string metadata_of(const gate::Policy& policy, const std::string& server, const ToolRow& row) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("server", server).member("tool", row.name);
  writer.raw_member("price", gate::price_object(policy, row)).end_object();
  return text;
}

/// An offer of P2 names the node that signs its invoice, so only P1 can be listed without one.
x402::Offer terms_of(const gate::Policy& policy, const ToolRow& row, bolt::Network network) {
  x402::Offer offer;
  offer.network = network;
  const lightning::MintRequest asked = gate::mint_request(policy, row.terms, row.name);
  offer.amount = asked.amount;
  offer.max_timeout = std::chrono::floor<std::chrono::seconds>(asked.expiry);
  return offer;
}

class Listings {
 public:
  Listings(const gate::Rules& rules, bolt::Network network) : rules_(rules), network_(network) {}

  void add(std::string resource, std::string type, const Route& route, const ToolRow& row) {
    const gate::Policy& policy = rules_.policy;
    if (!gate::takes_x402(policy, row.terms) || !policy.x402.bip122) return;
    x402::Listing listing;
    listing.resource = std::move(resource);
    listing.type = std::move(type);
    listing.offers.push_back(terms_of(policy, row, network_));
    listing.last_updated = rules_.since;
    listing.metadata = metadata_of(policy, rules_.receipts.issuer + route.path, row);
    made_.push_back(std::move(listing));
  }
  const std::vector<x402::Listing>& all() const { return made_; }

 private:
  const gate::Rules& rules_;
  bolt::Network network_;
  std::vector<x402::Listing> made_;
};

std::string resources(const gate::Rules& rules, bolt::Network network,
                      const x402::DiscoveryQuery& query) {
  Listings listings(rules, network);
  const std::string& origin = rules.receipts.issuer;
  for (const Route& route : rules.policy.routes) {
    for (const ToolRow& row : route.rows) {
      listings.add(x402::tool_url(row.name), "mcp", route, row);
      const bool first = &route == &rules.policy.routes.front();
      if (first && has_path(row.name))
        listings.add(origin + "/tools/" + row.name, "http", route, row);
    }
  }
  return x402::discovery_document(listings.all(), query);
}

class Resources final : public gate::Handler {
 public:
  explicit Resources(const gate::House& house) : house_(house) {}

  io::Task<gate::LocalAnswer> answer(io::Reactor&, const gate::LocalRequest& request) override {
    if (!is_read(request)) co_return method_not_allowed("GET, HEAD");
    const std::string_view target = request.head.target();
    const std::size_t mark = std::min(target.find('?'), target.size() - 1);
    const auto query = x402::read_discovery_query(target.substr(mark + 1));
    if (!query) co_return refused(400, "bad_query", "Known are type, limit (1 to 100) and offset.");
    gate::LocalAnswer made;
    made.body = resources(request.rules, house_.wallet.network(), *query);
    made.cache_control = kCaching;
    co_return made;
  }

 private:
  const gate::House& house_;
};

}  // namespace

void add_x402_discovery(gate::Router& router, const gate::House& house) {
  router.add("/discovery/resources", std::make_unique<Resources>(house));
}

}  // namespace tollhouse::api
