#pragma once

#include <gst/gst.h>

#include <chrono>
#include <cstdint>

namespace camsim {

/** When each frame is due and which time stamp it gets. Counted from an anchor, so rounding never adds up. */
class Timeline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Timeline(double fps) { SetFraction(fps); }

  /** The next frame is due at `time` and stamped `pts`. */
  void Start(Clock::time_point time, GstClockTime pts);
  /** The next frame is due at `time`, stamped no earlier than it would have been and than `running`. */
  void Move(Clock::time_point time, GstClockTime running);
  /** Later frames come at another rate; the next one when it was due anyway. */
  void SetRate(double fps);
  void Advance() { ++frames_; }

  Clock::time_point Due() const { return time_ + std::chrono::nanoseconds(Nanoseconds(frames_)); }
  GstClockTime Pts() const { return pts_ + Nanoseconds(frames_); }
  GstClockTime Interval() const { return Nanoseconds(1); }

 private:
  void SetFraction(double fps);
  uint64_t Nanoseconds(uint64_t frames) const;

  uint64_t numerator_ = 1;
  uint64_t denominator_ = 1;
  Clock::time_point time_;
  GstClockTime pts_ = 0;
  uint64_t frames_ = 0;  // since the anchor
};

}  // namespace camsim
