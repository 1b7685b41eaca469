// base: live switches, linked into tests and tollhouse-crashable only.
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "base/switches.h"

namespace tollhouse {
namespace {

PlantedBug planted_bug = PlantedBug::none;
void (*crash_hook)(CrashPoint) = nullptr;

constexpr std::string_view kNames[] = {"K0",  "K1", "K2", "K3", "K4", "K5a",
                                       "K5b", "K6", "K7", "K8", "K9", "K10"};

}  // namespace

void crash_point(CrashPoint point) {
  if (crash_hook != nullptr) return crash_hook(point);
  const char* wanted = std::getenv("TOLLHOUSE_CRASH_AT");
  if (wanted == nullptr || kNames[static_cast<std::size_t>(point)] != wanted) return;
  std::raise(SIGKILL);
}

bool planted(PlantedBug bug) { return planted_bug == bug; }
bool switches_live() { return true; }
void plant(PlantedBug bug) { planted_bug = bug; }
void hook_crash_points(void (*hook)(CrashPoint)) { crash_hook = hook; }

}  // namespace tollhouse
