// Which frames of a batch are inferred: those that are due, and where waiting is bounded, only as many as
// there is time for, streams that had the fewest turns first. The others go on without, and are due again.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <vector>

#include "infer/detector.h"
#include "infer/rate_limit.h"
#include "infer/worker_pool.h"
#include "nvdsmeta.h"

namespace weir::standin {

// A frame that was due.
struct DueFrame {
  NvDsFrameMeta* frame = nullptr;
  bool inferred = false;
  std::vector<Detection> found;
};

class BatchInference {
 public:
  using Clock = std::chrono::steady_clock;
  using Detect = std::function<std::vector<Detection>(const NvDsFrameMeta&)>;

  struct Options {
    double rate = 0;  // per second and stream; 0: every frame
    unsigned threads = 1;
    // After that no frame of a batch is begun; 0: all are inferred. Where none of the batch's streams comes
    // again so soon, nobody is behind them: then half of the time until the first does, up to five times
    // this.
    std::chrono::milliseconds longest_wait{0};
    std::function<Clock::time_point()> now = Clock::now;
  };
  explicit BatchInference(const Options& options);

  // `arrived`: when the batch came. `pressed`: whether it must go on at once. `detect` is called by several
  // threads; what it throws comes out here once all have returned.
  std::vector<DueFrame> run(const std::vector<NvDsFrameMeta*>& frames, Clock::time_point arrived,
                            const std::function<bool()>& pressed, const Detect& detect);
  void forget(guint pad) {
    rate_.forget(pad);
    seen_.erase(pad);
  }

 private:
  struct Seen {
    guint64 pts_ns;
    std::chrono::nanoseconds interval;
  };

  // How long a batch of these frames may wait.
  std::chrono::nanoseconds patience(const std::vector<NvDsFrameMeta*>& frames);
  std::vector<DueFrame> due(const std::vector<NvDsFrameMeta*>& frames) const;

  const std::chrono::milliseconds longest_wait_;
  const std::function<Clock::time_point()> now_;
  RateLimit rate_;
  std::map<guint, Seen> seen_;
  WorkerPool pool_;
  Clock::time_point last_;  // inference
};

}  // namespace weir::standin
