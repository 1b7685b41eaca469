// tests/cli: one exchange over a plain socket. Goal: an answer comes whole, or its fault has the
// right name, and nobody waits for ever.
#include "cli/plain_errands.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "support/precompiled.h"

namespace tollhouse::cli {
namespace {

/// A server for one connection, which sends `bytes` and, unless it is to wait, hangs up.
class Once {
 public:
  Once(std::string bytes, bool hangs_up) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this, bytes = std::move(bytes), hangs_up] {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      char piece[4096];
      while (asked_.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
        if (got <= 0) break;
        asked_.append(piece, static_cast<std::size_t>(got));
      }
      for (const char byte : bytes) ::send(socket, &byte, 1, MSG_NOSIGNAL);
      if (hangs_up) ::shutdown(socket, SHUT_WR);
      while (::recv(socket, piece, sizeof piece, 0) > 0) {
      }
      ::close(socket);
    });
  }
  ~Once() {
    join();
    ::close(listener_);
  }
  io::Endpoint at() const { return io::Endpoint::ipv4({127, 0, 0, 1}, port_); }
  const std::string& asked() {
    join();
    return asked_;
  }

 private:
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::string asked_;
  std::thread thread_;
};

io::ErrandResult ask(PlainErrands& errands, std::size_t bytes_max = 1024) {
  io::Errand errand;
  errand.url = "http://gate.example/where?it=is";
  errand.bytes_max = bytes_max;
  io::ErrandResult got = refuse(io::ErrandFault::protocol);
  errands.send(std::move(errand), [&](io::ErrandResult result) { got = std::move(result); });
  return got;
}

TEST(PlainErrands, AnswersOfEachFramingComeWhole) {
  for (const char* answer : {"HTTP/1.1 200 OK\r\nX-Seen: yes\r\nContent-Length: 5\r\n\r\nhello",
                             "HTTP/1.1 200 OK\r\nX-Seen: yes\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nX-Seen: yes\r\n\r\nhello"}) {
    SCOPED_TRACE(answer);
    Once server(answer, true);
    PlainErrands errands(server.at(), std::chrono::seconds(20), {{"X-Key", "secret"}});
    const io::ErrandResult got = ask(errands);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->status, 200);
    EXPECT_EQ(got->body, "hello");
    EXPECT_EQ(got->fields.front().value, "yes");
    const std::string& asked = server.asked();
    EXPECT_TRUE(asked.starts_with("GET /where?it=is HTTP/1.1\r\nHost: gate.example\r\n")) << asked;
    EXPECT_NE(asked.find("\r\nX-Key: secret\r\n"), std::string::npos);
  }
}

TEST(PlainErrands, EachFaultHasItsName) {
  const Duration patience = std::chrono::milliseconds(200);
  const auto fault_of = [&](const std::string& answer, bool hangs_up) {
    Once server(answer, hangs_up);
    PlainErrands errands(server.at(), hangs_up ? std::chrono::seconds(20) : patience);
    const io::ErrandResult got = ask(errands, 8);
    return got ? "none" : io::to_text(got.error());
  };
  EXPECT_EQ(fault_of("", true), "protocol");
  EXPECT_EQ(fault_of("SSH-2.0-OpenSSH\r\n\r\n", true), "protocol");
  EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", true), "protocol");
  EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nlong text", true), "too_large");
  EXPECT_EQ(fault_of("", false), "timed_out");
  EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", false), "timed_out");
  io::Endpoint nobody;
  {
    Once server("HTTP/1.1 204 No Content\r\n\r\n", true);
    nobody = server.at();
    PlainErrands errands(nobody, std::chrono::seconds(20));
    EXPECT_TRUE(ask(errands));
  }
  PlainErrands errands(nobody, std::chrono::seconds(20));
  const io::ErrandResult got = ask(errands);
  ASSERT_FALSE(got);
  EXPECT_EQ(io::to_text(got.error()), "refused");
}

}  // namespace
}  // namespace tollhouse::cli
