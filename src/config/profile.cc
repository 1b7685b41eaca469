// config: `profile`, the row of a decision matrix by its name (requirements.md 19): what a row or
// key that is not set is taken for. What a file, the environment or the command line says wins.
#include <algorithm>
#include <span>

#include "base/format.h"
#include "config/fill.h"
#include "config/sections.h"
#include "config/sources.h"

namespace tollhouse::config {
namespace {

struct Default {
  std::string_view key, value;
};

constexpr Default kPaid[] = {{"price", "1 sat"}};
constexpr Default kPaidOrWorked[] = {{"price", "1 sat"}, {"work", "18 bits"}};
constexpr Default kWorkedOrPaid[] = {{"price", "1 sat"}, {"work", "auto"}};
/// What is free to a client who works, in a minute and in a day.
constexpr Default kFreeTier[] = {{"rails.pow.per_minute", "10"}, {"rails.pow.per_day", "100"}};

struct Profile {
  std::string_view name;
  std::span<const Default> row;   ///< of each tool's row
  std::span<const Default> keys;  ///< of the configuration
};
constexpr Profile kProfiles[] = {
    {"cheap-wrapper", kPaid, {}},
    {"pay-per-use", kPaidOrWorked, kFreeTier},
    {"anonymous-public", kWorkedOrPaid, {}},
};

/// The profile that was asked for; nothing where there is none. Other names are told by the table.
const Profile* profile_of(Reading& reading) {
  const Node* found = reading.root.find("profile");
  if (found == nullptr || !found->is_scalar()) return nullptr;
  Node name = *found;
  const std::size_t faults = reading.faults.size();
  const bool filled = fill_in(reading, name, name.mark, "profile", false);
  // Said again, and once, where all values are looked over.
  reading.faults.erase(reading.faults.begin() + static_cast<std::ptrdiff_t>(faults),
                       reading.faults.end());
  const auto profile = std::ranges::find(kProfiles, std::string_view(name.text), &Profile::name);
  return filled && profile != std::end(kProfiles) ? profile : nullptr;
}

bool is_set(const Node& row, std::string_view key) {
  const auto given = [&row](std::string_view name) {
    const Node* value = row.find(name);
    return value != nullptr && !value->is_null();
  };
  return key == "price" ? std::ranges::any_of(kPriceNames, given) : given(key);
}

class ProfileLayer {
 public:
  ProfileLayer(Reading& reading, const Profile& profile)
      : reading_(reading),
        profile_(profile),
        mark_{reading.add_source(fmt::format("profile {}", profile.name)), 0, 0} {}

  void put() {
    Node& root = reading_.root;
    Node* routes = root.find("routes");
    if (routes == nullptr) put_rows(root);
    if (routes != nullptr) {
      for (Node& route : routes->items) put_rows(route);
    }
    for (const Default& key : profile_.keys) put_key(key);
  }

 private:
  /// Without any row every tool is sold as the profile says.
  void put_rows(Node& owner) {
    Node* tools = owner.find("tools");
    if (tools == nullptr || tools->is_null()) {
      std::erase_if(owner.members, [](const Member& member) { return member.name == "tools"; });
      Node rows = Node::mapping(mark_);
      rows.members.push_back({"*", mark_, Node::mapping(mark_)});
      owner.members.push_back({"tools", mark_, std::move(rows)});
      tools = owner.find("tools");
    }
    for (Member& row : tools->members) put_row(row);
  }

  /// The word `free` is a whole row.
  void put_row(Member& row) {
    if (row.value.is_null()) row.value = Node::mapping(row.mark);
    if (!row.value.is_mapping()) return;
    for (const Default& key : profile_.row) {
      if (is_set(row.value, key.key)) continue;
      std::erase_if(row.value.members,
                    [&](const Member& member) { return member.name == key.key; });
      row.value.members.push_back(
          {std::string(key.key), mark_, Node::scalar(std::string(key.value), mark_)});
    }
  }

  void put_key(const Default& key) {
    const auto steps = steps_of(key.key);
    const Node* found = &reading_.root;
    for (const Step& step : *steps) found = found == nullptr ? nullptr : found->find(step.name);
    if (found != nullptr && !found->is_null()) return;
    static_cast<void>(
        put_value(reading_.root, *steps, Node::scalar(std::string(key.value), mark_)));
  }

  Reading& reading_;
  const Profile& profile_;
  Mark mark_;
};

}  // namespace

void put_profile(Reading& reading) {
  const Profile* profile = profile_of(reading);
  if (profile != nullptr) ProfileLayer(reading, *profile).put();
}

}  // namespace tollhouse::config
