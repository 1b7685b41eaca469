// config: faults as text, and the search for the name that was meant.
#include "config/fault.h"

#include <algorithm>
#include <cctype>

#include "base/format.h"
#include "config/limits.h"

namespace tollhouse::config {
namespace {

std::string lower(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

/// Optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

bool secret_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '=' || c == '_' ||
         c == '-';
}

bool looks_secret(std::string_view run) {
  if (run.size() < kSecretLookingRun) return false;
  const auto digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  const auto letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  const bool digits_only = std::ranges::all_of(run, digit);
  return digits_only || (std::ranges::any_of(run, digit) && std::ranges::any_of(run, letter));
}

}  // namespace

std::string Place::text() const {
  if (line == 0) return source;
  return fmt::format("{}:{}:{}", source, line, column);
}

std::string to_text(const Fault& fault) {
  std::string text = fault.place.text();
  if (!text.empty()) text += ": ";
  if (!fault.key.empty()) text += fault.key + ": ";
  text += fault.message + "\n";
  if (!fault.shown_line.empty()) text += "    " + fault.shown_line + "\n";
  if (!fault.cure.empty()) text += "  = " + fault.cure + "\n";
  return text;
}

std::optional<std::string> nearest_name(std::string_view name,
                                        std::span<const std::string_view> candidates) {
  const std::string wanted = lower(name.substr(0, 128));
  const std::size_t most = std::min(kNearestDistanceMax, (wanted.size() + 1) / 2);
  std::optional<std::string> best;
  std::size_t best_distance = most + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > 128) continue;
    const std::size_t apart = distance(wanted, lower(candidate));
    if (apart < best_distance) {
      best_distance = apart;
      best = std::string(candidate);
    }
  }
  return best;
}

std::string without_secrets(std::string_view line) {
  std::string shown;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at;
    while (end < line.size() && secret_character(line[end])) ++end;
    if (end == at) {
      shown += line[at++];
      continue;
    }
    const std::string_view run = line.substr(at, end - at);
    shown += looks_secret(run) ? std::string_view("***") : run;
    at = end;
  }
  return shown;
}

}  // namespace tollhouse::config
