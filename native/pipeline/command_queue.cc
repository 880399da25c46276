#include "pipeline/command_queue.h"

#include <utility>

namespace weir {

bool CommandQueue::post_at(Clock::time_point when, Task task) {
  std::lock_guard lock(mutex_);
  if (quitting_) return false;
  tasks_.emplace(when, std::move(task));
  changed_.notify_all();
  return true;
}

void CommandQueue::quit() {
  std::multimap<Clock::time_point, Task> left;  // destroyed outside the lock: a task may own what posts
  std::lock_guard lock(mutex_);
  quitting_ = true;
  left.swap(tasks_);
  changed_.notify_all();
}

void CommandQueue::run() {
  std::unique_lock lock(mutex_);
  while (!quitting_) {
    if (tasks_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const Clock::time_point due = tasks_.begin()->first;
    if (due > Clock::now()) {
      changed_.wait_until(lock, due);
      continue;
    }
    Task task = std::move(tasks_.extract(tasks_.begin()).mapped());
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

CommandThread::CommandThread() : queue_(std::make_shared<CommandQueue>()) {
  thread_ = std::thread([queue = queue_] {
    queue->run();
    std::lock_guard lock(queue->mutex_);
    queue->ended_ = true;
    queue->changed_.notify_all();
  });
}

bool CommandThread::wait_end(std::chrono::milliseconds deadline) {
  std::unique_lock lock(queue_->mutex_);
  return queue_->changed_.wait_for(lock, deadline, [&] { return queue_->ended_; });
}

CommandThread::~CommandThread() {
  using namespace std::chrono_literals;
  queue_->quit();
  wait_end(1s) ? thread_.join() : thread_.detach();
}

}  // namespace weir
