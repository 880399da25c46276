// Reads batch metadata where it passes: messages into the ring, counters, ends of streams.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "metadata/detections.h"
#include "metadata/ring.h"
#include "pipeline/counters.h"
#include "pipeline/event.h"
#include "pipeline/frame_clock.h"
#include "pipeline/graph.h"
#include "pipeline/source_identity.h"

namespace weir {

class BatchTap {
 public:
  // By slot, and of all.
  struct Times {
    FrameClock* clocks;
    Latencies* latencies;
  };
  BatchTap(Counters& counters, const Canvas& canvas, const MessageOptions& options, Reports& reports,
           Times times);

  // Command thread. Frames of the slot are this source's from now on.
  void begin(size_t slot, const SourceParams& source, std::shared_ptr<SourceIdentity> identity);
  void end(size_t slot);
  // `ended` is called once, on a streaming thread and not to block it, when the end of the slot's stream
  // comes by; nullptr expects none.
  void expect_end(size_t slot, std::function<void()> ended);

  // Streaming thread.
  void on_batch(const NvDsBatchMeta& batch);
  void on_event(GstEvent* event);

  BatchRing& ring() { return ring_; }

 private:
  struct Slot {
    std::mutex mutex;
    std::shared_ptr<SourceIdentity> identity;
    std::atomic<bool> awaits_first = false;
    std::function<void()> ended;
  };

  void count(const NvDsFrameMeta& frame, int64_t now_ns);
  void commit(Batch& batch);
  bool encode(const NvDsFrameMeta& frame, int64_t now_ns, Batch* batch);
  FrameTime time_of(const NvDsFrameMeta& frame);
  void first_frame(Slot& slot);
  void lost(const Batch& batch);

  Counters& counters_;
  Reports& reports_;
  const Times times_;
  DetectionEncoder encoder_;
  BatchRing ring_;
  std::unique_ptr<Slot[]> slots_;
};

}  // namespace weir
