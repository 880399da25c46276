// The queue between nvinfer's streaming thread and the thread that infers and pushes. Bounded: when it is
// full the streaming thread waits, and the leaky queues before the mux drop.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <deque>
#include <mutex>

namespace weir::standin {

struct QueuedBatch {
  GstBuffer* buffer = nullptr;
  bool infer = false;
};

class BatchQueue {
 public:
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    flow_ = GST_FLOW_OK;
  }
  // Waiting producers and the consumer return; what was queued is dropped.
  void close() {
    std::lock_guard lock(mutex_);
    open_ = false;
    for (auto& batch : queue_) gst_buffer_unref(batch.buffer);
    queue_.clear();
    changed_.notify_all();
  }
  // Takes the buffer. Returns the result of the latest push downstream.
  GstFlowReturn put(QueuedBatch batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !open_ || queue_.size() < kBound; });
    if (!open_ || flow_ != GST_FLOW_OK) {
      gst_buffer_unref(batch.buffer);
      return open_ ? flow_ : GST_FLOW_FLUSHING;
    }
    queue_.push_back(batch);
    changed_.notify_all();
    return GST_FLOW_OK;
  }
  // False once closed. Every batch taken must be reported with done().
  bool take(QueuedBatch& out) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !open_ || !queue_.empty(); });
    if (!open_) return false;
    out = queue_.front();
    queue_.pop_front();
    working_ = true;
    changed_.notify_all();
    return true;
  }
  void done(GstFlowReturn flow) {
    std::lock_guard lock(mutex_);
    working_ = false;
    flow_ = flow;
    changed_.notify_all();
  }
  // Returns when nothing is queued or being worked on, or the queue is closed.
  void drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !open_ || (queue_.empty() && !working_); });
  }
  void reset_flow() {
    std::lock_guard lock(mutex_);
    flow_ = GST_FLOW_OK;
  }

 private:
  static constexpr size_t kBound = 2;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<QueuedBatch> queue_;
  GstFlowReturn flow_ = GST_FLOW_OK;
  bool open_ = false;
  bool working_ = false;
};

}  // namespace weir::standin
