// base: how a function says no. Results are values; between rooms nothing throws.
#pragma once
#include <expected>
#include <utility>

namespace tollhouse {

template <class Value, class Error>
using Result = std::expected<Value, Error>;

/// `return refuse(Reason::expired);` - the short way to an unexpected value.
template <class Error>
constexpr std::unexpected<std::decay_t<Error>> refuse(Error&& error) {
  return std::unexpected<std::decay_t<Error>>(std::forward<Error>(error));
}

}  // namespace tollhouse
