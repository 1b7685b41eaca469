// bench: durable single-use calls through a running gate: callers on keep-alive connections, each
// call with a credential of its own that was minted and paid beforehand. One thread, blocking
// sockets would be 256 threads, so an epoll loop. Prints calls a second.
//
//   durable_bench PORT CREDENTIALS_FILE CALLERS
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

constexpr const char* kBody =
    R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"single","arguments":{}}})";

struct Caller {
  int socket = -1;
  std::string answer;
};

std::string request_with(const std::string& credential) {
  const std::string body = kBody;
  return "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
         "Accept: application/json, text/event-stream\r\nAuthorization: " +
         credential + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

int connect_to(std::uint16_t port) {
  const int made = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  return made;
}

/// Whether a whole answer is in `answer`; its status in `status`.
bool complete(const std::string& answer, int& status) {
  const std::size_t head = answer.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  const std::size_t at = answer.find("Content-Length: ");
  if (at == std::string::npos || at > head) return false;
  status = std::atoi(answer.c_str() + 9);
  return answer.size() >= head + 4 + std::strtoul(answer.c_str() + at + 16, nullptr, 10);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  std::vector<std::string> requests;
  std::ifstream file(argv[2]);
  for (std::string line; std::getline(file, line);) requests.push_back(request_with(line));
  std::vector<Caller> callers(static_cast<std::size_t>(std::atoi(argv[3])));
  const int epoll = epoll_create1(0);
  std::size_t next = 0, answered = 0, good = 0;
  const auto send_next = [&](Caller& caller) {
    if (next == requests.size()) return;
    const std::string& request = requests[next++];
    caller.answer.clear();
    if (send(caller.socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) std::exit(1);
  };
  for (std::size_t i = 0; i < callers.size(); ++i) {
    callers[i].socket = connect_to(static_cast<std::uint16_t>(std::atoi(argv[1])));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    epoll_ctl(epoll, EPOLL_CTL_ADD, callers[i].socket, &event);
  }
  const auto began = std::chrono::steady_clock::now();
  for (Caller& caller : callers) send_next(caller);
  epoll_event events[256];
  while (answered < requests.size()) {
    const int count = epoll_wait(epoll, events, 256, 10'000);
    if (count <= 0) return 1;
    for (int i = 0; i < count; ++i) {
      Caller& caller = callers[events[i].data.u64];
      char chunk[65536];
      const ssize_t got = recv(caller.socket, chunk, sizeof chunk, 0);
      if (got <= 0) return 1;
      caller.answer.append(chunk, static_cast<std::size_t>(got));
      int status = 0;
      if (!complete(caller.answer, status)) continue;
      ++answered;
      good += status == 200;
      send_next(caller);
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("{\"calls\": %zu, \"good\": %zu, \"per_second\": %.0f}\n", answered, good,
              static_cast<double>(answered) / took.count());
}
