// base: the machine's clocks and RFC 3339.
#include "base/time.h"

#include <charconv>
#include <ctime>

#include "base/format.h"

namespace tollhouse {
namespace {

Duration read_clock(clockid_t clock) {
  timespec spec{};
  clock_gettime(clock, &spec);
  return std::chrono::seconds(spec.tv_sec) + Duration(spec.tv_nsec);
}

std::optional<int> digits_at(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::optional<Duration> fraction_of(std::string_view digits) {
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  const auto value = digits_at(digits, 0, digits.size());
  if (!value) return std::nullopt;
  std::int64_t nanoseconds = *value;
  for (std::size_t i = digits.size(); i < 9; ++i) nanoseconds *= 10;
  return Duration(nanoseconds);
}

}  // namespace

Time SystemClock::now() const { return Time(read_clock(CLOCK_REALTIME)); }
Tick SystemClock::tick() const { return Tick(read_clock(CLOCK_MONOTONIC)); }

std::string rfc3339(Time time, int digits) {
  const auto since = time.time_since_epoch();
  const auto day = std::chrono::floor<std::chrono::days>(since);
  const std::chrono::year_month_day date{std::chrono::sys_days(day)};
  const std::chrono::hh_mm_ss clock{since - day};
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (digits > 0) {
    const std::string fraction = fmt::format("{:09}", clock.subseconds().count());
    text += '.';
    text += fraction.substr(0, static_cast<std::size_t>(digits));
  }
  return text + 'Z';
}

std::optional<Time> time_from_rfc3339(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text.back() != 'Z') {
    return std::nullopt;
  }
  const auto year = digits_at(text, 0, 4), month = digits_at(text, 5, 2),
             day = digits_at(text, 8, 2);
  const auto hour = digits_at(text, 11, 2), minute = digits_at(text, 14, 2),
             second = digits_at(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  if (*year < 1678 || *year > 2261) return std::nullopt;  // what 64-bit nanoseconds hold
  Duration fraction{};
  if (text.size() > 20) {
    const auto read = fraction_of(text.substr(20, text.size() - 21));
    if (text[19] != '.' || !read) return std::nullopt;
    fraction = *read;
  }
  return Time(std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
              std::chrono::minutes(*minute) + std::chrono::seconds(*second) + fraction);
}

}  // namespace tollhouse
