// io: errands on libcurl: one thread, the only multi handle, everything bounded (R-SEC-3). It waits
// level-triggered, as curl can stall under edge-triggered epoll.
#pragma once
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "io/errand.h"

namespace tollhouse::io {

struct ErrandSettings {
  std::string user_agent = "tollhouse";
  /// `http://host:port` or `socks5h://...`; empty: none, whatever the environment says. With a
  /// proxy, names are resolved there and addresses cannot be checked here.
  std::string proxy;
};

/// What the rules say about a URL before anything is looked up: `https`, or `http` to `localhost`
/// or a loopback literal; no user name or password; loopback only where allowed.
bool errand_url_allowed(const std::string& url, bool allow_loopback);

class CurlErrands final : public Errands {
 public:
  explicit CurlErrands(ErrandSettings settings = {});
  /// Ends the thread; what is under way or waits is answered `refused`.
  ~CurlErrands() override;

  void send(Errand errand, std::move_only_function<void(ErrandResult)> then) override;

 private:
  struct Order;
  struct Running;
  struct Machine;  // all that needs curl's header

  void run();
  bool take_orders(std::deque<Order>& orders);

  const ErrandSettings settings_;
  std::unique_ptr<Machine> machine_;
  std::mutex mutex_;
  std::deque<Order> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tollhouse::io
