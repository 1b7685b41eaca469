// config: the layers of a configuration in order: file, environment, --set. Later wins; each value
// keeps the mark of where it came from.
#pragma once
#include <string>
#include <vector>

#include "config/reading.h"

namespace tollhouse::config {

/// Reads the file into the tree. A file that is not there is a fault.
void read_file_layer(Reading& reading, const std::string& file);

/// Puts what `mcp_server` of the file says into the keys that mean the same (R-CFG-3).
void put_composite_template(Reading& reading);

/// Puts what `pay_gate` says into the keys that mean the same (R-CFG-4). After all layers.
void put_pay_gate(Reading& reading);

/// Puts the defaults of `profile` into rows and keys that no source sets (R-CFG-7). Last of all.
void put_profile(Reading& reading);

/// The names of R-CFG-2 (PORT, LN_GATE_HMAC, ...) and TOLLHOUSE_ with `__` between levels, each
/// also as NAME_FILE or in $CREDENTIALS_DIRECTORY. Unknown TOLLHOUSE_ names are warned about.
void read_environment_layer(Reading& reading);

/// `key=value`, in order. Keys that hold secrets are wrong usage: command lines are public.
void read_set_layer(Reading& reading, const std::vector<std::string>& sets);

/// Puts a value at `upstream`, as --upstream does.
void set_upstream(Reading& reading, const std::string& url);

/// "a.b[0][\"c.d\"]" in its steps; an index has a name of digits and `index` set.
struct Step {
  std::string name;
  bool index = false;
};
std::optional<std::vector<Step>> steps_of(std::string_view path);

/// Puts `value` where the steps lead, making what is missing. False where a step meets a value of
/// another shape or the key is unknown.
bool put_value(Node& root, const std::vector<Step>& steps, Node value);

/// The table's pattern for the steps; empty where the key is unknown.
std::string pattern_of(const std::vector<Step>& steps);

}  // namespace tollhouse::config
