#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <vector>

#include "gst_ptr.h"

namespace camsim {

/** Packets on their way to a pad, each of which arrives when it is due, in the order they came. Any thread.
 */
class DelayLine {
 public:
  using Clock = std::chrono::steady_clock;
  using Packets = std::vector<GstPtr<GstBuffer>>;

  explicit DelayLine(GstPtr<GstPad> pad) : pad_(std::move(pad)) {}

  /** True: they wait for Deliver(); false: they are there already, and `flow` is what the pad said. */
  bool Send(Packets packets, std::chrono::nanoseconds delay, GstFlowReturn& flow);
  /** Delivers what is due; returns when to come again, time_point::max() when nothing waits. */
  Clock::time_point Deliver(Clock::time_point now);

 private:
  struct Waiting {
    Clock::time_point due;
    Packets packets;
  };

  const GstPtr<GstPad> pad_;
  std::mutex mutex_;  // held while the pad is given packets, or they might overtake each other
  std::deque<Waiting> waiting_;
};

}  // namespace camsim
