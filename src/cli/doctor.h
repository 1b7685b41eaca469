// cli: `doctor`, each part of a gate looked at before a caller does it.
#pragma once
#include "cli/configuration.h"
#include "cli/findings.h"

namespace tollhouse::cli {

struct DoctorOptions {
  ConfigurationOptions configuration;
  bool json = false;
};

/// One line for each part, `ok`, `warn` or `fail` with its cure. Starts nothing and leaves nothing
/// behind; beside a running gate too. Exit codes: 3 configuration, 6 a gate would not start, 4
/// something outside is out of reach, else 0.
int run_doctor(const DoctorOptions& options, Terminal& terminal);

/// The configuration's own risks, descriptors, clock, data directory, books, addresses to listen
/// on.
void examine_machine(const config::Loaded& loaded, Findings& findings);
/// The wallet, asked as a gate asks it at its start: an invoice of 1 sat is made and forgotten.
void examine_wallet(const config::Settings& settings, Findings& findings);
/// Upstreams, and the way from `public_url` back to the gate.
void examine_network(const config::Loaded& loaded, Findings& findings);

}  // namespace tollhouse::cli
