// When a source's frames came by the places of the pipeline, found again by their times.
#pragma once

#include <gst/gst.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

#include "metadata/detections.h"
#include "pipeline/histogram.h"

namespace weir {

// One slot's. The mutex is shared by no other slot, and nothing is allocated. A frame without a time of its
// own is not followed.
class FrameClock {
 public:
  // Another source has the slot: what is known of frames is forgotten.
  void begin();

  // An access unit is there, at `now_ns` (monotonic). `taken`: since 1970 by the camera's clock, where that
  // is believed.
  void arrived(GstClockTime pts, int64_t now_ns, std::optional<int64_t> taken_ns, int64_t wall_ns);
  // At the mux, into the detector, out of it.
  void decoded(GstClockTime pts, int64_t now_ns) { pass(pts, &Frame::decoded_ns, now_ns); }
  void batched(GstClockTime pts, int64_t now_ns) { pass(pts, &Frame::batched_ns, now_ns); }
  void inferred(GstClockTime pts, int64_t now_ns) { pass(pts, &Frame::inferred_ns, now_ns); }

  // When the frame was taken, by the camera's clock; nothing where that is not known.
  std::optional<int64_t> taken(GstClockTime pts);
  // The frame's message is finished: its way goes into the histograms.
  void written(GstClockTime pts, const FrameTime& told, int64_t now_ns, int64_t wall_ns, Latencies& into);

 private:
  struct Frame {
    GstClockTime pts = GST_CLOCK_TIME_NONE;
    std::optional<int64_t> taken_ns;
    int64_t arrived_wall_ns = 0;
    int64_t arrived_ns = 0;
    int64_t decoded_ns = 0;
    int64_t batched_ns = 0;
    int64_t inferred_ns = 0;
  };
  // More than a pipeline holds of one source.
  static constexpr size_t kFrames = 128;

  void pass(GstClockTime pts, int64_t Frame::*place, int64_t now_ns);
  Frame* find(GstClockTime pts);

  std::mutex mutex_;
  std::array<Frame, kFrames> frames_{};
  size_t next_ = 0;
};

}  // namespace weir
