// gate: the table of local handlers.
#include "gate/router.h"

namespace tollhouse::gate {

void Router::add(std::string path, std::unique_ptr<Handler> handler) {
  rows_.push_back({std::move(path), std::move(handler)});
}

Router::Match Router::find(std::string_view path) const {
  for (const Row& row : rows_) {
    if (row.path == path) return {row.handler.get(), {}};
    if (row.path.ends_with('/') && path.starts_with(row.path)) {
      return {row.handler.get(), path.substr(row.path.size())};
    }
  }
  return {};
}

}  // namespace tollhouse::gate
