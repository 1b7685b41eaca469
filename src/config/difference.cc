// config: comparing two configurations.
#include "config/difference.h"

#include <algorithm>
#include <map>

namespace tollhouse::config {
namespace {

/// Each stands for itself and what is below it.
constexpr std::string_view kNeedsRestart[] = {
    "listen",
    "listen_mode",
    "admin",
    "data_dir",
    "workers",
    "store",
    "tls",
    "lightning",
    "rails.l402.verify",
    "limits.connections",
    "limits.connections_per_client",
    "log.format",
    "limits.releases",
};

bool is_at_or_below(std::string_view key, std::string_view place) {
  if (!key.starts_with(place)) return false;
  return key.size() == place.size() || key[place.size()] == '.' || key[place.size()] == '[';
}

bool same(const Entry& one, const Entry& other) {
  return one.value == other.value && one.digest == other.digest;
}

}  // namespace

std::vector<std::string> changed_keys(std::span<const Entry> before, std::span<const Entry> after) {
  std::map<std::string_view, const Entry*> old;
  for (const Entry& entry : before) old.emplace(entry.key, &entry);
  std::vector<std::string> changed;
  for (const Entry& entry : after) {
    const auto found = old.find(entry.key);
    if (found == old.end() || !same(*found->second, entry)) changed.push_back(entry.key);
    if (found != old.end()) old.erase(found);
  }
  for (const Entry& entry : before) {
    if (old.contains(entry.key)) changed.push_back(entry.key);
  }
  return changed;
}

bool needs_restart(std::string_view key) {
  return std::ranges::any_of(kNeedsRestart,
                             [key](std::string_view place) { return is_at_or_below(key, place); });
}

}  // namespace tollhouse::config
