// tests/process: the upstream's sockets and scripts.
#include "process/upstream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "process/caller.h"

namespace tollhouse::test {
namespace {

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool send_json(int socket, std::string_view status, const std::string& body) {
  // In two writes: a gate that reads them apart must not mix them up.
  const std::string head = "HTTP/1.1 " + std::string(status) +
                           "\r\nContent-Type: application/json\r\nDate: Thu, 01 Jan 1970 00:00:00 "
                           "GMT\r\nX-Upstream: yes\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n";
  return send_all(socket, head) && send_all(socket, body);
}

std::string chunk(const std::string& text) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}

std::string event(const std::string& data) { return "event: message\ndata: " + data + "\n\n"; }

std::string result_text(const std::string& id, const std::string& text) {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{"content":[{"type":"text","text":")" +
         text + R"("}]}})";
}

const std::string kProgress =
    R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}})";
const std::string kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

std::string Upstream::Received::field(std::string_view name) const {
  std::size_t at = head.find("\r\n");
  while (at != std::string::npos && at + 2 < head.size()) {
    at += 2;
    const std::size_t end = head.find("\r\n", at);
    const std::size_t colon = head.find(": ", at);
    if (colon < end && colon - at == name.size() &&
        strncasecmp(head.data() + at, name.data(), name.size()) == 0)
      return head.substr(colon + 2, end - colon - 2);
    at = end;
  }
  return {};
}

Upstream::Upstream() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at);
  ::listen(listener_, 512);
  socklen_t size = sizeof at;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

Upstream::~Upstream() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
    changed_.notify_all();
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

void Upstream::accept() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (socket < 0 || ending_) {
      if (socket >= 0) ::close(socket);
      return;
    }
    open_.push_back(socket);
    threads_.emplace_back([this, socket] {
      serve(socket);
      const std::lock_guard closing(mutex_);
      open_.erase(std::find(open_.begin(), open_.end(), socket));
      ::close(socket);
    });
  }
}

void Upstream::serve(int socket) {
  std::string buffer;
  while (true) {
    std::size_t end;
    char piece[65536];
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
      const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
      if (got <= 0) return;
      buffer.append(piece, static_cast<std::size_t>(got));
    }
    Received request;
    request.head = buffer.substr(0, end + 4);
    buffer.erase(0, end + 4);
    const std::string length = request.field("content-length");
    const std::size_t wanted = length.empty() ? 0 : std::stoul(length);
    while (buffer.size() < wanted) {
      const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
      if (got <= 0) return;
      buffer.append(piece, static_cast<std::size_t>(got));
    }
    request.body = buffer.substr(0, wanted);
    buffer.erase(0, wanted);
    const std::string method = request.head.substr(0, request.head.find(' '));
    const std::string body = request.body;
    const bool resumes = !request.field("last-event-id").empty();
    const auto message = nlohmann::json::parse(body, nullptr, false);
    if (message.is_object() && message.value("method", "") == "tools/call")
      request.tool = message["params"].value("name", "");
    {
      const std::lock_guard lock(mutex_);
      ++calls_[request.tool];
      received_.push_back(std::move(request));
      changed_.notify_all();
    }
    if (!answer(socket, method, body, resumes)) return;
  }
}

bool Upstream::answer(int socket, const std::string& method, const std::string& body,
                      bool resumes) {
  if (method == "GET" && resumes) {
    std::string id;
    {
      const std::lock_guard lock(mutex_);
      id = polled_;
    }
    return send_all(socket, kStreamHead + chunk(event(kProgress)) +
                                chunk("id: e-2\n" + event(result_text(id, "polled"))) +
                                chunk(event(kProgress)) + "0\r\n\r\n");
  }
  if (method == "GET") return send_all(socket, kStreamHead + chunk(event(kProgress)) + "0\r\n\r\n");
  const auto message = nlohmann::json::parse(body, nullptr, false);
  if (message.is_object() && dropped(message.value("method", ""))) return false;
  if (method == "DELETE" || !message.is_object() || !message.contains("id"))
    return send_all(socket, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
  const std::string id = message["id"].dump();
  if (auto made = prepared(message.value("method", ""))) {
    const std::size_t at = made->body.find("ID");
    if (at != std::string::npos) made->body.replace(at, 2, id);
    return send_json(socket, made->status, made->body);
  }
  if (message.value("method", "") == "initialize")
    return send_json(socket, "200 OK",
                     R"({"jsonrpc":"2.0","id":)" + id +
                         R"(,"result":{"protocolVersion":"2025-11-25","capabilities":{},)"
                         R"("serverInfo":{"name":"upstream","version":"1"}}})");
  if (message.value("method", "") == "tools/list") return answer_list(socket, id);
  const std::string called = message.value("method", "");
  if (called.starts_with("tasks/"))
    return answer_task(socket, id, called, message["params"].value("taskId", ""));
  if (called != "tools/call")
    return send_json(socket, "200 OK", R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{}})");
  const std::string tool = message["params"].value("name", "");
  std::size_t number;
  {
    const std::lock_guard lock(mutex_);
    number = calls_[tool];
  }
  const std::string behaviour = tool.substr(tool.find('.') + 1);
  if (behaviour == "asks" || behaviour == "asks_sse")
    return answer_round(socket, id, body, behaviour == "asks_sse");
  if (behaviour == "poll" || behaviour == "poll_wait")
    return answer_poll(socket, id, behaviour == "poll_wait");
  if (behaviour == "task")
    return send_json(socket, "200 OK",
                     R"({"jsonrpc":"2.0","id":)" + id +
                         R"(,"result":{"resultType":"task","taskId":)" + "\"" + tool + "-" +
                         std::to_string(number) + R"(","status":"working","ttlMs":60000}})");
  return answer_call(socket, id, behaviour, number);
}

/// The state counts the rounds and is as hostile to parsers as a string may be.
bool Upstream::answer_round(int socket, const std::string& id, const std::string& body,
                            bool streamed) {
  const auto params = nlohmann::json::parse(body)["params"];
  const std::string state = params.value("requestState", "\"\\0");
  const char round = state.back();
  const std::string text =
      round < '3' ? R"({"jsonrpc":"2.0","id":)" + id +
                        R"(,"result":{"resultType":"input_required","inputRequests":{"k":{}},)"
                        R"("requestState":"\"\\)" +
                        std::string(1, static_cast<char>(round + 1)) + "\"}}"
                  : result_text(id, params["inputResponses"].value("k", ""));
  if (!streamed) return send_json(socket, "200 OK", text);
  return send_all(socket, kStreamHead + chunk(event(kProgress)) + chunk(event(text)) + "0\r\n\r\n");
}

bool Upstream::answer_poll(int socket, const std::string& id, bool waits) {
  {
    const std::lock_guard lock(mutex_);
    polled_ = id;
  }
  // The priming event of 2025-11-25: an id, and no data.
  if (!send_all(socket, kStreamHead + chunk("id: e-1\nretry: 10\ndata:\n\n"))) return false;
  if (!waits) return send_all(socket, "0\r\n\r\n");
  return wait_released(socket) &&
         send_all(socket, chunk(event(result_text(id, "late"))) + "0\r\n\r\n");
}

bool Upstream::answer_task(int socket, const std::string& id, const std::string& method,
                           const std::string& task) {
  std::string status;
  {
    const std::lock_guard lock(mutex_);
    if (method == "tasks/cancel") task_status_ = "cancelled";
    status = task_status_;
  }
  if (method == "tasks/result") return send_json(socket, "200 OK", result_text(id, "made " + task));
  return send_json(socket, "200 OK",
                   R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{"resultType":"complete",)" +
                       R"("taskId":")" + task + R"(","status":")" + status + "\"}}");
}

bool Upstream::dropped(const std::string& method) {
  const std::lock_guard lock(mutex_);
  std::size_t& left = to_drop_[method];
  if (left == 0) return false;
  --left;
  return true;
}

std::optional<Upstream::Prepared> Upstream::prepared(const std::string& method) {
  const std::lock_guard lock(mutex_);
  const auto found = prepared_.find(method);
  if (found == prepared_.end() || found->second.left == 0) return std::nullopt;
  --found->second.left;
  return found->second;
}

bool Upstream::answer_list(int socket, const std::string& id) {
  const std::string list =
      R"({"jsonrpc":"2.0","id":)" + id +
      R"(,"result":{"tools":[{"name":"success.json","inputSchema":{"type":"object"}},)"
      R"({"name":"pass.json"},{"name":"counted.json"},{"name":"free.json"},{"name":"nothing"}],)"
      R"("nextCursor":"","x":1.50}})";
  bool streamed;
  {
    const std::lock_guard lock(mutex_);
    streamed = lists_streamed_;
  }
  if (!streamed) return send_json(socket, "200 OK", list);
  return send_all(socket, kStreamHead + chunk(event(kProgress)) + chunk(event(list)) + "0\r\n\r\n");
}

bool Upstream::wait_released(int socket) {
  // Until released, or the gate hangs up.
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, std::chrono::milliseconds(20),
                            [this] { return released_ || ending_; }))
        return !ending_;
    }
    pollfd waiting{socket, POLLIN | POLLRDHUP, 0};
    if (::poll(&waiting, 1, 0) > 0) return false;
  }
}

bool Upstream::answer_call(int socket, const std::string& id, const std::string& behaviour,
                           std::size_t number) {
  const std::string good = result_text(id, "answer " + std::to_string(number));
  if (behaviour == "tool_error")
    return send_json(
        socket, "200 OK",
        R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{"isError":true,"content":[]}})");
  if (behaviour == "rpc_error")
    return send_json(
        socket, "200 OK",
        R"({"jsonrpc":"2.0","id":)" + id + R"(,"error":{"code":-32000,"message":"no"}})");
  if (behaviour == "question")
    return send_json(socket, "200 OK",
                     R"({"jsonrpc":"2.0","id":)" + id +
                         R"(,"result":{"resultType":"input_required","inputRequests":{}}})");
  if (behaviour == "http_500")
    return send_json(socket, "500 Internal Server Error",
                     R"({"error":"Upstream data fetch failed"})");
  if (behaviour == "garbage") return send_all(socket, "SSH-2.0-garbage\r\n\r\n") && false;
  if (behaviour == "drop") return false;
  if (behaviour == "cut") {
    send_all(socket,
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n" +
                 good.substr(0, 20));
    return false;
  }
  if (behaviour == "large")
    return send_json(socket, "200 OK", result_text(id, std::string(2 * 1024 * 1024, 'x')));
  if (behaviour == "wait") return wait_released(socket) && send_json(socket, "200 OK", good);
  const bool waits = behaviour == "sse_wait";
  if (waits || behaviour == "sse" || behaviour == "big_sse") {
    // Lines end as Python servers end them; the last of them in two pieces.
    const std::string progress =
        waits ? chunk("data: " + kProgress + "\r\n\r") + chunk("\n") : chunk(event(kProgress));
    if (!send_all(socket, kStreamHead + progress)) return false;
    if (waits && !wait_released(socket)) return false;
    const std::string last =
        behaviour == "big_sse" ? result_text(id, std::string(300 * 1024, 'y')) : good;
    return send_all(socket, chunk(event(last)) + "0\r\n\r\n");
  }
  return send_json(socket, "200 OK", good);
}

std::size_t Upstream::requests() const {
  const std::lock_guard lock(mutex_);
  return received_.size();
}

std::size_t Upstream::calls(std::string_view tool) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(tool);
  return found == calls_.end() ? 0 : found->second;
}

std::vector<Upstream::Received> Upstream::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

bool Upstream::wait_for_calls(std::string_view tool, std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] {
    const auto found = calls_.find(tool);
    return found != calls_.end() && found->second >= count;
  });
}

void Upstream::drop_next(const std::string& method, std::size_t count) {
  const std::lock_guard lock(mutex_);
  to_drop_[method] = count;
}

void Upstream::answer_next(const std::string& method, const std::string& status,
                           const std::string& body, std::size_t count) {
  const std::lock_guard lock(mutex_);
  prepared_[method] = Prepared{status, body, count};
}

void Upstream::stream_lists(bool streamed) {
  const std::lock_guard lock(mutex_);
  lists_streamed_ = streamed;
}

void Upstream::end_tasks(const std::string& status) {
  const std::lock_guard lock(mutex_);
  task_status_ = status;
}

void Upstream::release() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

void Upstream::hold() {
  const std::lock_guard lock(mutex_);
  released_ = false;
}

}  // namespace tollhouse::test
