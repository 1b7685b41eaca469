// cli: what a gate is made of, out of its settings; its rules (gate/rules.h) at each reload again.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "cli/gate_failure.h"
#include "config/settings.h"
#include "gate/rules.h"
#include "io/log_sink.h"

namespace tollhouse::cli {

struct MadeRules {
  std::shared_ptr<const gate::Rules> rules;
  Secret receipt_key;
  std::vector<std::string> keys_made;  ///< files of keys that were not there
};

/// Reads or makes the keys in `data_dir` that the settings do not give, and looks upstream names
/// up (blocks). `own_address`: the issuer on receipts where there is no public_url.
Result<MadeRules, GateFailure> make_rules(const config::Settings& settings, Random& random,
                                          const Clock& clock, const std::string& own_address);

/// Names of all rows, each once: the label set of the metrics.
std::vector<std::string> tool_names(const gate::Policy& policy);
io::LogSettings log_settings(const config::LogSettings& settings);

}  // namespace tollhouse::cli
