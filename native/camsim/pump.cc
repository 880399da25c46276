#include "pump.h"

#include <algorithm>

namespace camsim {

Pump::Pump(std::vector<std::shared_ptr<Camera>> cameras)
    : cameras_(std::move(cameras)), thread_([this] { Run(); }) {}

Pump::~Pump() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Pump::Wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void Pump::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    lock.unlock();
    const auto now = Camera::Clock::now();
    auto next = now + std::chrono::hours(1);
    for (const auto& camera : cameras_) next = std::min(next, camera->Tick(now));
    lock.lock();
    changed_.wait_until(lock, next, [this] { return woken_ || stopping_; });
  }
}

}  // namespace camsim
