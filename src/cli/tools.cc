// cli: `tools`, what a gate's server offers and what each tool costs, as its gate advertises it in
// `tools/list`. What a call asks for in the end its 402 says.
#include <algorithm>

#include "base/format.h"
#include "cli/call.h"
#include "cli/caller.h"
#include "cli/version.h"
#include "dialogue/shown.h"
#include "json/writer.h"

namespace tollhouse::cli {
namespace {

/// The column of names is not wider than this; longer names push their line.
constexpr std::size_t kNameColumnMax = 32;

/// Line ends stand between tokens only, so JSON stays what it is on one line.
std::string on_one_line(std::string json) {
  std::replace_if(json.begin(), json.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return json;
}

std::string json_line(const dialogue::Tool& tool) {
  std::string line;
  json::Writer writer(line);
  writer.begin_object().member("name", tool.name).member("title", tool.title);
  writer.member("description", tool.description).name("inputSchema");
  if (tool.input_schema.empty()) {
    writer.null();
  } else {
    writer.raw(tool.input_schema);
  }
  writer.name("price");
  if (tool.terms) {
    writer.raw(tool.terms->json);
  } else {
    writer.null();
  }
  writer.end_object();
  return on_one_line(std::move(line));
}

std::string first_line(const dialogue::Tool& tool) {
  const std::string& text = tool.description.empty() ? tool.title : tool.description;
  return dialogue::for_terminal(text.substr(0, text.find('\n')));
}

/// Empty where nothing is said: the server may stand without a gate.
std::string price_text(const dialogue::Tool& tool) {
  if (!tool.terms) return {};
  const dialogue::ToolTerms& terms = *tool.terms;
  if (terms.price == Msat()) return "free";
  const std::string amount = to_text(terms.price);
  if (!terms.uses) return fmt::format("{} for {} s", amount, terms.valid_for_seconds);
  return *terms.uses == 1 ? amount : fmt::format("{} for {} calls", amount, *terms.uses);
}

void print(const std::vector<dialogue::Tool>& tools, const Terminal& terminal) {
  std::size_t width = 0;
  for (const dialogue::Tool& tool : tools) width = std::max(width, tool.name.size());
  width = std::min(width, kNameColumnMax);
  std::size_t price_width = 0;
  for (const dialogue::Tool& tool : tools) {
    price_width = std::max(price_width, price_text(tool).size());
  }
  for (const dialogue::Tool& tool : tools) {
    const std::string name = dialogue::for_terminal(tool.name);
    const std::string blanks(name.size() < width ? width - name.size() : 0, ' ');
    const std::string about = first_line(tool);
    const std::string bold = terminal.styled(Style::bold, name);
    std::string price = price_text(tool);
    price.resize(price_width, ' ');
    std::string line =
        fmt::format("{}{}{}{}  {}", bold, blanks, price_width == 0 ? "" : "  ", price, about);
    line.erase(line.find_last_not_of(' ') + 1);
    terminal.line(line);
  }
}

}  // namespace

int run_tools(const ToolsOptions& options, Terminal& terminal) {
  const auto url = caller_url(options.url);
  if (!url) return tell(url.error(), terminal);
  CallerMeans means(terminal, false);
  client::Settings settings;
  settings.gate = *url;
  settings.speaker.version = version();
  settings.pay = false;
  client::Client client(means.surroundings(), std::move(settings), nullptr);
  const auto connected = client.connect();
  if (!connected) return tell(connected.error(), terminal);
  const auto tools = client.list_tools();
  client.goodbye();
  if (!tools) return tell(tools.error(), terminal);
  if (!options.json) {
    print(*tools, terminal);
    return exit_with(Exit::done);
  }
  for (const dialogue::Tool& tool : *tools) terminal.line(json_line(tool));
  return exit_with(Exit::done);
}

}  // namespace tollhouse::cli
