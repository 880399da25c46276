// The queue between nvinfer's streaming thread and the thread that infers and pushes. Bounded: when it is
// full the streaming thread waits, and the leaky queues before the mux drop.
#pragma once

#include <gst/gst.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

namespace weir::standin {

struct QueuedBatch {
  GstBuffer* buffer = nullptr;
  size_t frames = 0;
  bool infer = false;
  std::chrono::steady_clock::time_point arrived;
};

// Of what waits. A batch fits where neither is reached.
struct QueueBound {
  size_t batches = 1;
  size_t frames = SIZE_MAX;
};

class BatchQueue {
 public:
  void open(const QueueBound& bound) {
    std::lock_guard lock(mutex_);
    bound_ = bound;
    open_ = true;
    flow_ = GST_FLOW_OK;
  }
  // Waiting producers and the consumer return; what was queued is dropped.
  void close() {
    std::lock_guard lock(mutex_);
    open_ = false;
    for (auto& batch : queue_) gst_buffer_unref(batch.buffer);
    queue_.clear();
    frames_ = 0;
    changed_.notify_all();
  }
  // Takes the buffer. Returns the result of the latest push downstream.
  GstFlowReturn put(QueuedBatch batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !open_ || !is_full(); });
    if (!open_ || flow_ != GST_FLOW_OK) {
      gst_buffer_unref(batch.buffer);
      return open_ ? flow_ : GST_FLOW_FLUSHING;
    }
    queue_.push_back(batch);
    frames_ += batch.frames;
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
    frames_ -= out.frames;
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
  // The next batch will have to wait, unless one is taken.
  bool full() {
    std::lock_guard lock(mutex_);
    return is_full();
  }
  void reset_flow() {
    std::lock_guard lock(mutex_);
    flow_ = GST_FLOW_OK;
  }

 private:
  bool is_full() const { return queue_.size() >= bound_.batches || frames_ >= bound_.frames; }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<QueuedBatch> queue_;
  size_t frames_ = 0;  // of those queued
  QueueBound bound_;
  GstFlowReturn flow_ = GST_FLOW_OK;
  bool open_ = false;
  bool working_ = false;
};

}  // namespace weir::standin
