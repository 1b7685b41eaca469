// bench: good calls at a steady rate, and beside them junk solutions of work: two threads with
// sockets of their own. A good call is due by the clock, whether an answer has come or not, and its
// time counts from then on. usage: flood_bench PORT SECONDS RATE CONNECTIONS JUNK_RATE
// JUNK_CONNECTIONS, the requests in FLOOD_GOOD and FLOOD_JUNK. A rate of 0 for good calls: as fast
// as they are answered. Prints one line of JSON.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Tick = Clock::time_point;

/// Junk requests of one connection that wait for their answers.
constexpr unsigned kJunkWindow = 2;

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(socket, F_SETFL, O_NONBLOCK);
  return socket;
}

/// Bytes of the first answer in `buffer` when it is complete, else 0.
std::size_t complete_answer(std::string_view buffer) {
  const std::size_t head = buffer.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  const std::size_t at = buffer.substr(0, head).find("\r\nContent-Length: ");
  const std::size_t length =
      at == std::string_view::npos ? 0 : std::strtoul(buffer.data() + at + 18, nullptr, 10);
  return buffer.size() >= head + 4 + length ? head + 4 + length : 0;
}

int status_of(std::string_view answer) { return std::atoi(answer.data() + 9); }

struct Connection {
  int socket = -1;
  std::string out;
  std::string in;
  std::deque<Tick> due;  ///< of what was sent and is not answered
};

/// Connections of one thread.
class Crowd {
 public:
  Crowd(std::uint16_t port, unsigned count, std::string request)
      : request_(std::move(request)), poll_(::epoll_create1(EPOLL_CLOEXEC)), all_(count) {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      all_[i].socket = connect_to(port);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      ::epoll_ctl(poll_, EPOLL_CTL_ADD, all_[i].socket, &event);
    }
  }
  ~Crowd() {
    for (const Connection& each : all_) ::close(each.socket);
    ::close(poll_);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// One more request on a connection that has fewer than `window` on the way; false where none
  /// has.
  bool send(Tick due, unsigned window) {
    for (std::size_t tried = 0; tried < all_.size(); ++tried) {
      Connection& each = all_[next_++ % all_.size()];
      if (each.due.size() >= window) continue;
      each.out += request_;
      each.due.push_back(due);
      return true;
    }
    return false;
  }
  void flush() {
    for (Connection& each : all_) {
      if (each.out.empty()) continue;
      const ssize_t sent = ::send(each.socket, each.out.data(), each.out.size(), MSG_NOSIGNAL);
      if (sent > 0) each.out.erase(0, static_cast<std::size_t>(sent));
    }
  }
  /// Hands each answer on: its status and when it was due.
  template <class See>
  void hear(int milliseconds, See see) {
    epoll_event events[256];
    const int ready = ::epoll_wait(poll_, events, 256, milliseconds);
    for (int i = 0; i < ready; ++i) read(all_[events[i].data.u64], see);
  }

 private:
  template <class See>
  void read(Connection& each, See see) {
    char part[65536];
    const ssize_t got = ::recv(each.socket, part, sizeof part, 0);
    if (got == 0) {
      std::fprintf(stderr, "the gate closed a connection\n");
      std::exit(1);
    }
    if (got < 0) return;
    each.in.append(part, static_cast<std::size_t>(got));
    std::size_t taken = 0;
    while (const std::size_t size = complete_answer(std::string_view(each.in).substr(taken))) {
      see(status_of(std::string_view(each.in).substr(taken)), each.due.front());
      each.due.pop_front();
      taken += size;
    }
    each.in.erase(0, taken);
  }

  std::string request_;
  int poll_;
  std::vector<Connection> all_;
  std::size_t next_ = 0;
};

struct Counts {
  std::uint64_t good = 0;
  std::uint64_t failed = 0;
  std::vector<double> microseconds;
};

/// A rate of 0: one request on each connection all the time.
Counts call(Crowd& crowd, double rate, Tick end) {
  Counts counts;
  const Tick begun = Clock::now();
  std::uint64_t due = 0;
  const auto due_at = [&](std::uint64_t number) {
    return begun + std::chrono::nanoseconds(static_cast<std::int64_t>(
                       1e9 * static_cast<double>(number) / std::max(rate, 1.0)));
  };
  std::deque<Tick> late;
  for (Tick now = begun; now < end; now = Clock::now()) {
    while (rate > 0 && due_at(due) <= now) late.push_back(due_at(due++));
    while (!late.empty() && crowd.send(late.front(), 1)) late.pop_front();
    while (rate <= 0 && crowd.send(now, 1)) continue;
    crowd.flush();
    crowd.hear(rate > 0 ? 0 : 1, [&](int status, Tick since) {
      ++(status == 200 ? counts.good : counts.failed);
      counts.microseconds.push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - since).count());
    });
    if (rate > 0) std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  return counts;
}

/// Refused solutions; what is not refused counts as failed.
Counts flood(Crowd& crowd, double rate, const std::atomic<bool>& ended) {
  Counts counts;
  const Tick begun = Clock::now();
  double sent = 0;
  while (!ended) {
    const double wanted = rate * std::chrono::duration<double>(Clock::now() - begun).count();
    while (sent < wanted && crowd.send(begun, kJunkWindow)) ++sent;
    sent = std::max(sent, wanted - rate / 100);  // what could not be sent is not made up for
    crowd.flush();
    crowd.hear(1, [&](int status, Tick) {
      ++(status == 402 || status == 429 ? counts.good : counts.failed);
    });
  }
  return counts;
}

double percentile(std::vector<double>& values, double part) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

std::string request_of(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

int main(int count, char** words) {
  if (count != 7) {
    std::fprintf(stderr, "flood_bench PORT SECONDS RATE CONNECTIONS JUNK_RATE JUNK_CONNECTIONS\n");
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::atoi(words[1]));
  const double seconds = std::atof(words[2]);
  const double junk_rate = std::atof(words[5]);
  Crowd callers(port, static_cast<unsigned>(std::atoi(words[4])), request_of("FLOOD_GOOD"));
  Crowd junk(port, static_cast<unsigned>(std::atoi(words[6])), request_of("FLOOD_JUNK"));
  std::atomic<bool> ended = false;
  Counts refused;
  std::thread flooding([&] {
    if (junk_rate > 0) refused = flood(junk, junk_rate, ended);
  });
  const Tick begun = Clock::now();
  const Tick end = begun + std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
  Counts called = call(callers, std::atof(words[3]), end);
  ended = true;
  flooding.join();
  const double passed = std::chrono::duration<double>(Clock::now() - begun).count();
  std::printf(
      "{\"good\": %.0f, \"failed\": %llu, \"p50\": %.0f, \"p99\": %.0f, \"junk\": %.0f, "
      "\"junk_failed\": %llu}\n",
      static_cast<double>(called.good) / passed, static_cast<unsigned long long>(called.failed),
      percentile(called.microseconds, 0.5), percentile(called.microseconds, 0.99),
      static_cast<double>(refused.good) / passed, static_cast<unsigned long long>(refused.failed));
  return 0;
}
