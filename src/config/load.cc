// config: layers, checks, sections, in this order.
#include "config/load.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <tuple>

#include "base/format.h"
#include "config/sections.h"
#include "config/sources.h"

namespace tollhouse::config {
namespace {

std::optional<std::string> file_to_read(const Request& request) {
  if (request.file) return request.file;
  const auto named = request.environment.find("TOLLHOUSE_CONFIG");
  if (named != request.environment.end() && !named->second.empty()) return named->second;
  std::error_code error;
  for (const std::string& usual : request.usual_files) {
    if (std::filesystem::exists(usual, error)) return usual;
  }
  return std::nullopt;
}

/// Without a file and without rows every tool costs 1 sat (surface.md 1).
void put_standard_price(Reading& reading) {
  const Node* upstream = reading.root.find("upstream");
  if (reading.file || upstream == nullptr || reading.root.find("tools") != nullptr) return;
  const std::uint32_t source = reading.add_source("default");
  const std::vector<Step> steps = {{"tools", false}, {"*", false}, {"price", false}};
  put_value(reading.root, steps, Node::scalar("1 sat", {source, 0, 0}));
}

void require_root(Reading& reading, const Settings& settings) {
  const bool faulty = std::ranges::any_of(
      reading.faults, [](const Fault& fault) { return fault.key.starts_with("secrets"); });
  if (!reading.file || !settings.root_keys.empty() || faulty) return;
  reading.add_missing(reading.root.mark, "", "LN_GATE_HMAC",
                      "set LN_GATE_HMAC, or write secrets: { root: ${file:/path} }; "
                      "tollhouse keygen hmac makes one");
}

void add_defaults(std::vector<Entry>& entries) {
  for (const Option& option : options()) {
    const bool one = option.path.find_first_of("[*") == std::string_view::npos;
    if (!one || !option.part.empty() || option.standard.empty()) continue;
    const bool given = std::ranges::any_of(entries, [&](const Entry& entry) {
      return entry.key == option.path || entry.key.starts_with(std::string(option.path) + "[");
    });
    if (!given)
      entries.push_back({std::string(option.path), std::string(option.standard), "default", false});
  }
}

/// Stable, by what `key` gives.
template <class Value, class Key>
void sort_by(std::vector<Value>& values, Key key) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::tuple(key(values[i]), i); });
  std::vector<Value> sorted;
  sorted.reserve(values.size());
  for (const std::size_t i : order) sorted.push_back(std::move(values[i]));
  values = std::move(sorted);
}

/// In the order of the table.
std::ptrdiff_t rank_of(const Entry& entry) {
  const auto rows = options();
  const std::string section = entry.key.substr(0, entry.key.find_first_of(".["));
  const auto row = std::ranges::find_if(rows, [&](const Option& option) {
    return option.path == (section == "tools" ? "routes" : section);
  });
  return std::distance(rows.begin(), row);
}

/// Faults of the file first, from top to bottom.
void sort_faults(std::vector<Fault>& faults) {
  sort_by(faults, [](const Fault& fault) {
    return std::tuple(fault.place.line == 0, fault.place.line, fault.place.column);
  });
}

void read_layers(Reading& reading, const Request& request) {
  const auto file = file_to_read(request);
  if (file) read_file_layer(reading, *file);
  if (!file) reading.root.mark.source = reading.add_source("no configuration file");
  put_composite_template(reading);
  read_environment_layer(reading);
  read_set_layer(reading, request.sets);
  if (request.upstream) set_upstream(reading, *request.upstream);
  put_pay_gate(reading);
  put_profile(reading);
}

Settings read_sections(Reading& reading) {
  Settings settings;
  const View top = View::top(reading);
  read_listen(top, settings);
  read_rails(top, settings);
  read_routes(top, settings);
  read_secrets(top, settings);
  read_lightning(top, settings);
  read_books(top, settings);
  read_limits(top, settings);
  read_log(top, settings);
  require_root(reading, settings);
  return settings;
}

Rejection rejection_of(Reading& reading) {
  sort_faults(reading.faults);
  Rejection rejection{std::move(reading.faults), std::move(reading.warnings), false};
  rejection.wrong_usage = std::ranges::any_of(rejection.faults, &Fault::wrong_usage);
  return rejection;
}

/// A file that could not be read or is no YAML: what is missing in it cannot be known.
bool unreadable(const Reading& reading) {
  return std::ranges::any_of(reading.faults, [](const Fault& fault) {
    return fault.key.empty() && !fault.message.starts_with("Missing");
  });
}

/// All sources in one tree; a rejection where one of them cannot be read.
std::optional<Rejection> gather(Reading& reading, const Request& request) {
  reading.environment = request.environment;
  read_layers(reading, request);
  if (unreadable(reading)) return rejection_of(reading);
  return std::nullopt;
}

}  // namespace

Result<Loaded, Rejection> load(const Request& request) {
  Reading reading;
  if (auto rejection = gather(reading, request)) return refuse(*std::move(rejection));
  put_standard_price(reading);

  Loaded loaded;
  check_tree(reading, loaded.entries);
  loaded.settings = read_sections(reading);
  if (!reading.faults.empty()) return refuse(rejection_of(reading));

  for (gate::Route& route : loaded.settings.policy.routes) route.index_rows();
  add_defaults(loaded.entries);
  sort_by(loaded.entries, rank_of);
  loaded.file = reading.file;
  loaded.warnings = std::move(reading.warnings);
  return loaded;
}

Result<BooksPlace, Rejection> load_books_place(const Request& request) {
  Reading reading;
  if (auto rejection = gather(reading, request)) return refuse(*std::move(rejection));

  std::vector<Entry> entries;
  check_tree(reading, entries);
  Settings settings;
  const View top = View::top(reading);
  read_books(top, settings);
  std::erase_if(reading.faults, [](const Fault& fault) {
    return !fault.key.starts_with("data_dir") && !fault.key.starts_with("receipts");
  });
  if (!reading.faults.empty()) return refuse(rejection_of(reading));
  return BooksPlace{top.child("data_dir").text(), std::move(settings.receipts)};
}

namespace {

KeyPlace place_of(const View& key) { return {key.given(), file_named_by(key)}; }

}  // namespace

Result<KeyPlaces, Rejection> load_key_places(const Request& request) {
  Reading reading;
  if (auto rejection = gather(reading, request)) return refuse(*std::move(rejection));
  std::vector<Entry> entries;
  check_tree(reading, entries);
  std::erase_if(reading.faults,
                [](const Fault& fault) { return !fault.key.starts_with("data_dir"); });
  if (!reading.faults.empty()) return refuse(rejection_of(reading));
  const View top = View::top(reading);
  const View secrets = top.child("secrets");
  return KeyPlaces{top.child("data_dir").text(), place_of(secrets.child("root")),
                   place_of(secrets.child("previous_root")),
                   place_of(top.child("receipts").child("hmac_key"))};
}

namespace {

/// How a wallet's credential is named where no file is: none of it stands here.
std::string credential_line(const LightningSettings& settings) {
  switch (settings.driver) {
    case LightningDriver::phoenixd:
      return "password: \"${TOLLHOUSE_LIGHTNING__PASSWORD}\"";
    case LightningDriver::lnd:
      return "macaroon: \"${TOLLHOUSE_LIGHTNING__MACAROON}\"" +
             (settings.certificate.empty()
                  ? std::string()
                  : fmt::format(", tls_cert: \"{}\"", settings.certificate.string()));
    case LightningDriver::lnbits:
    case LightningDriver::simulated:
      break;
  }
  return "key: \"${WALLET_INVOICE_KEY}\"";
}

/// `{ price: 1 sat, work: 18 bits }`.
std::string row_text(const gate::Terms& terms) {
  std::string text = fmt::format("{{ price: {}", to_text(terms.price));
  if (terms.work && terms.work->automatic) text += ", work: auto";
  if (terms.work && !terms.work->automatic)
    text += fmt::format(", work: {} bits", terms.work->bits);
  return text + " }";
}

}  // namespace

std::string equivalent_yaml(const Settings& settings) {
  std::string yaml = "listen:\n";
  for (const Endpoint& endpoint : settings.listen)
    yaml += fmt::format("  - \"{}\"\n", endpoint.text());
  yaml += fmt::format("admin: {}\n", settings.admin ? "\"" + settings.admin->text() + "\"" : "off");
  yaml += fmt::format("data_dir: {}\n", settings.data_dir.string());
  for (const gate::Route& route : settings.policy.routes) {
    yaml += fmt::format("upstream: http://{}{}\n", route.upstream.authority, route.upstream.path);
    yaml += "tools:\n";
    for (const gate::ToolRow& row : route.rows) {
      yaml += fmt::format("  \"{}\": {}\n", row.name, row_text(row.terms));
    }
    if (route.other) yaml += fmt::format("  \"*\": {}\n", row_text(route.other->terms));
  }
  yaml += fmt::format(
      "secrets: {{ root: \"${{file:{}}}\" }}\n",
      (std::filesystem::absolute(settings.data_dir) / "root.key").lexically_normal().string());
  if (settings.lightning.driver == LightningDriver::simulated) {
    return yaml + "lightning: { driver: simulated, network: regtest }\n";
  }
  return yaml + fmt::format("lightning: {{ driver: {}, network: {}, url: \"{}\", {} }}\n",
                            to_text(settings.lightning.driver), to_text(settings.lightning.network),
                            settings.lightning.url, credential_line(settings.lightning));
}

std::string to_text(const Rejection& rejection) {
  std::string text;
  for (const Fault& fault : rejection.faults) text += to_text(fault);
  return text;
}

}  // namespace tollhouse::config
