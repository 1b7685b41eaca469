// cli: `inspect`: what kind of thing it is, and printing what is known of it.
#include "cli/inspect.h"

#include <algorithm>

#include "bolt/bolt11.h"
#include "cli/facts.h"
#include "cli/input.h"
#include "cli/qr.h"

namespace tollhouse::cli {
namespace {

std::string json_of(const Facts& facts) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  for (const Fact& fact : facts) writer.raw_member(fact.name, fact.json);
  writer.end_object();
  return text;
}

void print(const Facts& facts, const Terminal& terminal) {
  terminal.line(terminal.styled(Style::bold, facts[0].text));
  for (std::size_t i = 1; i < facts.size(); ++i) {
    terminal.line(fmt::format("  {:<20} {}", facts[i].name, facts[i].text));
  }
}

bool inspect_one(std::string_view thing, const InspectOptions& options, const Terminal& terminal) {
  const auto facts = facts_of(thing, SystemClock().now());
  if (!facts) {
    terminal.fail({Exit::no, "unknown_thing", "this is nothing that can be decoded here",
                   "known: BOLT 11 invoice, macaroon, L402 or Payment credential or challenge, "
                   "PoW challenge or solution, receipt"});
    return false;
  }
  if (options.json) terminal.line(json_of(*facts));
  if (!options.json) print(*facts, terminal);
  const auto is = [&](std::string_view name, std::string_view json) {
    return std::ranges::any_of(
        *facts, [&](const Fact& fact) { return fact.name == name && fact.json == json; });
  };
  if (is("kind", "\"bolt11\"") && is("valid", "true")) {
    show_qr(bolt::bare_invoice(thing), terminal);
  }
  return std::ranges::none_of(
      *facts, [](const Fact& fact) { return fact.name == "valid" && fact.json == "false"; });
}

bool inspect_lines(std::string_view text, const InspectOptions& options, const Terminal& terminal) {
  bool all = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_blanks(text.substr(0, end));
    if (!line.empty()) all = inspect_one(line, options, terminal) && all;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}

}  // namespace

std::optional<Facts> facts_of(std::string_view thing, Time now) {
  thing = without_blanks(thing);
  if (auto facts = invoice_facts(thing, now)) return facts;
  if (auto facts = challenge_facts(thing, now)) return facts;
  if (auto facts = work_facts(thing, now)) return facts;
  if (auto facts = payment_scheme_facts(thing, now)) return facts;
  if (auto facts = receipt_facts(thing)) return facts;
  if (auto facts = credential_facts(thing)) return facts;
  return macaroon_facts(thing);
}

int run_inspect(const InspectOptions& options, Terminal& terminal) {
  if (options.thing != "-") {
    return exit_with(inspect_one(options.thing, options, terminal) ? Exit::done : Exit::no);
  }
  const auto text = terminal.input();
  if (!text) return file_failure("-", terminal);
  return exit_with(inspect_lines(*text, options, terminal) ? Exit::done : Exit::no);
}

}  // namespace tollhouse::cli
