// io: what systemd and its like hand to a service and want to be told: sockets that listen already
// (LISTEN_FDS), and how it is doing (NOTIFY_SOCKET, one datagram each). Without a service manager
// everything here does nothing. ux-and-ops.md 1.5; sd_listen_fds(3), sd_notify(3).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "io/descriptor.h"

namespace tollhouse::io {

using EnvironmentVariables = std::map<std::string, std::string>;

/// Sockets passed by name, each to be taken once. Closed when nobody takes them.
class PassedSockets {
 public:
  PassedSockets() = default;
  /// Takes over descriptors 3, 4, ... where LISTEN_PID is `process`; else there are none. One
  /// without a name is called `unknown`, as systemd does. To be called once in a process.
  static PassedSockets of_process(const EnvironmentVariables& environment, int process);

  /// All sockets of that name, in their order.
  std::vector<Descriptor> take(std::string_view name);
  /// Names of what is left, for an error message.
  std::vector<std::string> names() const;

 private:
  struct Passed {
    std::string name;
    Descriptor socket;
  };
  std::vector<Passed> sockets_;
};

/// Tells the service manager; never blocks, never fails the caller.
class ServiceManager {
 public:
  ServiceManager() = default;
  static ServiceManager of_process(const EnvironmentVariables& environment, int process);

  bool present() const { return !address_.empty(); }
  void ready(std::string_view status) const;
  /// `now`: CLOCK_MONOTONIC, as systemd compares it with its own.
  void reloading(Tick now) const;
  void stopping() const;
  void status(std::string_view text) const;
  void alive() const;
  /// How often it wants to hear alive(): half of WATCHDOG_USEC; nothing where it does not.
  std::optional<Duration> watchdog() const { return watchdog_; }

 private:
  void tell(std::string_view text) const;

  std::string address_;  ///< path, or abstract name behind `@`
  std::optional<Duration> watchdog_;
};

}  // namespace tollhouse::io
