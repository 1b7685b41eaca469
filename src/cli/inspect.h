// cli: `inspect`, what a thing off the wire says. Reads and shows; verifies nothing but what needs
// no key (an invoice's own signature, a preimage against its hash).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "cli/terminal.h"

namespace tollhouse::cli {

struct InspectOptions {
  std::string thing;  ///< the thing, or - for one per line on standard input
  bool json = false;  ///< one JSON value, or one per line
};

int run_inspect(const InspectOptions& options, Terminal& terminal);

/// One fact: `name` as in JSON, `json` its value, `text` for people.
struct Fact {
  std::string name;
  std::string json;
  std::string text;
};
using Facts = std::vector<Fact>;

/// What is known of `thing` (kind first). Nothing where it is nothing we know.
std::optional<Facts> facts_of(std::string_view thing, Time now);
std::optional<Facts> invoice_facts(std::string_view thing, Time now);
std::optional<Facts> macaroon_facts(std::string_view thing);
std::optional<Facts> credential_facts(std::string_view thing);
std::optional<Facts> challenge_facts(std::string_view thing, Time now);
std::optional<Facts> work_facts(std::string_view thing, Time now);
/// Challenge, credential or receipt of the Payment scheme.
std::optional<Facts> payment_scheme_facts(std::string_view thing, Time now);
std::optional<Facts> receipt_facts(std::string_view thing);

}  // namespace tollhouse::cli
