// cli: `config`.
#include "cli/config.h"

#include <algorithm>

#include "base/format.h"
#include "config/schema.h"
#include "json/writer.h"

namespace tollhouse::cli {
namespace {

std::string json_of(const config::Loaded& loaded) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().name("file");
  if (loaded.file) writer.string(*loaded.file);
  if (!loaded.file) writer.null();
  writer.name("values").begin_array();
  for (const config::Entry& entry : loaded.entries) {
    writer.begin_object().member("key", entry.key).member("value", entry.value);
    writer.member("origin", entry.origin).member("default", !entry.given).end_object();
  }
  writer.end_array().end_object();
  return text;
}

}  // namespace

int run_config(const ConfigOptions& options, Terminal& terminal) {
  if (options.schema) {
    terminal.result(config::json_schema());
    return exit_with(Exit::done);
  }
  const auto loaded = config::load(request_of(options.configuration, terminal));
  if (!loaded) return tell(loaded.error(), terminal);
  if (options.json) {
    terminal.line(json_of(*loaded));
    return exit_with(Exit::done);
  }
  tell_warnings(loaded->warnings, terminal);
  std::size_t width = 0;
  for (const config::Entry& entry : loaded->entries) {
    width = std::max(width, std::min<std::size_t>(entry.key.size() + entry.value.size() + 2, 60));
  }
  for (const config::Entry& entry : loaded->entries) {
    const std::string pair = entry.key + ": " + entry.value;
    terminal.line(
        fmt::format("{:<{}}  {}", pair, width, terminal.styled(Style::dim, "# " + entry.origin)));
  }
  return exit_with(Exit::done);
}

}  // namespace tollhouse::cli
