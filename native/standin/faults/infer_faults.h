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
  // Takes as long again as is asked for.
  ~InferFaults();
  InferFaults(const InferFaults&) = delete;
  InferFaults& operator=(const InferFaults&) = delete;

  // Why the batch fails; empty when it does not.
  std::string error() const;
  // Why the element does not start.
  static std::string start_error();

 private:
  using Clock = std::chrono::steady_clock;

  std::shared_ptr<const FaultPlan> plan_;  // nullptr: none can be asked for
  Clock::time_point began_;
};

}  // namespace weir::standin
