// cli: keys, upstream addresses, and what else rules are made of.
#include "cli/rules.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <ranges>

#include "base/format.h"
#include "config/secrets.h"
#include "io/resolver.h"

namespace tollhouse::cli {
namespace {

constexpr Duration kResolveWait = std::chrono::seconds(5);

/// Addresses of an upstream, waited for: names are few, and no call waits meanwhile.
std::vector<io::Endpoint> resolve(io::Resolver& resolver, const gate::Upstream& upstream) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<std::vector<io::Endpoint>> found;
  };
  const auto shared = std::make_shared<Shared>();
  resolver.resolve(upstream.host, upstream.port, [shared](io::Resolved resolved) {
    const std::lock_guard lock(shared->mutex);
    shared->found = resolved ? *std::move(resolved) : std::vector<io::Endpoint>{};
    shared->changed.notify_all();
  });
  std::unique_lock lock(shared->mutex);
  shared->changed.wait_for(lock, kResolveWait, [&] { return shared->found.has_value(); });
  return shared->found.value_or(std::vector<io::Endpoint>{});
}

Result<std::vector<io::Endpoint>, GateFailure> find_upstreams(const gate::Policy& policy,
                                                              const Clock& clock) {
  io::ThreadResolver resolver(clock);
  std::vector<io::Endpoint> upstreams;
  for (const gate::Route& route : policy.routes) {
    const auto found = resolve(resolver, route.upstream);
    if (found.empty()) {
      return refuse(
          GateFailure{Exit::unreachable, "upstream_unknown",
                      fmt::format("no address for the upstream host {}", route.upstream.host),
                      "correct routes[].upstream, or the machine's name service"});
    }
    upstreams.push_back(found.front());
  }
  return upstreams;
}

GateFailure key_failure(std::string code, std::string message) {
  return {Exit::cannot_start, std::move(code), std::move(message), {}};
}

Result<l402::RootKeys, GateFailure> root_keys(const config::Settings& settings, Random& random,
                                              std::vector<std::string>& keys_made) {
  std::vector<gate::RootKey> given = settings.root_keys;
  if (given.empty()) {
    auto made = config::ensure_root_key(settings.data_dir, random);
    if (!made) return refuse(key_failure("root_key", made.error()));
    if (made->made) keys_made.push_back(made->path.string());
    given.push_back(config::root_key_from(made->secret));
    const auto previous = config::previous_root_key(made->path);
    if (!previous) return refuse(key_failure("root_key", previous.error()));
    if (*previous) given.push_back(config::root_key_from(**previous));
  }
  l402::RootKeys ring;
  // The newest stands first in the settings and last in the ring.
  for (const gate::RootKey& key : std::views::reverse(given)) ring.add(key.number, key.secret);
  return ring;
}

Result<Secret, GateFailure> receipt_key(const config::Settings& settings, Random& random,
                                        std::vector<std::string>& keys_made) {
  if (!settings.receipts.hmac_key.empty()) return settings.receipts.hmac_key;
  auto made = config::ensure_receipt_key(settings.data_dir, random);
  if (!made) return refuse(key_failure("receipt_key", made.error()));
  if (made->made) keys_made.push_back(made->path.string());
  return made->secret;
}

gate::ReceiptSettings receipt_settings(const config::Settings& settings, const Secret& key,
                                       const std::string& own_address) {
  const std::string_view key_id = settings.receipts.key_id.empty()
                                      ? receipt::kDefaultKeyId
                                      : std::string_view(settings.receipts.key_id);
  const std::string& origin = settings.policy.public_origin;
  const receipt::FeeTerms fees{settings.fees.basis_points, settings.fees.minimum};
  return {receipt::Key(key.reveal(), key_id), origin.empty() ? own_address : origin, fees};
}

}  // namespace

Result<MadeRules, GateFailure> make_rules(const config::Settings& settings, Random& random,
                                          const Clock& clock, const std::string& own_address) {
  MadeRules made;
  auto keys = root_keys(settings, random, made.keys_made);
  if (!keys) return refuse(std::move(keys).error());
  auto key = receipt_key(settings, random, made.keys_made);
  if (!key) return refuse(std::move(key).error());
  made.receipt_key = *std::move(key);
  auto upstreams = find_upstreams(settings.policy, clock);
  if (!upstreams) return refuse(std::move(upstreams).error());
  made.rules = std::make_shared<const gate::Rules>(gate::Rules{
      settings.policy, *std::move(keys), receipt_settings(settings, made.receipt_key, own_address),
      *std::move(upstreams), settings.admin_token, clock.now()});
  return made;
}

std::vector<std::string> tool_names(const gate::Policy& policy) {
  std::vector<std::string> names;
  for (const gate::Route& route : policy.routes) {
    for (const gate::ToolRow& row : route.rows) {
      if (std::find(names.begin(), names.end(), row.name) == names.end()) names.push_back(row.name);
    }
  }
  return names;
}

io::LogSettings log_settings(const config::LogSettings& settings) {
  io::LogSettings made;
  switch (settings.format) {
    case config::LogFormat::json:
      made.format = io::LogFormat::json;
      break;
    case config::LogFormat::text:
      made.format = io::LogFormat::text;
      break;
    default:
      made.format = io::LogFormat::automatic;
  }
  made.level = settings.level;
  return made;
}

}  // namespace tollhouse::cli
