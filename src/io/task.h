// io: Task, the coroutine type of the house. Lazy: it runs when its parent awaits it. Move-only. An
// exception that escapes ends the program, as between rooms nothing throws.
#pragma once
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace tollhouse::io {

template <class T>
class Task;

namespace task_parts {

/// Goes back to the parent without growing the stack (symmetric transfer).
struct ToParent {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
    return ended.promise().parent;
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> parent;

  std::suspend_always initial_suspend() const noexcept { return {}; }
  ToParent final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;

  Task<T> get_return_object();
  template <class Value>
  void return_value(Value&& given) {
    value.emplace(std::forward<Value>(given));
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
};

}  // namespace task_parts

/// A coroutine that its parent awaits exactly once: `auto x = co_await task;` or
/// `auto x = co_await f(named_locals);`. Destroying a Task destroys its frame, wherever it stands.
template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = task_parts::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
    handle_.promise().parent = parent;
    return handle_;
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return std::move(*handle_.promise().value);
  }

 private:
  Handle handle_;
};

namespace task_parts {

template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

}  // namespace task_parts
}  // namespace tollhouse::io
