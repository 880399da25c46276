#include "infer/worker_pool.h"

#include <pthread.h>

namespace weir::standin {

WorkerPool::WorkerPool(unsigned threads) {
  for (unsigned i = 1; i < threads; i++) threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void WorkerPool::take_jobs(const std::function<void(size_t)>& job, size_t count) {
  for (size_t i = next_++; i < count; i = next_++) job(i);
}

void WorkerPool::run(size_t count, const std::function<void(size_t)>& job) {
  next_ = 0;
  if (threads_.empty() || count < 2) return take_jobs(job, count);
  {
    std::lock_guard lock(mutex_);
    job_ = &job;
    count_ = count;
    busy_ = threads_.size();
    round_++;
  }
  changed_.notify_all();
  take_jobs(job, count);
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return busy_ == 0; });
}

void WorkerPool::work() {
  pthread_setname_np(pthread_self(), "infer:pool");
  unsigned seen = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || round_ != seen; });
    if (stopping_) return;
    seen = round_;
    const auto* job = job_;
    const size_t count = count_;
    lock.unlock();
    take_jobs(*job, count);
    lock.lock();
    if (--busy_ == 0) finished_.notify_all();
  }
}

}  // namespace weir::standin
