// io: what a suspended coroutine waits for. The operation lives in the coroutine's frame and is
// linked into the loop's lists, so waiting allocates nothing; destroyed early, it leaves the lists.
#pragma once
#include <coroutine>

#include "io/intrusive.h"
#include "io/timer_wheel.h"

namespace tollhouse::io {

/// Something the loop will run soon, from its own frame, never inside the call that made it ready.
class Ready : public Link<Ready> {
 public:
  virtual void run() = 0;

 protected:
  ~Ready() = default;
};

/// A coroutine waiting for one thing, perhaps until a deadline.
class Operation : public Ready, public Timer {
 public:
  void run() final { waiting_.resume(); }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { waiting_ = waiting; }

 protected:
  ~Operation() = default;

 private:
  std::coroutine_handle<> waiting_;
};

}  // namespace tollhouse::io
