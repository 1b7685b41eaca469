// sim: an MCP server that knows nothing of money, in a good or a bad mood.
#pragma once
#include <memory>
#include <vector>

#include "sim/network.h"

namespace tollhouse::sim {

class Upstream {
 public:
  Upstream(std::uint64_t seed, Scheduler& scheduler, Trace& trace);
  ~Upstream();
  void dialled(std::shared_ptr<Line> line);

  Faults faults;

 private:
  class Connection;
  enum class Kind {
    result,
    events,
    big,
    until_close,
    tool_error,
    rpc_error,
    http_500,
    stall,
    garbage,
    cut_length,
    cut_chunk,
    drop_before_head,
    drop_in_head,
    events_error,
    events_cut_before,
    events_cut_after,
    events_empty,
  };
  Kind kind_of_answer();

  Scheduler& scheduler_;
  Trace& trace_;
  Dice dice_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace tollhouse::sim
