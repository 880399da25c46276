// Runs the frames of one batch on a fixed number of threads, the caller being one of them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace weir::standin {

class WorkerPool {
 public:
  explicit WorkerPool(unsigned threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Calls job(0) … job(count - 1), each once, and returns when all have returned. `job` must not throw.
  void run(size_t count, const std::function<void(size_t)>& job);

 private:
  void work();
  void take_jobs(const std::function<void(size_t)>& job, size_t count);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable finished_;
  const std::function<void(size_t)>* job_ = nullptr;
  size_t count_ = 0;
  unsigned round_ = 0;
  unsigned busy_ = 0;
  bool stopping_ = false;
  std::atomic<size_t> next_{0};
  std::vector<std::thread> threads_;
};

}  // namespace weir::standin
