// cli: `config`.
#include "cli/config.h"

#include <algorithm>

#include "base/format.h"
#include "config/schema.h"
#include "json/writer.h"

namespace tollhouse::cli {
namespace {

/// Which key it is, where others see that too: the number that is in every token of a root key.
std::optional<unsigned> key_number_of(const config::Entry& entry,
                                      const config::Settings& settings) {
  const auto& keys = settings.root_keys;
  if (entry.key == "secrets.root" && !keys.empty()) return keys[0].number;
  if (entry.key == "secrets.previous_root" && keys.size() > 1) return keys[1].number;
  return std::nullopt;
}

std::string value_of(const config::Entry& entry, const config::Settings& settings) {
  const auto number = key_number_of(entry, settings);
  return number ? fmt::format("{} (key {})", entry.value, *number) : entry.value;
}

std::string json_of(const config::Loaded& loaded) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().name("file");
  if (loaded.file) writer.string(*loaded.file);
  if (!loaded.file) writer.null();
  writer.name("values").begin_array();
  for (const config::Entry& entry : loaded.entries) {
    writer.begin_object().member("key", entry.key).member("value", entry.value);
    writer.member("origin", entry.origin).member("default", !entry.given);
    const auto number = key_number_of(entry, loaded.settings);
    if (number) writer.member("keyNumber", *number);
    writer.end_object();
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
  std::vector<std::string> pairs;
  pairs.reserve(loaded->entries.size());
  for (const config::Entry& entry : loaded->entries) {
    pairs.push_back(entry.key + ": " + value_of(entry, loaded->settings));
    width = std::max(width, std::min<std::size_t>(pairs.back().size(), 60));
  }
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const std::string& pair = pairs[i];
    const config::Entry& entry = loaded->entries[i];
    terminal.line(
        fmt::format("{:<{}}  {}", pair, width, terminal.styled(Style::dim, "# " + entry.origin)));
  }
  return exit_with(Exit::done);
}

}  // namespace tollhouse::cli
