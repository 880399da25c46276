// Threads for calls into GStreamer that may take long or hang.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace weir {

// As many threads as there is work for, up to a bound; one without work ends after a while.
class Helpers {
 public:
  using Clock = std::chrono::steady_clock;
  using Task = std::function<void()>;

  explicit Helpers(size_t most);
  // Waits for up to a second; a thread that hangs is left alone, so a task must own all it uses.
  ~Helpers();
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;

  // What the task owns is gone when it counts as done.
  void run(Task task);
  // All at once, and waits for them. False when the deadline comes first.
  bool run_all(std::vector<Task> tasks, Clock::time_point deadline);
  // False when something still runs at the deadline.
  bool wait_idle(Clock::time_point deadline);
  size_t threads() const;

 private:
  struct State;
  using Threads = std::map<std::thread::id, std::thread>;

  static void work(const std::shared_ptr<State>& state);
  std::vector<std::thread> take_ended();

  const size_t most_;
  const std::shared_ptr<State> state_;
  Threads threads_;  // under the state's lock
};

}  // namespace weir
