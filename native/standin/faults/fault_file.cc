#include "faults/fault_file.h"

#include <glib.h>

#include <fstream>
#include <utility>

namespace weir::standin {
namespace {

bool same(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

FaultFile::FaultFile(std::string path) : path_(std::move(path)) { look(); }

std::shared_ptr<const FaultPlan> FaultFile::look() {
  struct stat now {};
  if (stat(path_.c_str(), &now) != 0) now = {};
  std::lock_guard lock(mutex_);
  if (!same(now, seen_)) {
    seen_ = now;
    read();
  }
  return plan_;
}

std::shared_ptr<const FaultPlan> FaultFile::plan() const {
  std::lock_guard lock(mutex_);
  return plan_;
}

void FaultFile::read() {
  std::ifstream in(path_);
  const auto plan = std::make_shared<const FaultPlan>(parse_faults(in));
  for (const std::string& line : plan->unknown)
    if (warned_.insert(line).second)
      g_warning("%s: '%s' is no fault of the stand-in", path_.c_str(), line.c_str());
  plan_ = plan;
}

}  // namespace weir::standin
