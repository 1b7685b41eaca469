// cli: one HTTP/1.1 exchange after the other, each on a socket of its own, blocking. For `doctor`
// alone: it asks what stands in the configuration, be it plain http or a UNIX socket, which other
// errands refuse.
#pragma once
#include <vector>

#include "base/time.h"
#include "io/endpoint.h"
#include "io/errand.h"

namespace tollhouse::cli {

class PlainErrands final : public io::Errands {
 public:
  /// Every errand goes to `at`, whatever the host in its URL, and ends after `longest`; `fields`
  /// are added to each, as the gate adds `upstream.headers`.
  PlainErrands(io::Endpoint at, Duration longest, std::vector<io::ErrandField> fields = {})
      : at_(std::move(at)), longest_(longest), fields_(std::move(fields)) {}

  /// Calls `then` before it returns. Certificates and address rules of the errand are not looked
  /// at.
  void send(io::Errand errand, std::move_only_function<void(io::ErrandResult)> then) override;

 private:
  const io::Endpoint at_;
  const Duration longest_;
  const std::vector<io::ErrandField> fields_;
};

}  // namespace tollhouse::cli
