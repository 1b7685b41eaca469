// cli: telling what is wrong with a configuration.
#include "cli/configuration.h"

#include "base/format.h"
#include "json/writer.h"

namespace tollhouse::cli {
namespace {

void write_fault(json::Writer& writer, const config::Fault& fault) {
  writer.begin_object().member("file", fault.place.source);
  writer.member("line", fault.place.line).member("column", fault.place.column);
  writer.member("key", fault.key).member("message", fault.message);
  writer.member("found", fault.found).member("allowed", fault.allowed);
  writer.member("cure", fault.cure).member("nearest", fault.nearest).end_object();
}

std::string json_of(const config::Rejection& rejection, Exit exit) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().name("error").begin_object();
  writer.member("code", exit == Exit::usage ? "wrong_usage" : "configuration_invalid");
  writer.member("message", rejection.faults.empty() ? "" : rejection.faults[0].message);
  writer.member("cure", rejection.faults.empty() ? "" : rejection.faults[0].cure);
  writer.member("exitCode", exit_with(exit)).name("faults").begin_array();
  for (const config::Fault& fault : rejection.faults) write_fault(writer, fault);
  writer.end_array().end_object().end_object();
  return text;
}

}  // namespace

config::Request request_of(const ConfigurationOptions& options, const Terminal& terminal) {
  config::Request request;
  request.file = options.file;
  request.sets = options.sets;
  request.environment = terminal.environment();
  return request;
}

void tell_warnings(const std::vector<std::string>& warnings, const Terminal& terminal) {
  for (const std::string& warning : warnings) terminal.note("warning: " + warning);
}

int tell(const config::Rejection& rejection, const Terminal& terminal) {
  const Exit exit = rejection.wrong_usage ? Exit::usage : Exit::configuration;
  if (terminal.json()) {
    terminal.note(json_of(rejection, exit));
    return exit_with(exit);
  }
  tell_warnings(rejection.warnings, terminal);
  for (const config::Fault& fault : rejection.faults) {
    std::string text = config::to_text(fault);
    text.pop_back();
    terminal.note(text);
  }
  const std::size_t count = rejection.faults.size();
  terminal.note(fmt::format("{} {}", count, count == 1 ? "fault" : "faults"));
  return exit_with(exit);
}

}  // namespace tollhouse::cli
