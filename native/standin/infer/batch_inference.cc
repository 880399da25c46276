#include "infer/batch_inference.h"

#include <algorithm>
#include <exception>
#include <mutex>

namespace weir::standin {
namespace {

// However late the batches come: something behind that is slow must not end all detection.
constexpr std::chrono::seconds kLongestPause{1};

}  // namespace

BatchInference::BatchInference(const Options& options)
    : longest_wait_(options.longest_wait), now_(options.now), pool_(options.threads), last_(now_()) {
  rate_.set_rate(options.rate);
}

std::vector<DueFrame> BatchInference::due(const std::vector<NvDsFrameMeta*>& frames) const {
  std::vector<DueFrame> due;
  for (NvDsFrameMeta* frame : frames)
    if (rate_.due(frame->pad_index, frame->buf_pts)) due.push_back({frame, false, {}});
  std::stable_sort(due.begin(), due.end(), [this](const DueFrame& a, const DueFrame& b) {
    return rate_.waited(a.frame->pad_index, a.frame->buf_pts) >
           rate_.waited(b.frame->pad_index, b.frame->buf_pts);
  });
  return due;
}

std::vector<DueFrame> BatchInference::run(const std::vector<NvDsFrameMeta*>& frames,
                                          Clock::time_point arrived, const std::function<bool()>& pressed,
                                          const Detect& detect) {
  std::vector<DueFrame> jobs = due(frames);
  const bool one_at_least = now_() - last_ >= kLongestPause;
  auto may_begin = [&](size_t i) {
    if (longest_wait_.count() == 0 || (i == 0 && one_at_least)) return true;
    return now_() - arrived < longest_wait_ && !pressed();
  };
  std::mutex mutex;
  std::exception_ptr failure;
  pool_.run(jobs.size(), [&](size_t i) {
    if (!may_begin(i)) return;
    try {
      jobs[i].found = detect(*jobs[i].frame);
      jobs[i].inferred = true;
    } catch (...) {
      std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  });
  if (failure) std::rethrow_exception(failure);
  for (const DueFrame& job : jobs) {
    if (!job.inferred) continue;
    rate_.inferred(job.frame->pad_index, job.frame->buf_pts);
    last_ = now_();
  }
  return jobs;
}

}  // namespace weir::standin
