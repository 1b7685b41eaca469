// config: `log`.
#include "config/sections.h"

namespace tollhouse::config {

void read_log(const View& top, Settings& settings) {
  const View log = top.child("log");
  const View format = log.child("format");
  settings.log.format = format.is_word("json")     ? LogFormat::json
                        : format.is_word("text")   ? LogFormat::text
                        : format.is_word("logfmt") ? LogFormat::logfmt
                                                   : LogFormat::automatic;
  const View level = log.child("level");
  settings.log.level = level.is_word("debug")     ? LogLevel::debug
                       : level.is_word("warning") ? LogLevel::warning
                       : level.is_word("error")   ? LogLevel::error
                                                  : LogLevel::info;
}

}  // namespace tollhouse::config
