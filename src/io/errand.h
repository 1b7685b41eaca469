// io: Errands, the port for outgoing HTTP that is not the proxied call: wallets, oracles, key sets,
// chain tips, web hooks. Real ones run on libcurl in a thread of their own (curl_errands.h), the
// simulator answers them itself.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/limits.h"

namespace tollhouse::io {

struct ErrandField {
  std::string name;
  std::string value;  ///< may be a secret: never logged
};

/// What a wallet, oracle or other service is asked.
struct Errand {
  std::string method = "GET";
  std::string url;  ///< absolute; `https`, or `http` to a loopback host
  std::vector<ErrandField> fields;
  std::string body;
  Duration timeout = kErrandTimeout;  ///< for the whole errand, look-up and handshake included
  std::size_t bytes_max = kErrandBytesMax;  ///< of the answer's body
  /// Above zero: the answer is there as soon as this much of its body is, whatever would follow.
  /// For listening to a peer that switches protocols (101): what it says first is the body. Asked
  /// in HTTP/1.1 on a connection of its own, which ends with the answer.
  std::size_t bytes_enough = 0;
  std::string trusted_certificates;  ///< PEM, instead of the system's (a node's own one)
  bool allow_loopback = true;        ///< false for URLs that came from the network
  bool allow_private = false;        ///< private and link-local addresses, if so configured
};

struct ErrandAnswer {
  int status = 0;
  std::vector<ErrandField> fields;
  std::string body;
};

/// `refused`: no connection (also: too many errands wait, the thread has stopped). `timed_out`: no
/// whole answer in time, whatever was reached. `tls`: certificate or handshake. `too_large`: body
/// or head over its bound. `redirected`: the answer was a redirect; none is followed.
/// `protocol`: not HTTP, or broken off. `not_allowed`: URL, field or address against the rules.
enum class ErrandFault : std::uint8_t {
  refused,
  timed_out,
  tls,
  too_large,
  redirected,
  protocol,
  not_allowed
};

constexpr std::string_view to_text(ErrandFault fault) {
  switch (fault) {
    case ErrandFault::refused:
      return "refused";
    case ErrandFault::timed_out:
      return "timed_out";
    case ErrandFault::tls:
      return "tls";
    case ErrandFault::too_large:
      return "too_large";
    case ErrandFault::redirected:
      return "redirected";
    case ErrandFault::protocol:
      return "protocol";
    case ErrandFault::not_allowed:
      return "not_allowed";
  }
  return "protocol";
}

using ErrandResult = Result<ErrandAnswer, ErrandFault>;

class Errands {
 public:
  virtual ~Errands() = default;
  /// Thread-safe. Calls `then` exactly once, on any thread, perhaps inside this call; `then` does
  /// not block. A coroutine gives the sender of a Reply<ErrandResult>.
  virtual void send(Errand errand, std::move_only_function<void(ErrandResult)> then) = 0;
};

}  // namespace tollhouse::io
