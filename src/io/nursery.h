// io: the only home of detached tasks. Drain waits for it; nothing detached outlives it.
#pragma once
#include <cstddef>
#include <functional>
#include <vector>

#include "io/intrusive.h"
#include "io/task.h"

namespace tollhouse::io {

class Nursery {
 public:
  Nursery() = default;
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;
  /// Invariant: no task is running.
  ~Nursery();

  /// Runs `task` at once, inside this call, up to its first suspension.
  void start(Task<void> task);
  std::size_t running() const { return running_; }
  bool empty() const { return running_ == 0; }
  /// Calls `then` once, when no task runs: at once if that is so now, else after the last one's
  /// frame is gone.
  void when_empty(std::move_only_function<void()> then);
  /// Destroys the frames of all tasks where they stand, as the end of a process does: for the
  /// simulator and for tests. Streams and operations that the frames hold leave the loop by
  /// themselves. Not from inside a task.
  void abandon();

  /// The coroutine that awaits a started task.
  struct Started;

 private:
  struct Promise;
  struct Running : Link<Running> {
    std::coroutine_handle<> frame;
  };
  static Started drive(Nursery& nursery, Task<void> task);
  void ended();

  List<Running> tasks_;
  std::size_t running_ = 0;
  std::vector<std::move_only_function<void()>> waiting_;
};

}  // namespace tollhouse::io
