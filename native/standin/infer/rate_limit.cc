#include "infer/rate_limit.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace weir::standin {
namespace {

// Spreads the pads over the period, whatever their number.
double phase(guint pad) { return std::fmod(pad * 0.6180339887498949, 1.0); }

}  // namespace

bool RateLimit::due(guint pad, guint64 pts_ns) const {
  if (period_ns_ <= 0) return true;
  const auto turn = turns_.find(pad);
  if (turn == turns_.end()) return true;
  const double early = turn->second.next - static_cast<double>(pts_ns);
  return early <= 0 || early > 2 * period_ns_;
}

bool RateLimit::due_after(guint64 before_ns, guint64 pts_ns) const {
  return static_cast<double>(pts_ns) - static_cast<double>(before_ns) >= period_ns_;
}

double RateLimit::waited(guint pad, guint64 pts_ns) const {
  const auto turn = turns_.find(pad);
  const double now = static_cast<double>(pts_ns);
  if (turn == turns_.end() || turn->second.last > now) return std::numeric_limits<double>::infinity();
  return now - turn->second.last;
}

void RateLimit::inferred(guint pad, guint64 pts_ns) {
  // How far a stream that had little to show is behind, so that it does not take all turns later.
  constexpr double kBehind = 2;
  const double now = static_cast<double>(pts_ns);
  auto [entry, first] = turns_.try_emplace(pad, Turn{now, now + period_ns_ * (1 + phase(pad)), most_});
  if (first) return;
  auto& [last, next, count, passed_over] = entry->second;
  // After a gap, or when time jumped, the schedule starts anew instead of catching up.
  next = now - next < period_ns_ && now >= next ? next + period_ns_ : now + period_ns_;
  last = now;
  count = std::max(count, most_ - kBehind) + 1;
  most_ = std::max(most_, count);
  passed_over = kNever;
}

void RateLimit::passed_over(guint pad, guint64 pts_ns) {
  const auto turn = turns_.find(pad);
  if (turn != turns_.end()) turn->second.passed_over = static_cast<double>(pts_ns);
}

double RateLimit::turns(guint pad) const {
  const auto turn = turns_.find(pad);
  return turn == turns_.end() ? -1 : turn->second.count;
}

double RateLimit::fewest_passed_over(guint64 pts_ns) const {
  constexpr double kSilent = 1e9;
  double fewest = std::numeric_limits<double>::infinity();
  for (const auto& [pad, turn] : turns_)
    if (std::abs(static_cast<double>(pts_ns) - turn.passed_over) < kSilent)
      fewest = std::min(fewest, turn.count);
  return fewest;
}

}  // namespace weir::standin
