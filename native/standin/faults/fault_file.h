// The file that says which faults are asked for now.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "faults/fault_plan.h"

namespace weir::standin {

// Any thread. No file: no faults.
class FaultFile {
 public:
  explicit FaultFile(std::string path);

  // Reads the file again if it has changed since: at most once per batch, please.
  std::shared_ptr<const FaultPlan> look();
  // As of the last look.
  std::shared_ptr<const FaultPlan> plan() const;

 private:
  void read();

  const std::string path_;
  mutable std::mutex mutex_;
  struct stat seen_ {};
  std::shared_ptr<const FaultPlan> plan_ = std::make_shared<FaultPlan>();
  std::set<std::string> warned_;
};

}  // namespace weir::standin
