// base: the switches of the shipped program: none of them does anything.
#include "base/switches.h"

namespace tollhouse {

void crash_point(CrashPoint) {}
bool planted(PlantedBug) { return false; }
bool switches_live() { return false; }

}  // namespace tollhouse
