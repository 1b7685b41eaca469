// tests/process: an MCP server that knows nothing of money, true to its protocol, except where the
// name of the called tool asks for a fault. `PREFIX.BEHAVIOUR`; the prefix chooses a price row.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tollhouse::test {

/// Behaviours: json (head and body in two writes), sse (a notification, then the result),
/// tool_error, rpc_error, http_500, garbage, cut (body shorter than said), drop (closes without an
/// answer), large (2 MiB result), wait (answers after release()), sse_wait (one event, the rest
/// after release()), big_sse (result event over 256 KiB), question (input_required, always),
/// poll (an event id, then the stream ends; GET with Last-Event-ID
/// brings the result), poll_wait (the same, and the stream goes on to its result after release()),
/// asks, asks_sse (three questions with a state, then what the rounds answered), task (a task, to
/// be ended by end_tasks()).
class Upstream {
 public:
  struct Received {
    std::string head;
    std::string body;
    std::string tool;  ///< empty where it is no call
    std::string field(std::string_view name) const;
  };

  Upstream();
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  std::uint16_t port() const { return port_; }
  std::size_t requests() const;
  std::size_t calls(std::string_view tool) const;
  std::vector<Received> received() const;
  /// Until a call of `tool` has come `count` times; false when patience ends.
  bool wait_for_calls(std::string_view tool, std::size_t count);
  /// What waits goes on, and what comes later does not wait.
  void release();
  /// The next `count` messages of that method are answered by closing the connection.
  void drop_next(const std::string& method, std::size_t count);
  /// The next `count` messages of that method get this answer. `ID` in the body is their id.
  void answer_next(const std::string& method, const std::string& status, const std::string& body,
                   std::size_t count);
  /// From now on tasks are in this state.
  void end_tasks(const std::string& status);
  /// Lists of tools come as an event stream.
  void stream_lists(bool streamed);
  /// From now on calls wait again.
  void hold();

 private:
  void accept();
  void serve(int socket);
  bool answer(int socket, const std::string& method, const std::string& body, bool resumes);
  bool answer_poll(int socket, const std::string& id, bool waits);
  bool dropped(const std::string& method);
  struct Prepared {
    std::string status;
    std::string body;
    std::size_t left = 0;
  };
  std::optional<Prepared> prepared(const std::string& method);
  bool answer_task(int socket, const std::string& id, const std::string& method,
                   const std::string& task);
  bool answer_round(int socket, const std::string& id, const std::string& body, bool streamed);
  bool answer_list(int socket, const std::string& id);
  bool answer_call(int socket, const std::string& id, const std::string& behaviour,
                   std::size_t number);
  bool wait_released(int socket);

  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Received> received_;
  std::map<std::string, std::size_t, std::less<>> calls_;
  bool released_ = false;
  bool lists_streamed_ = false;
  std::map<std::string, std::size_t, std::less<>> to_drop_;
  std::map<std::string, Prepared, std::less<>> prepared_;
  std::string task_status_ = "working";
  std::string polled_;  ///< id of the call that a resumed stream answers
  bool ending_ = false;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace tollhouse::test
