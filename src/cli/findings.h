// cli: what `doctor` finds: one line for each part, and what cures it.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cli/exit_code.h"

namespace tollhouse::cli {

enum class Health : std::uint8_t {
  ok,
  warn,  ///< a gate starts and works; the operator should know
  fail,
};

struct Finding {
  Health health = Health::ok;
  std::string part;   ///< "upstream /mcp"
  std::string found;  ///< one line; holds no secret
  std::string cure;   ///< empty for `ok`
  Exit exit = Exit::done;
};

/// Findings in the order they were made; each is told at once.
class Findings {
 public:
  explicit Findings(std::function<void(const Finding&)> told) : told_(std::move(told)) {}

  void ok(std::string part, std::string found) {
    add({Health::ok, std::move(part), std::move(found), {}, Exit::done});
  }
  void warn(std::string part, std::string found, std::string cure) {
    add({Health::warn, std::move(part), std::move(found), std::move(cure), Exit::done});
  }
  /// `exit`: how `serve` would end by it, or unreachable.
  void fail(std::string part, std::string found, std::string cure, Exit exit) {
    add({Health::fail, std::move(part), std::move(found), std::move(cure), exit});
  }

  const std::vector<Finding>& all() const { return all_; }
  /// Of all failures the one that weighs most: a gate that cannot start, then what is out of reach.
  Exit exit() const;

 private:
  void add(Finding finding);

  std::function<void(const Finding&)> told_;
  std::vector<Finding> all_;
};

}  // namespace tollhouse::cli
