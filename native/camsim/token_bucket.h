#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace camsim {

/** Lets `bytes_per_second` through on average, and a tenth of a second's worth at once. */
class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  TokenBucket(double bytes_per_second, Clock::time_point now)
      : rate_(bytes_per_second), capacity_(std::max(bytes_per_second / 10, 1600.0)), filled_(now) {}

  double BytesPerSecond() const { return rate_; }

  /** How many bytes may go now. */
  size_t Available(Clock::time_point now) {
    tokens_ = std::min(capacity_, tokens_ + rate_ * std::chrono::duration<double>(now - filled_).count());
    filled_ = now;
    return static_cast<size_t>(std::max(tokens_, 0.0));
  }
  void Take(size_t bytes) { tokens_ -= static_cast<double>(bytes); }

 private:
  double rate_;
  double capacity_;
  double tokens_ = 0;
  Clock::time_point filled_;
};

}  // namespace camsim
