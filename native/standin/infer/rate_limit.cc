#include "infer/rate_limit.h"

#include <cmath>

namespace weir::standin {
namespace {

// Spreads the pads over the period, whatever their number.
double phase(guint pad) { return std::fmod(pad * 0.6180339887498949, 1.0); }

}  // namespace

bool RateLimit::due(guint pad, guint64 pts_ns) {
  if (period_ns_ <= 0) return true;
  const double now = static_cast<double>(pts_ns);
  auto [entry, first] = next_due_.try_emplace(pad, now + period_ns_ * (1 + phase(pad)));
  if (first) return true;
  double& next = entry->second;
  if (now < next && next - now <= 2 * period_ns_) return false;
  // After a gap, or when time jumped, the schedule starts anew instead of catching up.
  next = now - next < period_ns_ && now >= next ? next + period_ns_ : now + period_ns_;
  return true;
}

}  // namespace weir::standin
