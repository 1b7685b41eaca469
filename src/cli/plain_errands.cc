// cli: asking over a plain socket.
#include "cli/plain_errands.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "http/response.h"
#include "http/url.h"
#include "http/writer.h"
#include "io/descriptor.h"

namespace tollhouse::cli {
namespace {

using io::ErrandFault;

/// One connection with one deadline for all that is done with it.
class Line {
 public:
  Line(const io::Endpoint& at, Duration longest) : until_(clock_.tick() + longest) {
    const io::SocketAddress address(at);
    socket_ =
        io::Descriptor(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_.open()) return;
    const int begun = ::connect(socket_.number(), address.get(), address.size());
    if (begun != 0 && (errno != EINPROGRESS || !ready(POLLOUT))) return;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_.number(), SOL_SOCKET, SO_ERROR, &error, &size);
    connected_ = error == 0;
  }

  bool connected() const { return connected_; }
  bool timed_out() const { return timed_out_; }

  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      if (!ready(POLLOUT)) return false;
      const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) continue;
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Adds what has come to `buffer`; false at the end of the stream and after a fault.
  bool read(std::string& buffer) {
    std::array<char, 16 * 1024> piece;
    while (ready(POLLIN)) {
      const ssize_t got = ::recv(socket_.number(), piece.data(), piece.size(), 0);
      if (got < 0 && errno == EAGAIN) continue;
      if (got <= 0) return false;
      buffer.append(piece.data(), static_cast<std::size_t>(got));
      return true;
    }
    return false;
  }

 private:
  bool ready(short events) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until_ - clock_.tick()).count();
    pollfd watched{socket_.number(), events, 0};
    timed_out_ = left <= 0 || ::poll(&watched, 1, static_cast<int>(left)) == 0;
    return !timed_out_;
  }

  SystemClock clock_;
  Tick until_;
  io::Descriptor socket_;
  bool connected_ = false;
  bool timed_out_ = false;
};

/// Nothing where a field could not be sent as it is.
std::optional<std::string> request_of(const io::Errand& errand, const http::Url& url,
                                      const std::vector<io::ErrandField>& more) {
  std::string head;
  http::append_request_line(head, errand.method, url.target());
  http::append_field(head, "Host", url.authority());
  bool sound = true;
  for (const auto* fields : {&errand.fields, &more}) {
    for (const io::ErrandField& field : *fields) {
      sound = http::append_foreign_field(head, field.name, field.value) && sound;
    }
  }
  http::append_field(head, "Connection", "close");
  if (!errand.body.empty()) http::append_content_length(head, errand.body.size());
  http::end_head(head);
  if (!sound) return std::nullopt;
  return head + errand.body;
}

ErrandFault fault_of(const Line& line) {
  return line.timed_out() ? ErrandFault::timed_out : ErrandFault::protocol;
}

bool read_head(Line& line, std::string& buffer, bool to_head, http::ResponseHead& head) {
  http::ResponseHeadReader reader({}, to_head);
  while (line.read(buffer)) {
    switch (reader.step(buffer, head)) {
      case http::ResponseHeadReader::Status::need_more:
        continue;
      case http::ResponseHeadReader::Status::complete:
        return true;
      case http::ResponseHeadReader::Status::refused:
        return false;
    }
  }
  return false;
}

/// The payload behind the head, which ends at `head.bytes` of `buffer`.
Result<std::string, ErrandFault> read_body(Line& line, const http::ResponseHead& head,
                                           std::string buffer, std::size_t bytes_max) {
  http::ResponseBodyReader reader(head);
  buffer.erase(0, head.bytes);
  std::string body;
  while (true) {
    std::string_view rest = buffer;
    while (!reader.complete() && !rest.empty()) {
      const auto step = reader.step(rest);
      if (!step) return refuse(ErrandFault::protocol);
      body += step->payload;
      rest.remove_prefix(step->consumed);
    }
    if (body.size() > bytes_max) return refuse(ErrandFault::too_large);
    if (reader.complete()) return body;
    buffer.clear();
    if (line.read(buffer)) continue;
    if (line.timed_out() || !reader.end_of_stream()) return refuse(fault_of(line));
    return body;
  }
}

io::ErrandResult exchange(const io::Endpoint& at, const io::Errand& errand,
                          const std::vector<io::ErrandField>& more) {
  const auto url = http::parse_url(errand.url);
  if (!url) return refuse(ErrandFault::not_allowed);
  const auto request = request_of(errand, *url, more);
  if (!request) return refuse(ErrandFault::not_allowed);
  Line line(at, errand.timeout);
  if (!line.connected()) {
    return refuse(line.timed_out() ? ErrandFault::timed_out : ErrandFault::refused);
  }
  if (!line.write(*request)) return refuse(fault_of(line));
  std::string buffer;
  http::ResponseHead head;
  if (!read_head(line, buffer, errand.method == "HEAD", head)) return refuse(fault_of(line));
  io::ErrandAnswer answer;
  answer.status = head.status;
  for (const http::Field& field : head.fields) {
    answer.fields.push_back({std::string(field.name), std::string(field.value)});
  }
  auto body = read_body(line, head, buffer, errand.bytes_max);
  if (!body) return refuse(body.error());
  answer.body = std::move(*body);
  return answer;
}

}  // namespace

void PlainErrands::send(io::Errand errand, std::move_only_function<void(io::ErrandResult)> then) {
  errand.timeout = std::min(errand.timeout, longest_);
  then(exchange(at_, errand, fields_));
}

}  // namespace tollhouse::cli
