// Work of one pipeline, done one after the other on a thread of its own: never on a streaming thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace weir {

class CommandQueue {
 public:
  using Clock = std::chrono::steady_clock;
  using Task = std::function<void()>;

  // Any thread. False after quit(): the task will not run.
  bool post(Task task) { return post_at(Clock::now(), std::move(task)); }
  bool post_at(Clock::time_point when, Task task);
  // The loop ends after the task it is in; the rest is destroyed here.
  void quit();

 private:
  friend class CommandThread;
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, Task> tasks_;
  bool quitting_ = false;
  bool ended_ = false;
};

class CommandThread {
 public:
  CommandThread();
  // Ends the loop; a thread stuck in a task is left alone.
  ~CommandThread();
  CommandThread(const CommandThread&) = delete;
  CommandThread& operator=(const CommandThread&) = delete;

  const std::shared_ptr<CommandQueue>& queue() const { return queue_; }
  bool wait_end(std::chrono::milliseconds deadline);

 private:
  std::shared_ptr<CommandQueue> queue_;
  std::thread thread_;
};

}  // namespace weir
