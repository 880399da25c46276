#include "faults/infer_faults.h"

#include <thread>

#include "faults/crash.h"
#include "faults/faults.h"

namespace weir::standin {
namespace {

using namespace std::chrono_literals;

// Nobody else looks while the queues are full.
std::shared_ptr<const FaultPlan> plan_after_hanging(FaultFile& file) {
  auto plan = file.plan();
  while (plan->infer_hang) {
    std::this_thread::sleep_for(20ms);
    plan = file.look();
  }
  return plan;
}

bool has_picture(const NvDsBatchMeta& batch, const PictureSize& size) {
  for (const GList* item = batch.frame_meta_list; item != nullptr; item = item->next) {
    const auto* frame = static_cast<const NvDsFrameMeta*>(item->data);
    const PictureSize picture{static_cast<int>(frame->source_frame_width),
                              static_cast<int>(frame->source_frame_height)};
    if (picture == size) return true;
  }
  return false;
}

}  // namespace

InferFaults::InferFaults(const NvDsBatchMeta& batch) {
  FaultFile* file = faults();
  if (file == nullptr) return;
  plan_ = plan_after_hanging(*file);
  if (plan_->infer_crash && has_picture(batch, *plan_->infer_crash)) crash();
}

SlowInference::~SlowInference() {
  if (factor_ > 1) std::this_thread::sleep_for((Clock::now() - began_) * (factor_ - 1));
}

std::string InferFaults::error() const {
  if (!plan_) return "";
  return plan_->surface_error ? "NvBufSurfaceMap failed" : plan_->infer_error;
}

std::string InferFaults::start_error() {
  FaultFile* file = faults();
  return file != nullptr ? file->look()->infer_start_error : "";
}

}  // namespace weir::standin
