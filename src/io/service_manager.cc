// io: sockets and words between a service and its manager.
#include "io/service_manager.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "base/format.h"

namespace tollhouse::io {
namespace {

constexpr int kFirstPassed = 3;
/// More sockets than anyone writes into one unit.
constexpr int kPassedMax = 1024;

std::optional<std::int64_t> number_in(const EnvironmentVariables& environment,
                                      const std::string& name) {
  const auto found = environment.find(name);
  if (found == environment.end()) return std::nullopt;
  const std::string& text = found->second;
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string text_in(const EnvironmentVariables& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// The part of `names` before the next colon, which is cut off.
std::string next_name(std::string_view& names) {
  const std::size_t end = std::min(names.find(':'), names.size());
  const std::string name(names.substr(0, end));
  names.remove_prefix(std::min(end + 1, names.size()));
  return name.empty() ? "unknown" : name;
}

}  // namespace

PassedSockets PassedSockets::of_process(const EnvironmentVariables& environment, int process) {
  PassedSockets passed;
  const std::int64_t count = number_in(environment, "LISTEN_FDS").value_or(0);
  if (number_in(environment, "LISTEN_PID") != process || count < 1 || count > kPassedMax) {
    return passed;
  }
  const std::string all_names = text_in(environment, "LISTEN_FDNAMES");
  std::string_view names = all_names;
  for (int i = 0; i < static_cast<int>(count); ++i) {
    Descriptor socket(kFirstPassed + i);
    std::string name = next_name(names);
    const int flags = ::fcntl(socket.number(), F_GETFL);
    const bool usable = flags >= 0 && ::fcntl(socket.number(), F_SETFD, FD_CLOEXEC) == 0 &&
                        ::fcntl(socket.number(), F_SETFL, flags | O_NONBLOCK) == 0;
    if (usable) passed.sockets_.push_back({std::move(name), std::move(socket)});
  }
  return passed;
}

std::vector<Descriptor> PassedSockets::take(std::string_view name) {
  std::vector<Descriptor> taken;
  for (Passed& passed : sockets_) {
    if (passed.name == name) taken.push_back(std::move(passed.socket));
  }
  std::erase_if(sockets_, [name](const Passed& passed) { return passed.name == name; });
  return taken;
}

std::vector<std::string> PassedSockets::names() const {
  std::vector<std::string> names;
  names.reserve(sockets_.size());
  for (const Passed& passed : sockets_) names.push_back(passed.name);
  return names;
}

ServiceManager ServiceManager::of_process(const EnvironmentVariables& environment, int process) {
  ServiceManager manager;
  std::string address = text_in(environment, "NOTIFY_SOCKET");
  const bool known = address.starts_with('/') || address.starts_with('@');
  if (known && address.size() < sizeof(sockaddr_un::sun_path)) {
    manager.address_ = std::move(address);
  }
  const auto interval = number_in(environment, "WATCHDOG_USEC");
  const auto watched = number_in(environment, "WATCHDOG_PID");
  const bool mine = !watched || *watched == process;
  if (interval && *interval > 0 && mine) {
    manager.watchdog_ = std::chrono::microseconds(*interval / 2);
  }
  return manager;
}

void ServiceManager::ready(std::string_view status) const {
  tell(fmt::format("READY=1\nSTATUS={}", status));
}

void ServiceManager::reloading(Tick now) const {
  const auto since_boot =
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", since_boot.count()));
}

void ServiceManager::stopping() const { tell("STOPPING=1\nSTATUS=draining"); }
void ServiceManager::status(std::string_view text) const { tell(fmt::format("STATUS={}", text)); }
void ServiceManager::alive() const { tell("WATCHDOG=1"); }

void ServiceManager::tell(std::string_view text) const {
  if (!present()) return;
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.open()) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  ::sendto(socket.number(), text.data(), text.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&to), size);
}

}  // namespace tollhouse::io
