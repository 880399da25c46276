#include "pipeline/frame_clock.h"

namespace weir {

void FrameClock::begin() {
  std::lock_guard lock(mutex_);
  frames_.fill({});
}

void FrameClock::arrived(GstClockTime pts, int64_t now_ns, std::optional<int64_t> taken_ns, int64_t wall_ns) {
  if (pts == GST_CLOCK_TIME_NONE) return;
  std::lock_guard lock(mutex_);
  frames_[next_] = {.pts = pts, .taken_ns = taken_ns, .arrived_wall_ns = wall_ns, .arrived_ns = now_ns};
  next_ = (next_ + 1) % kFrames;
}

// The newest of that time, from the newest on: what is asked for has mostly come of late.
FrameClock::Frame* FrameClock::find(GstClockTime pts) {
  if (pts == GST_CLOCK_TIME_NONE) return nullptr;
  for (size_t back = 1; back <= kFrames; back++) {
    Frame& frame = frames_[(next_ + kFrames - back) % kFrames];
    if (frame.pts == pts) return &frame;
  }
  return nullptr;
}

void FrameClock::pass(GstClockTime pts, int64_t Frame::*place, int64_t now_ns) {
  std::lock_guard lock(mutex_);
  if (Frame* frame = find(pts)) frame->*place = now_ns;
}

std::optional<int64_t> FrameClock::taken(GstClockTime pts) {
  std::lock_guard lock(mutex_);
  const Frame* frame = find(pts);
  return frame != nullptr ? frame->taken_ns : std::nullopt;
}

void FrameClock::written(GstClockTime pts, const FrameTime& told, int64_t now_ns, int64_t wall_ns,
                         Latencies& into) {
  into.observe(LatencyStage::kTotal, wall_ns - static_cast<int64_t>(told.ns));
  std::optional<Frame> known;
  {
    std::lock_guard lock(mutex_);
    if (const Frame* frame = find(pts)) known = *frame;
  }
  if (!known) return;
  const Frame& frame = *known;
  if (frame.taken_ns) into.observe(LatencyStage::kReceived, frame.arrived_wall_ns - *frame.taken_ns);
  const struct {
    LatencyStage stage;
    int64_t at_ns;
  } places[] = {{LatencyStage::kDecoded, frame.decoded_ns},
                {LatencyStage::kBatched, frame.batched_ns},
                {LatencyStage::kInferred, frame.inferred_ns},
                {LatencyStage::kWritten, now_ns}};
  int64_t before = frame.arrived_ns;
  for (const auto& [stage, at_ns] : places) {
    if (at_ns == 0) continue;  // the graph has no such place
    into.observe(stage, at_ns - before);
    before = at_ns;
  }
}

}  // namespace weir
