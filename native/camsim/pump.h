#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "camera.h"

namespace camsim {

/** The one thread that sends every camera's frames when they are due. */
class Pump {
 public:
  explicit Pump(std::vector<std::shared_ptr<Camera>> cameras);
  ~Pump();

  /** A camera may be due earlier than it said. */
  void Wake();

 private:
  void Run();

  const std::vector<std::shared_ptr<Camera>> cameras_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace camsim
