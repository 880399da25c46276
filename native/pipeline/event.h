// What the pipeline reports on its own; mirrors NativeEvent in src/native/types.ts.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace weir {

struct Event {
  enum class Type { kSourceError, kSourceFormat, kConnected, kFirstFrame, kWarning, kPipelineError };
  Type type;
  int slot = -1;
  int64_t epoch = 0;
  std::string cause;
  int status = 0;
  std::string message;
  std::string codec;
  int width = 0;
  int height = 0;
  double fps = 0;
};

// Called on any thread, streaming threads among them: must not block.
struct Handlers {
  std::function<void(const Event&)> on_event;
  std::function<void()> on_batch;
};

// Passes reports on until it is closed; no handler runs after close() returned.
class Reports {
 public:
  explicit Reports(Handlers handlers) : handlers_(std::move(handlers)) {}

  void emit(const Event& event) {
    std::lock_guard lock(mutex_);
    if (open_ && handlers_.on_event) handlers_.on_event(event);
  }
  void batch_ready() {
    std::lock_guard lock(mutex_);
    if (open_ && handlers_.on_batch) handlers_.on_batch();
  }
  void close() {
    std::lock_guard lock(mutex_);
    open_ = false;
  }

 private:
  std::mutex mutex_;
  bool open_ = true;
  const Handlers handlers_;
};

}  // namespace weir
