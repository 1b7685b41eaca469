// config: values out of the environment: the names that users bring along (R-CFG-2) and the path
// form TOLLHOUSE_RAILS__L402__TTL.
#include <algorithm>
#include <array>
#include <cctype>

#include "base/format.h"
#include "config/fill.h"
#include "config/limits.h"
#include "config/sources.h"
#include "config/units.h"
#include "config/yaml.h"

namespace tollhouse::config {
namespace {

constexpr std::string_view kPrefix = "TOLLHOUSE_";

/// TOLLHOUSE_ names that are no configuration keys.
constexpr std::array<std::string_view, 7> kOwnNames = {
    "TOLLHOUSE_CONFIG",          "TOLLHOUSE_WALLET",          "TOLLHOUSE_WALLET_KEY",
    "TOLLHOUSE_WALLET_KEY_FILE", "TOLLHOUSE_WALLET_TLS_CERT", "TOLLHOUSE_NWC",
    "TOLLHOUSE_CRASH_AT"};

/// As users have it from elsewhere, and what it means.
constexpr const char* kMisspelt = "CHINTIP_MAX_AGE_BLOCKS";
constexpr const char* kMisspeltFor = "CHAINTIP_MAX_AGE_BLOCKS";

/// Names of R-CFG-2 whose part is not here; at `standard` they change nothing.
struct LackingName {
  std::string_view name, standard, part;
};
constexpr LackingName kLackingNames[] = {
    {"REPUTATION_ORACLE_ENDPOINT", "", "reputation"},
    {"MIN_REPUTATION_THRESHOLD", "10", "reputation"},
    {"ORACLE_TIMEOUT_MS", "2000", "reputation"},
    {kMisspeltFor, "6", "reputation"},
    {kMisspelt, "6", "reputation"},
};

/// Names of programs beside the gate: no fault where they are set, and no part of it is configured.
constexpr LackingName kForOthers[] = {
    {"NODE_ENV", "production", "a profile other than production"},
    {"LIVEAUTH_API_KEY", "", "the session server"},
    {"LIVEAUTH_API_BASE", "", "the session server"},
    {"LIVEAUTH_DEMO", "false", "the session server"},
    {"LIVEAUTH_PUBLIC_KEY", "", "the session server"},
    {"LIVEAUTH_API_URL", "", "the session server"},
};

std::string lower(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

std::string upper(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return made;
}

class EnvironmentLayer {
 public:
  explicit EnvironmentLayer(Reading& reading) : reading_(reading) {}

  void read() {
    lacking_names();
    names_for_others();
    seed_names();
    for (const auto& [name, value] : reading_.environment) {
      if (name.starts_with(kPrefix) && !value.empty()) own_name(name);
    }
  }

 private:
  std::optional<EnvironmentValue> value_of(const std::string& name, bool secret) {
    const auto value = environment_value(reading_.environment, name, secret);
    if (value) return *value;
    const std::uint32_t source = reading_.add_source("environment " + name);
    reading_.add_fault({source, 0, 0}, "", value.error(), "chmod 600 the file");
    return std::nullopt;
  }

  void put(const std::vector<Step>& steps, const EnvironmentValue& value, Node node) {
    const std::uint32_t source = reading_.add_source(value.origin);
    node.mark = {source, 0, 0};
    remark(node, source);
    // As if the file's reference stood in the configuration: rotation works on it in the same way.
    if (value.file && node.is_scalar()) {
      node.written = fmt::format("${{file:{}}}", value.file->string());
    }
    if (!put_value(reading_.root, steps, std::move(node))) {
      reading_.add_fault({source, 0, 0}, "", "the name does not fit the configuration's shape",
                         "tollhouse config shows the keys");
      return;
    }
    Node* at = &reading_.root;
    for (const Step& step : steps) {
      if (step.index) {
        at = &at->items[std::stoul(step.name)];
        continue;
      }
      for (Member& member : at->members) {
        if (member.name != step.name) continue;
        if (&step == &steps.back()) member.mark = {source, 0, 0};
        at = &member.value;
        break;
      }
    }
  }

  static void remark(Node& node, std::uint32_t source) {
    node.mark = {source, 0, 0};
    for (Node& item : node.items) remark(item, source);
    for (Member& member : node.members) {
      member.mark = {source, 0, 0};
      remark(member.value, source);
    }
  }

  void put_text(std::string_view path, const EnvironmentValue& value, std::string text) {
    put(*steps_of(path), value, Node::scalar(std::move(text), {}));
  }

  void lacking_names() {
    if (const auto value = value_of(kMisspelt, false)) {
      reading_.warnings.push_back(
          fmt::format("{} is read as {}; rename it", value->origin, kMisspeltFor));
    }
    for (const LackingName& row : kLackingNames) {
      const auto value = value_of(std::string(row.name), false);
      if (!value || value->text == row.standard) continue;
      const std::uint32_t source = reading_.add_source(value->origin);
      reading_.add_fault({source, 0, 0}, std::string(row.name),
                         fmt::format("{} is not part of this build", row.part), "unset it");
    }
  }

  void names_for_others() {
    for (const LackingName& row : kForOthers) {
      const auto value = value_of(std::string(row.name), false);
      if (!value || value->text == row.standard) continue;
      reading_.warnings.push_back(fmt::format(
          "{}: {} is not part of this build; the gate goes on without", value->origin, row.part));
    }
  }

  void seed_names() {
    if (const auto port = value_of("PORT", false)) port_name(*port);
    if (const auto ttl = value_of("MACAROON_TTL_MS", false)) ttl_name(*ttl);
    root_names();
    wallet_names();
    if (const auto gate = value_of("POW_GATE_URL", false)) {
      put_text("rails.l402.verify.url", *gate, gate->text);
    }
  }

  /// Changes the port of the one address listened on, and not the address.
  void port_name(const EnvironmentValue& value) {
    const Node* listen = reading_.root.find("listen");
    const bool several = listen != nullptr && listen->is_sequence() && listen->items.size() != 1;
    const auto port = whole_number_from_text(value.text);
    if (!port || *port > 65'535 || several) {
      const std::uint32_t source = reading_.add_source(value.origin);
      reading_.add_fault(
          {source, 0, 0}, "PORT",
          several ? "the configuration lists several addresses" : "PORT is not a port number",
          several ? "unset PORT" : "write a number from 0 to 65535");
      return;
    }
    Endpoint endpoint{Endpoint::Kind::address, "127.0.0.1", 0};
    if (listen != nullptr) {
      const Node& one = listen->is_sequence() ? listen->items[0] : *listen;
      const auto configured = endpoint_from_text(one.written);
      if (configured && configured->kind == Endpoint::Kind::address) endpoint = *configured;
    }
    endpoint.port = static_cast<std::uint16_t>(*port);
    put_text("listen", value, endpoint.text());
  }

  void ttl_name(const EnvironmentValue& value) {
    if (whole_number_from_text(value.text)) {
      put_text("rails.l402.ttl", value, value.text + "ms");
      return;
    }
    const std::uint32_t source = reading_.add_source(value.origin);
    reading_.add_fault({source, 0, 0}, "MACAROON_TTL_MS", "is not a whole number of milliseconds",
                       "write e.g. 300000");
  }

  /// LN_GATE_HMAC is the key; of the rotation pair V2 is the newer.
  void root_names() {
    const auto one = value_of("LN_GATE_HMAC", true);
    const auto first = value_of("HMAC_SECRET_V1", true);
    const auto second = value_of("HMAC_SECRET_V2", true);
    const auto& newest = second ? second : first;
    if (one && newest && one->text != newest->text) {
      const std::uint32_t source = reading_.add_source(one->origin);
      reading_.add_fault({source, 0, 0}, "secrets.root",
                         "LN_GATE_HMAC and HMAC_SECRET_V2 are two values for one thing",
                         "unset one of them");
    }
    if (newest) put_text("secrets.root", *newest, newest->text);
    if (one) put_text("secrets.root", *one, one->text);
    if (first && second) put_text("secrets.previous_root", *first, first->text);
  }

  /// The first of two names for one thing; both may be set where they agree.
  std::optional<EnvironmentValue> value_of_two(const char* name, const char* other, bool secret,
                                               const std::string& key) {
    const auto one = value_of(name, secret);
    const auto two = value_of(other, secret);
    if (one && two && one->text != two->text) {
      const std::uint32_t source = reading_.add_source(one->origin);
      reading_.add_fault({source, 0, 0}, key,
                         fmt::format("{} and {} are two values for one thing", name, other),
                         "unset one of them");
    }
    return one ? one : two;
  }

  /// R-LN-3. The address of a wallet is also its choice, unless the configuration has chosen.
  void wallet_names() {
    const auto url = value_of_two("WALLET_BASE_URL", "LNBITS_URL", false, "lightning.url");
    const auto key =
        value_of_two("WALLET_INVOICE_KEY", "LNBITS_INVOICE_KEY", true, "lightning.key");
    if (url) put_text("lightning.url", *url, url->text);
    if (key) put_text("lightning.key", *key, key->text);
    const Node* lightning = reading_.root.find("lightning");
    const bool chosen = lightning == nullptr || lightning->find("driver") != nullptr;
    if ((url || key) && !chosen) put_text("lightning.driver", url ? *url : *key, "lnbits");
  }

  /// Steps of TOLLHOUSE_A__B__0; empty where no key has that name.
  std::vector<Step> steps_of_name(std::string_view name) const {
    std::vector<Step> steps;
    std::string pattern;
    const Node* node = &reading_.root;
    for (;;) {
      const std::size_t end = std::min(name.find("__"), name.size());
      Step step = step_below(pattern, node, name.substr(0, end));
      if (step.name.empty()) return {};
      pattern = step.index ? pattern_of_items(pattern) : pattern_below(pattern, step.name);
      node = below(node, step);
      steps.push_back(std::move(step));
      if (end == name.size()) return steps;
      name.remove_prefix(end + 2);
    }
  }

  static const Node* below(const Node* node, const Step& step) {
    if (node == nullptr) return nullptr;
    if (!step.index) return node->find(step.name);
    const std::size_t index = std::stoul(step.name);
    return index < node->items.size() ? &node->items[index] : nullptr;
  }

  static Step step_below(const std::string& pattern, const Node* node, std::string_view part) {
    if (part.empty()) return {};
    const auto index = whole_number_from_text(part);
    if (index && *index <= kListIndexMax && !pattern_of_items(pattern).empty()) {
      return {std::to_string(*index), true};
    }
    if (node != nullptr) {  // names that the configuration has, in their own letters
      for (const Member& member : node->members) {
        const bool same = upper(member.name) == upper(part);
        if (same && !pattern_below(pattern, member.name).empty()) return {member.name, false};
      }
    }
    std::string name = lower(part);
    if (pattern_below(pattern, name).empty()) return {};
    return {std::move(name), false};
  }

  void own_name(const std::string& variable) {
    if (std::ranges::find(kOwnNames, variable) != kOwnNames.end()) return;
    std::string name = variable;
    std::vector<Step> steps = steps_of_name(name.substr(kPrefix.size()));
    if (steps.empty() && name.ends_with("_FILE")) {
      name.resize(name.size() - 5);
      steps = steps_of_name(name.substr(kPrefix.size()));
    }
    if (steps.empty()) return warn_unknown(variable);
    const bool secret = holds_secret(pattern_of(steps));
    const auto value = value_of(name, secret);
    if (!value) return;
    if (contradicts(steps, *value)) return;
    put(steps, *value, node_of(value->text));
  }

  /// LN_GATE_HMAC=a with TOLLHOUSE_SECRETS__ROOT=b: nobody can say which is meant.
  bool contradicts(const std::vector<Step>& steps, const EnvironmentValue& value) {
    const Node* there = &reading_.root;
    for (const Step& step : steps) there = below(there, step);
    if (there == nullptr || !there->is_scalar() || there->text == value.text) return false;
    const std::string other = reading_.sources[there->mark.source].name;
    if (!other.starts_with("environment ") && !other.starts_with("credential ")) return false;
    const std::uint32_t source = reading_.add_source(value.origin);
    std::string key;
    for (const Step& step : steps) key = path_below(key, step.name);
    reading_.add_fault({source, 0, 0}, key, fmt::format("{} gives another value for this", other),
                       "unset one of them");
    return true;
  }

  Node node_of(const std::string& text) {
    const bool flow = (text.starts_with('[') && text.ends_with(']')) ||
                      (text.starts_with('{') && text.ends_with('}'));
    if (flow) {
      YamlReading yaml = read_flow_value(text, 0);
      if (yaml.faults.empty()) return std::move(yaml.root);
    }
    return Node::scalar(text, {});
  }

  void warn_unknown(const std::string& variable) {
    std::vector<std::string> names;
    for (const Option& option : options()) {
      if (option.path.find_first_of("[*") != std::string_view::npos) continue;
      std::string name(kPrefix);
      for (const char c : option.path) name += c == '.' ? "__" : std::string(1, c);
      names.push_back(upper(name));
    }
    for (const std::string_view own : kOwnNames) names.emplace_back(own);
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto nearest = nearest_name(variable, views);
    reading_.warnings.push_back(
        fmt::format("environment {}: no key has this name{}", variable,
                    nearest ? fmt::format("; did you mean {}?", *nearest) : std::string()));
  }

  Reading& reading_;
};

}  // namespace

void read_environment_layer(Reading& reading) { EnvironmentLayer(reading).read(); }

}  // namespace tollhouse::config
