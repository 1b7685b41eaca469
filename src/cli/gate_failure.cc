// cli: faults of the books and of listening, as an operator reads them.
#include "cli/gate_failure.h"

#include "base/format.h"

namespace tollhouse::cli {

GateFailure books_failure(ledger::Fault fault, const std::filesystem::path& folder) {
  GateFailure failure;
  failure.code = row_of(fault).token;
  failure.message = fmt::format("{}: {}", folder.string(), row_of(fault).said_to_operator);
  if (fault == ledger::Fault::damaged) failure.exit = Exit::books_damaged;
  if (fault == ledger::Fault::io_error) failure.exit = Exit::disk_error;
  if (fault == ledger::Fault::locked) failure.cure = "stop the other gate, or set another data_dir";
  if (fault == ledger::Fault::newer_schema) failure.cure = "run the newer version of tollhouse";
  if (fault == ledger::Fault::unsafe_mode) {
    failure.cure = fmt::format("chmod 700 {0} && chmod 600 {0}/*", folder.string());
  }
  return failure;
}

std::string_view to_text(io::ListenFault fault) {
  switch (fault) {
    case io::ListenFault::in_use:
      return "the address is in use";
    case io::ListenFault::not_permitted:
      return "not permitted";
    case io::ListenFault::not_local:
      return "not an address of this machine";
    case io::ListenFault::no_descriptors:
      break;
  }
  return "no descriptors left";
}

}  // namespace tollhouse::cli
