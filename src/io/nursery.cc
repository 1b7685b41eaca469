// io: detached tasks, counted and listed.
#include "io/nursery.h"

#include "base/invariant.h"

namespace tollhouse::io {

struct Nursery::Started {
  using promise_type = Nursery::Promise;
  std::coroutine_handle<promise_type> handle;
};

struct Nursery::Promise : Nursery::Running {
  Nursery& nursery;

  Promise(Nursery& home, const Task<void>&) : nursery(home) {}
  Started get_return_object() {
    const auto handle = std::coroutine_handle<Promise>::from_promise(*this);
    frame = handle;
    return {handle};
  }
  std::suspend_always initial_suspend() const noexcept { return {}; }
  void return_void() const noexcept {}
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }

  struct Leave {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      Nursery& home = self.promise().nursery;
      self.destroy();  // this awaiter is part of the frame: only `home` is used from here on
      home.ended();
    }
    void await_resume() const noexcept {}
  };
  Leave final_suspend() const noexcept { return {}; }
};

Nursery::~Nursery() { invariant(running_ == 0); }

Nursery::Started Nursery::drive(Nursery&, Task<void> task) { co_await task; }

void Nursery::start(Task<void> task) {
  const Started started = drive(*this, std::move(task));
  ++running_;
  tasks_.push_back(started.handle.promise());
  started.handle.resume();
}

void Nursery::ended() {
  invariant(running_ > 0);
  if (--running_ > 0) return;
  std::vector<std::move_only_function<void()>> waiting = std::move(waiting_);
  waiting_.clear();
  for (auto& then : waiting) then();
}

void Nursery::when_empty(std::move_only_function<void()> then) {
  if (empty()) return then();
  waiting_.push_back(std::move(then));
}

void Nursery::abandon() {
  waiting_.clear();
  while (Running* task = tasks_.pop_front()) {
    --running_;
    task->frame.destroy();
  }
}

}  // namespace tollhouse::io
