// fuzz: any text as a configuration file and as --set: faults or settings, never anything else, and
// no secret of the environment in a fault.
#include <cstdint>
#include <string_view>

#include "config/reading.h"
#include "config/sources.h"
#include "config/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse::config;
  if (size > 16 * 1024) return 0;  // yaml-cpp is quadratic in places, and files are short
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Reading reading;
  const std::uint32_t source = reading.add_source("fuzz");
  reading.environment = {{"SECRET", "canary-9d8c7b6a5f4e3d2c"}};
  YamlReading yaml = read_yaml(text, source);
  if (!yaml.root.is_mapping()) __builtin_trap();
  for (const YamlFault& fault : yaml.faults) {
    if (fault.message.empty()) __builtin_trap();
  }
  reading.root = std::move(yaml.root);
  std::vector<Entry> entries;
  check_tree(reading, entries);
  const bool in_text =
      text.find("canary") != std::string_view::npos;  // what stands in the file may be shown
  for (const Fault& fault : reading.faults) {
    if (in_text) break;
    const std::string told = to_text(fault);
    if (told.find("canary-9d8c7b6a5f4e3d2c") != std::string::npos) __builtin_trap();
  }
  (void)steps_of(text);
  return 0;
}
