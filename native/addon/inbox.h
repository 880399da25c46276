// Work for the JS thread from any other thread, in order, over one thread-safe function.
#pragma once

#include <napi.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace weir {

class Inbox : public std::enable_shared_from_this<Inbox> {
 public:
  using Task = std::function<void(Napi::Env)>;

  explicit Inbox(Napi::Env env) : env_(env) {}
  static std::shared_ptr<Inbox> open(Napi::Env env);

  Napi::Env env() const { return env_; }

  // Any thread; never blocks. Nothing is posted after close().
  void post(Task task);
  // The same for what may be lost: false when more than a thousand of them wait.
  bool offer(Task task);
  // Runs `on_wake` soon; many calls become one.
  void wake();

  // JS thread.
  void on_wake(Task task) { on_wake_ = std::move(task); }
  // Node stays up while something is awaited.
  void await();
  void settle();
  // Nothing runs after this; idempotent.
  void close();

 private:
  static void drain(Napi::Env env, Napi::Function, Inbox* inbox, void*);
  using Signal = Napi::TypedThreadSafeFunction<Inbox, void, drain>;

  void signal();
  static void run(Napi::Env env, const Task& task);

  struct Item {
    Task task;
    bool losable;
  };

  const Napi::Env env_;
  std::mutex mutex_;
  std::deque<Item> items_;
  size_t losable_ = 0;
  bool closed_ = false;  // changed on the JS thread only
  std::atomic<bool> wake_ = false;
  Task on_wake_;
  int awaited_ = 0;
  Signal signal_;
};

}  // namespace weir
