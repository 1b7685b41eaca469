// tests/process: the caller's sockets.
#include "process/caller.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace tollhouse::test {

std::string HttpAnswer::field(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (field.size() == name.size() && strncasecmp(field.data(), name.data(), name.size()) == 0)
      return value;
  }
  return {};
}

std::size_t HttpAnswer::count(std::string_view name) const {
  std::size_t found = 0;
  for (const auto& [field, value] : fields) {
    if (field.size() == name.size() && strncasecmp(field.data(), name.data(), name.size()) == 0)
      ++found;
  }
  return found;
}

HttpConnection::HttpConnection(std::uint16_t port, int source) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{kPatience.count(), 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + static_cast<std::uint32_t>(source));
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&from), sizeof from) != 0)
    throw std::runtime_error("cannot bind the caller's address");
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) close();
}

HttpConnection::~HttpConnection() { close(); }

void HttpConnection::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void HttpConnection::reset() {
  const linger now{1, 0};
  if (socket_ >= 0) setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

bool HttpConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool HttpConnection::fill() {
  char piece[16384];
  const ssize_t got = ::recv(socket_, piece, sizeof piece, 0);
  if (got <= 0) return false;
  buffer_.append(piece, static_cast<std::size_t>(got));
  return true;
}

bool HttpConnection::at_end() { return buffer_.empty() && !fill(); }

std::optional<std::string> HttpConnection::line() {
  std::size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  std::string text = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return text;
}

HttpAnswer HttpConnection::read_head() {
  HttpAnswer answer;
  ended_whole_ = false;
  while (true) {
    answer = {};
    const auto status = line();
    if (!status || status->size() < 12 || !status->starts_with("HTTP/1.1 ")) return {};
    answer.head = *status + "\r\n";
    while (true) {
      const auto next = line();
      if (!next) return {};
      answer.head += *next + "\r\n";
      if (next->empty()) break;
      const std::size_t colon = next->find(": ");
      if (colon == std::string::npos) return {};
      answer.fields.emplace_back(next->substr(0, colon), next->substr(colon + 2));
    }
    answer.status = std::stoi(status->substr(9, 3));
    if (answer.status >= 200) break;
    ++interim_;
  }
  framing_ = Framing::until_close;
  if (answer.status == 204 || answer.status == 304) framing_ = Framing::none;
  if (answer.field("transfer-encoding") == "chunked") framing_ = Framing::chunked;
  if (!answer.field("content-length").empty()) {
    framing_ = Framing::length;
    left_ = std::stoul(answer.field("content-length"));
  }
  return answer;
}

std::string HttpConnection::read_piece() {
  if (framing_ == Framing::none || (framing_ == Framing::length && left_ == 0)) {
    ended_whole_ = true;
    return {};
  }
  if (framing_ == Framing::chunked) {
    const auto size = line();
    if (!size) return {};
    const std::size_t wanted = std::stoul(*size, nullptr, 16);
    while (buffer_.size() < wanted + 2) {
      if (!fill()) return {};
    }
    std::string piece = buffer_.substr(0, wanted);
    buffer_.erase(0, wanted + 2);
    if (wanted == 0) ended_whole_ = true;
    return piece;
  }
  if (buffer_.empty() && !fill()) {
    ended_whole_ = framing_ == Framing::until_close;
    return {};
  }
  const std::size_t taken =
      framing_ == Framing::length ? std::min(left_, buffer_.size()) : buffer_.size();
  if (framing_ == Framing::length) left_ -= taken;
  std::string piece = buffer_.substr(0, taken);
  buffer_.erase(0, taken);
  return piece;
}

HttpAnswer HttpConnection::read_answer(bool to_head) {
  HttpAnswer answer = read_head();
  if (answer.status == 0) return answer;
  if (to_head) {
    answer.whole = true;
    return answer;
  }
  while (true) {
    const std::string piece = read_piece();
    if (piece.empty()) break;
    answer.body += piece;
  }
  answer.whole = ended_whole_;
  return answer;
}

ReservedPort::ReservedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ::bind(socket_, reinterpret_cast<sockaddr*>(&at), size);
  getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
}

ReservedPort::~ReservedPort() { ::close(socket_); }

std::string HttpRequest::text() const {
  std::string made = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  for (const auto& [name, value] : fields) made += name + ": " + value + "\r\n";
  if (method == "POST" || !body.empty())
    made += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return made + "\r\n" + body;
}

HttpAnswer send_request(std::uint16_t port, const HttpRequest& request) {
  HttpConnection connection(port, request.source);
  connection.send(request.text());
  return connection.read_answer(request.method == "HEAD");
}

}  // namespace tollhouse::test
