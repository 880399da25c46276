#include "timeline.h"

#include <algorithm>

namespace camsim {

void Timeline::Start(Clock::time_point time, GstClockTime pts) {
  time_ = time;
  pts_ = pts;
  frames_ = 0;
}

void Timeline::Move(Clock::time_point time, GstClockTime running) {
  Start(time, std::max(Pts(), GST_CLOCK_TIME_IS_VALID(running) ? running : 0));
}

void Timeline::SetRate(double fps) {
  Start(Due(), Pts());
  SetFraction(fps);
}

void Timeline::SetFraction(double fps) {
  int numerator;
  int denominator;
  gst_util_double_to_fraction(fps, &numerator, &denominator);
  numerator_ = static_cast<uint64_t>(numerator);
  denominator_ = static_cast<uint64_t>(denominator);
}

uint64_t Timeline::Nanoseconds(uint64_t frames) const {
  return gst_util_uint64_scale(frames, GST_SECOND * denominator_, numerator_);
}

}  // namespace camsim
