// Forms batches as the legacy nvstreammux does: pushed when full, or when the timeout has passed since the
// first picture of the batch arrived; pictures are taken round robin over the pads.
#pragma once

#include <gst/gst.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "surface/batch_surface.h"

namespace weir::standin {

struct MuxFrame {
  guint pad = 0;
  std::unique_ptr<Picture> picture;
  GstClockTime pts = GST_CLOCK_TIME_NONE;
  gint64 arrival_us = 0;  // monotonic
  guint64 ntp_ns = 0;     // 0 where unknown
};

enum class MuxSignal { kAdded, kStreamStart, kCaps, kSegment, kReset, kEos, kDeleted };

// Something that happens to one pad, in the order of its pictures.
struct MuxNotice {
  guint pad = 0;
  MuxSignal signal;
  std::shared_ptr<GstEvent> event;  // the upstream event, where there was one
};

using MuxBatch = std::vector<MuxFrame>;

class Batcher {
 public:
  void configure(guint batch_size, gint timeout_us);
  void set_timeout(gint timeout_us);

  void add_pad(guint pad);
  // Waits for room. Returns FLUSHING when the pad or the batcher stops, EOS after the pad's end.
  GstFlowReturn push(MuxFrame frame);
  void notify(MuxNotice notice);
  // Queues kDeleted behind what the pad holds and waits until next() has handed it out, for at most
  // `wait_us`; then drops what is left. Returns false when it had to drop the notice.
  bool remove_pad(guint pad, gint64 wait_us);
  void set_pad_flushing(guint pad, bool flushing);

  // Blocks for the next notice or batch. nullopt-like empty batch means: stopped.
  std::variant<MuxNotice, MuxBatch> next();

  void start();
  void stop();

  guint pad_count() const;
  // True when there is at least one pad and all are at EOS and empty, or there is none.
  bool all_ended() const;

 private:
  struct Pad {
    std::deque<std::variant<MuxFrame, MuxNotice>> queue;
    guint frames = 0;
    bool flushing = false;
    bool ended = false;
    bool has_notice() const { return queue.size() > frames; }
  };

  guint pad_limit() const;
  guint waiting_frames() const;
  gint64 first_arrival() const;
  bool cannot_fill() const;
  bool take_notice(MuxNotice& out);
  MuxBatch take_batch();

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // a queue got an item, or something stopped
  std::condition_variable room_;     // a queue lost an item
  std::map<guint, Pad> pads_;
  guint batch_size_ = 1;
  gint timeout_us_ = -1;
  guint last_pad_ = G_MAXUINT;
  bool running_ = false;
};

}  // namespace weir::standin
