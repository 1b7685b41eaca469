// io: names of upstreams to addresses, off the reactors' threads.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/endpoint.h"
#include "io/limits.h"

namespace tollhouse::io {

/// `no_such_name`: the name does not exist or has no address. `unavailable`: nobody could say.
enum class ResolveFault : std::uint8_t { no_such_name, unavailable };
using Resolved = Result<std::vector<Endpoint>, ResolveFault>;

/// Port: the simulator has names of its own.
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// Thread-safe. Calls `then` exactly once, on any thread, perhaps inside this call (literals,
  /// remembered names). At least one address, in the order to try.
  virtual void resolve(std::string_view host, std::uint16_t port,
                       std::move_only_function<void(Resolved)> then) = 0;
};

/// What is asked of the system; replaced in tests.
using NameLookup = std::move_only_function<Resolved(const std::string& host)>;
/// getaddrinfo(3), blocking.
Resolved look_up_name(const std::string& host);

/// Asks on one helper thread and remembers answers for kNameLife, failures for kNameFaultLife.
class ThreadResolver final : public Resolver {
 public:
  explicit ThreadResolver(const Clock& clock, NameLookup lookup = look_up_name);
  /// Ends the thread after the look-up under way; what waits is answered `unavailable`.
  ~ThreadResolver() override;
  void resolve(std::string_view host, std::uint16_t port,
               std::move_only_function<void(Resolved)> then) override;

 private:
  struct Remembered {
    Resolved answer;
    Tick until;
  };
  struct Question {
    std::string host;
    std::uint16_t port;
    std::move_only_function<void(Resolved)> then;
  };
  void run();
  const Resolved* remembered(const std::string& host) const;
  void remember(const std::string& host, const Resolved& answer);

  const Clock& clock_;
  NameLookup lookup_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Question> questions_;
  std::map<std::string, Remembered, std::less<>> names_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tollhouse::io
