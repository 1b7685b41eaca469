// config: places, faults and the cursor over checked values.
#include "config/reading.h"

#include <algorithm>
#include <cctype>

#include "base/format.h"
#include "base/invariant.h"
#include "base/utf8.h"
#include "config/limits.h"
#include "config/units.h"

namespace tollhouse::config {
namespace {

/// Keys whose neighbours are secrets: their lines are not shown.
bool hides_lines(std::string_view key) {
  constexpr std::string_view kSections[] = {"secrets",     "receipts", "lightning", "identity",
                                            "admin_token", "sessions", "pay_gate"};
  return std::ranges::any_of(kSections,
                             [&](std::string_view section) { return key.starts_with(section); }) ||
         key.find(".headers") != std::string_view::npos;
}

std::string trimmed(std::string_view line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(begin);
  const std::size_t end = line.find_last_not_of(" \t\r");
  return std::string(line.substr(0, end == std::string_view::npos ? 0 : end + 1));
}

}  // namespace

std::uint32_t Reading::add_source(std::string name) {
  sources.push_back({std::move(name), {}});
  return static_cast<std::uint32_t>(sources.size() - 1);
}

bool Reading::has_fault_at(std::string_view path) const {
  return std::ranges::any_of(faults, [&](const Fault& fault) {
    if (fault.key.empty() || !path.starts_with(fault.key)) return false;
    return path.size() == fault.key.size() || path[fault.key.size()] == '.' ||
           path[fault.key.size()] == '[';
  });
}

Place Reading::place_of(const Mark& mark) const {
  if (mark.source >= sources.size()) return {};
  return {sources[mark.source].name, mark.line, mark.column};
}

Fault& Reading::add_fault(const Mark& mark, std::string key, std::string message,
                          std::string cure) {
  Fault fault;
  fault.place = place_of(mark);
  const bool has_line = mark.line > 0 && mark.source < sources.size() &&
                        mark.line <= sources[mark.source].lines.size();
  if (has_line && !hides_lines(key)) {
    const std::string line = trimmed(sources[mark.source].lines[mark.line - 1]);
    fault.shown_line = printable(without_secrets(line), 160);
  }
  fault.key = std::move(key);
  fault.message = std::move(message);
  fault.cure = std::move(cure);
  faults.push_back(std::move(fault));
  return faults.back();
}

void Reading::add_missing(const Mark& mark, std::string key, std::string_view name,
                          std::string cure) {
  add_fault(mark, std::move(key), fmt::format("Missing required configuration: {}", name),
            std::move(cure));
}

std::string path_below(const std::string& path, std::string_view name) {
  const bool plain = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '/';
  });
  if (!plain) return fmt::format("{}[\"{}\"]", path, printable(name, kFoundBytesMax));
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

View View::top(Reading& reading) { return {reading, &reading.root, "", "", reading.root.mark}; }

View View::child(std::string_view name) const {
  const std::string pattern = pattern_below(pattern_, name);
  invariant(!pattern.empty());
  View view(*reading_, nullptr, path_below(path_, name), pattern, mark_);
  if (node_ == nullptr) return view;
  for (const Member& member : node_->members) {
    if (member.name != name) continue;
    view.node_ = &member.value;
    view.mark_ = member.mark;
  }
  return view;
}

std::vector<View> View::items() const {
  std::vector<View> views;
  if (!given()) return views;
  const std::string pattern = pattern_of_items(pattern_);
  const bool alone = node_->is_scalar() && !option_of(pattern_)->allowed.empty();
  if (alone) views.emplace_back(*reading_, node_, path_, pattern, mark_);
  for (std::size_t i = 0; i < node_->items.size(); ++i) {
    const Node& item = node_->items[i];
    views.emplace_back(*reading_, &item, fmt::format("{}[{}]", path_, i), pattern, item.mark);
  }
  return views;
}

std::vector<std::pair<std::string, View>> View::members() const {
  std::vector<std::pair<std::string, View>> views;
  if (!given()) return views;
  for (const Member& member : node_->members) {
    const std::string pattern = pattern_below(pattern_, member.name);
    if (pattern.empty()) continue;  // unknown: in the list of faults
    views.emplace_back(member.name, View(*reading_, &member.value, path_below(path_, member.name),
                                         pattern, member.mark));
  }
  return views;
}

std::string View::valid_text() const {
  const Option* option = option_of(pattern_);
  invariant(option != nullptr);
  const bool usable = given() && node_->is_scalar() && !complaint_about(*option, node_->text);
  return usable ? node_->text : std::string(option->standard);
}

bool View::is_word(std::string_view word) const { return valid_text() == word; }
std::string View::text() const { return valid_text(); }
bool View::truth() const { return truth_from_text(valid_text()).value_or(false); }
std::uint64_t View::whole() const { return whole_number_from_text(valid_text()).value_or(0); }
std::optional<std::uint64_t> View::whole_or_word() const {
  return whole_number_from_text(valid_text());
}
std::optional<Msat> View::amount() const { return amount_from_text(valid_text()); }
Duration View::duration() const { return duration_from_text(valid_text()).value_or(Duration(0)); }
std::uint64_t View::size() const { return size_from_text(valid_text()).value_or(0); }

std::vector<std::string> View::texts() const {
  std::vector<std::string> all;
  for (const View& item : items()) all.push_back(item.text());
  return all;
}

void View::fault(std::string message, std::string cure) const {
  if (reading_->has_fault_at(path_)) return;
  reading_->add_fault(mark_, path_, std::move(message), std::move(cure));
}

void View::missing(std::string_view name, std::string cure) const {
  if (reading_->has_fault_at(path_)) return;
  reading_->add_missing(mark_, "", name, std::move(cure));
}

}  // namespace tollhouse::config
