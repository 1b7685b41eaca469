// bench: an MCP server that costs as little as a server can: one thread, epoll, a fixed answer to
// each complete request, keep-alive. Prints its port. Not strict on purpose: it is a load's target.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

constexpr std::string_view kBody =
    R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"echo: hello"}],"isError":false}})";

std::string fixed_answer() {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(kBody.size()) + "\r\n\r\n" + std::string(kBody);
}

/// Bytes of the first request in `buffer` when it is complete, else 0.
std::size_t complete_request(std::string_view buffer) {
  const std::size_t head = buffer.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  std::size_t length = 0;
  for (std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    const std::size_t at = buffer.substr(0, head).find(name);
    if (at != std::string_view::npos)
      length = std::strtoul(buffer.data() + at + name.size(), nullptr, 10);
  }
  return buffer.size() >= head + 4 + length ? head + 4 + length : 0;
}

void serve(int connection, std::string& buffer, const std::string& answer) {
  std::size_t answered = 0;
  while (const std::size_t size = complete_request(std::string_view(buffer).substr(answered))) {
    answered += size;
    if (send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
  }
  buffer.erase(0, answered);
}

int listen_on(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 1024) != 0) {
    std::perror("listen");
    std::exit(1);
  }
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("%u\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

}  // namespace

int main(int argc, char** argv) {
  const int listener = listen_on(argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 0);
  const int epoll = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  const std::string answer = fixed_answer();
  std::unordered_map<int, std::string> buffers;
  epoll_event events[256];
  while (true) {
    const int count = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; ++i) {
      const int at = events[i].data.fd;
      if (at == listener) {
        for (int made; (made = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
          const int on = 1;
          setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          event.data.fd = made;
          epoll_ctl(epoll, EPOLL_CTL_ADD, made, &event);
          buffers[made].clear();
        }
        continue;
      }
      char chunk[65536];
      const ssize_t got = recv(at, chunk, sizeof chunk, 0);
      if (got <= 0) {
        buffers.erase(at);
        close(at);
        continue;
      }
      std::string& buffer = buffers[at];
      buffer.append(chunk, static_cast<std::size_t>(got));
      serve(at, buffer, answer);
    }
  }
}
