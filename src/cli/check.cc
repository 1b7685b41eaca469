// cli: `check`.
#include "cli/check.h"

#include "base/format.h"
#include "json/writer.h"

namespace tollhouse::cli {
namespace {

std::size_t tools_of(const gate::Policy& policy) {
  std::size_t tools = 0;
  for (const gate::Route& route : policy.routes)
    tools += route.rows.size() + route.other.has_value();
  return tools;
}

std::string counted(std::size_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

}  // namespace

int run_check(const CheckOptions& options, Terminal& terminal) {
  const auto loaded = config::load(request_of(options.configuration, terminal));
  if (!loaded) return tell(loaded.error(), terminal);
  const gate::Policy& policy = loaded->settings.policy;
  const std::string name = loaded->file.value_or("no configuration file");
  if (options.json) {
    std::string text;
    json::Writer writer(text);
    writer.begin_object().member("valid", true).member("file", loaded->file.value_or(""));
    writer.member("routes", std::uint64_t{policy.routes.size()});
    writer.member("tools", std::uint64_t{tools_of(policy)}).name("warnings").begin_array();
    for (const std::string& warning : loaded->warnings) writer.string(warning);
    terminal.line((writer.end_array().end_object(), text));
    return exit_with(Exit::done);
  }
  tell_warnings(loaded->warnings, terminal);
  terminal.line(fmt::format("{}: {} ({}, {})", name, terminal.styled(Style::good, "valid"),
                            counted(policy.routes.size(), "route"),
                            counted(tools_of(policy), "priced row")));
  return exit_with(Exit::done);
}

}  // namespace tollhouse::cli
