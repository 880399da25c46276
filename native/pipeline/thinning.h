// Leaves out pictures so that no more than so many a second remain, evenly, by the pictures' own times.
#pragma once

#include <gst/gst.h>

namespace weir {

class Thinning {
 public:
  // 0 lets all through.
  explicit Thinning(double max_fps) : period_(period(max_fps)) {}

  // The next picture is kept.
  void change(double max_fps) {
    if (period(max_fps) == period_) return;
    period_ = period(max_fps);
    due_ = G_MININT64 / 2;
  }

  bool keeps(GstClockTime pts) {
    if (period_ == 0 || pts == GST_CLOCK_TIME_NONE) return true;
    const auto time = static_cast<gint64>(pts);
    // After a jump the old turn says nothing.
    if (time + 2 * period_ < due_) due_ = time;
    // Cameras are a little early and late by turns.
    if (time + period_ / 8 < due_) return false;
    due_ = time > due_ + period_ ? time + period_ : due_ + period_;
    return true;
  }

 private:
  static gint64 period(double max_fps) {
    return max_fps > 0 ? static_cast<gint64>(static_cast<double>(GST_SECOND) / max_fps) : 0;
  }

  gint64 period_;
  gint64 due_ = 0;
};

}  // namespace weir
