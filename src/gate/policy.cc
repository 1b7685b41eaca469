// gate: finding the row for a name.
#include "gate/policy.h"

#include <algorithm>

namespace tollhouse::gate {

void Route::index_rows() {
  by_name_.clear();
  for (std::size_t i = 0; i < rows.size(); ++i) by_name_.emplace(rows[i].name, i);
}

const ToolRow* Route::row_for(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) return &rows[found->second];
  if (unknown_tools == UnknownTools::price && other) return &*other;
  return nullptr;
}

const Route* Policy::route_for(std::string_view path) const {
  for (const Route& route : routes) {
    if (route.path == path) return &route;
  }
  return nullptr;
}

bool Policy::asks_work() const {
  return std::ranges::any_of(routes, [](const Route& route) {
    const auto takes = [](const ToolRow& row) { return row.terms.work.has_value(); };
    return std::ranges::any_of(route.rows, takes) || (route.other && takes(*route.other));
  });
}

}  // namespace tollhouse::gate
