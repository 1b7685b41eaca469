// sim: what the world knows and the gate does not: who bought what, who was told what, what reached
// the upstream. The invariants compare it with the books.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "gate/policy.h"
#include "sim/scheduler.h"

namespace tollhouse::sim {

/// A paid credential in a caller's purse.
struct Credential {
  std::string tool;
  std::string macaroon;
  std::string preimage;  ///< hex
  PaymentHash hash;
  Time valid_until;
  std::string address;  ///< of the caller who bought it
  std::string nonce;    ///< arguments of its first use; all retries ask the same
  int surface = 0;
  std::uint32_t shown = 0;
};

/// A request on its way from the gate to the upstream.
struct Sent {
  std::optional<PaymentHash> hash;
  std::string tool;
  std::string nonce;
};

/// What a caller did with one request, and what came of it.
struct Attempt {
  enum class Show { nothing, whole, tampered, wrong_tool };
  std::uint64_t number = 0;
  std::size_t caller = 0;
  std::string tool;
  std::string nonce;
  int surface = 0;
  Show show = Show::nothing;
  std::optional<PaymentHash> hash;
  std::optional<std::size_t> credential;
  Time wall_sent;
  std::uint32_t back_steps = 0;
  bool claim = false;  ///< of the finale

  bool done = false;
  bool complete = false;  ///< the whole answer was seen
  int status = 0;
  std::string request_id;
  std::string body;
  bool result = false;  ///< a result that is no error was seen
};

struct Records {
  std::vector<std::unique_ptr<Attempt>> attempts;
  std::map<std::string, Sent> sent;  ///< by X-Request-Id
  std::set<std::string> seen;        ///< X-Request-Id of answers seen whole
  std::set<std::string> secrets;     ///< preimages, in hex
  std::map<PaymentHash, std::pair<std::string, Time>> bought;  ///< tool and end of life
  std::map<PaymentHash, std::uint32_t> executions;             ///< without redeliveries
  std::map<PaymentHash, std::uint32_t> sends;                  ///< with them
};

/// The text between `before` and the next `end`; nothing where there is none.
inline std::optional<std::string> cut_out(std::string_view text, std::string_view before,
                                          char end) {
  const auto at = text.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + before.size());
  const auto length = rest.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  return std::string(rest.substr(0, length));
}

}  // namespace tollhouse::sim
