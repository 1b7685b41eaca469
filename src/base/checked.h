// base: integer arithmetic that says when it does not fit.
#pragma once
#include <concepts>
#include <optional>

namespace tollhouse {

template <std::integral Int>
constexpr std::optional<Int> checked_add(Int a, Int b) {
  Int sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

template <std::integral Int>
constexpr std::optional<Int> checked_sub(Int a, Int b) {
  Int difference;
  if (__builtin_sub_overflow(a, b, &difference)) return std::nullopt;
  return difference;
}

template <std::integral Int>
constexpr std::optional<Int> checked_mul(Int a, Int b) {
  Int product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

}  // namespace tollhouse
