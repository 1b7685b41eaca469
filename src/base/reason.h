// base: refusals are data. Each protocol room has a closed enum `Reason` in its order of checking
// and one table of rows beside it; JSON bodies, logs, metrics and docs/reasons.md come from it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollhouse {

/// What would cure a refusal. Only gate/ makes a status code of it.
enum class Cure : std::uint8_t { pay, work, identify, change_request, wait, none };

constexpr std::string_view to_text(Cure cure) {
  switch (cure) {
    case Cure::pay:
      return "pay";
    case Cure::work:
      return "work";
    case Cure::identify:
      return "identify";
    case Cure::change_request:
      return "change_request";
    case Cure::wait:
      return "wait";
    case Cure::none:
      return "none";
  }
  return "none";
}

/// One row of a room's table. Tokens are stable API: rows are added, never renamed.
template <class Reason>
struct ReasonRow {
  Reason reason;
  std::string_view token;  ///< lower case, stands in bodies, logs, metrics
  Cure cure;
  std::string_view said_to_caller;  ///< one public sentence, no secrets
};

/// `static_assert(rows_in_enum_order(kReasons))`: a row out of place does not compile.
template <class Reason, std::size_t N>
constexpr bool rows_in_enum_order(const ReasonRow<Reason> (&rows)[N]) {
  for (std::size_t i = 0; i < N; ++i) {
    if (static_cast<std::size_t>(rows[i].reason) != i) return false;
  }
  return true;
}

/// The row of a reason; needs the order that rows_in_enum_order checks.
template <class Reason, std::size_t N>
constexpr const ReasonRow<Reason>& row_of(const ReasonRow<Reason> (&rows)[N], Reason reason) {
  return rows[static_cast<std::size_t>(reason)];
}

}  // namespace tollhouse
