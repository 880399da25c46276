// What happens to a batch in nvinfer, on request.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "faults/fault_plan.h"
#include "nvdsmeta.h"

namespace weir::standin {

// Lives while a batch is inferred, in the output thread.
class InferFaults {
 public:
  // Hangs, crashes, or does nothing.
  explicit InferFaults(const NvDsBatchMeta& batch);

  // Why the batch fails; empty when it does not.
  std::string error() const;
  // Why the element does not start.
  static std::string start_error();

 private:
  friend class SlowInference;
  std::shared_ptr<const FaultPlan> plan_;  // nullptr: none can be asked for
};

// Lives while a frame is inferred; makes that take as many times as long as is asked for.
class SlowInference {
 public:
  explicit SlowInference(const InferFaults& faults) : factor_(faults.plan_ ? faults.plan_->infer_slow : 1) {}
  ~SlowInference();
  SlowInference(const SlowInference&) = delete;
  SlowInference& operator=(const SlowInference&) = delete;

 private:
  using Clock = std::chrono::steady_clock;

  const double factor_;
  const Clock::time_point began_ = Clock::now();
};

}  // namespace weir::standin
