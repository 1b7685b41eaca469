// cli: `doctor`.
#include "cli/doctor.h"

#include <algorithm>

#include "base/format.h"
#include "json/writer.h"

namespace tollhouse::cli {
namespace {

std::string_view to_text(Health health) {
  switch (health) {
    case Health::ok:
      return "ok";
    case Health::warn:
      return "warn";
    case Health::fail:
      break;
  }
  return "fail";
}

Style style_of(Health health) {
  if (health == Health::ok) return Style::good;
  return health == Health::fail ? Style::bad : Style::bold;
}

void print(const Finding& finding, const Terminal& terminal) {
  const std::string_view word = to_text(finding.health);
  const std::string blanks(4 - word.size(), ' ');
  terminal.line(fmt::format("{}{}  {}: {}", terminal.styled(style_of(finding.health), word), blanks,
                            finding.part, finding.found));
  if (!finding.cure.empty()) terminal.line(fmt::format("      = {}", finding.cure));
}

std::string json_of(const Findings& findings) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("ok", findings.exit() == Exit::done).name("checks").begin_array();
  for (const Finding& finding : findings.all()) {
    writer.begin_object().member("health", to_text(finding.health)).member("part", finding.part);
    writer.member("found", finding.found).member("cure", finding.cure).end_object();
  }
  writer.end_array().end_object();
  return text;
}

void examine_configuration(const config::Loaded& loaded, Findings& findings) {
  const std::string file = loaded.file.value_or("no file");
  const std::size_t routes = loaded.settings.policy.routes.size();
  findings.ok("configuration",
              fmt::format("{} is valid ({} route{})", file, routes, routes == 1 ? "" : "s"));
  for (const std::string& warning : loaded.warnings) {
    findings.warn("configuration", warning, "tollhouse config shows what is in force");
  }
}

/// Only a 402 with the rails of the default is sure to fit into a proxy's buffers (surface.md 5).
void examine_rails(const gate::Policy& policy, Findings& findings) {
  if (!policy.mpp.enabled) return;
  findings.warn("rails", "with rails.mpp the head of a 402 can be longer than 3900 bytes",
                "nginx in front: proxy_buffer_size 8k or more; a public_url is tried below");
}

}  // namespace

void Findings::add(Finding finding) {
  all_.push_back(std::move(finding));
  told_(all_.back());
}

Exit Findings::exit() const {
  Exit worst = Exit::done;
  for (const Finding& finding : all_) worst = std::max(worst, finding.exit);
  return worst;
}

int run_doctor(const DoctorOptions& options, Terminal& terminal) {
  const auto loaded = config::load(request_of(options.configuration, terminal));
  if (!loaded) return tell(loaded.error(), terminal);
  Findings findings([&](const Finding& finding) {
    if (!options.json) print(finding, terminal);
  });
  examine_configuration(*loaded, findings);
  examine_rails(loaded->settings.policy, findings);
  examine_machine(*loaded, findings);
  examine_wallet(loaded->settings, findings);
  examine_network(*loaded, findings);
  if (options.json) terminal.line(json_of(findings));
  return exit_with(findings.exit());
}

}  // namespace tollhouse::cli
