#include "infer/batch_inference.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>

namespace weir::standin {
namespace {

// However late the batches come: something behind that is slow must not end all detection.
constexpr std::chrono::seconds kLongestPause{1};
constexpr int kMostPatience = 5;

}  // namespace

BatchInference::BatchInference(const Options& options)
    : longest_wait_(options.longest_wait), now_(options.now), pool_(options.threads), last_(now_()) {
  rate_.set_rate(options.rate);
}

std::vector<DueFrame> BatchInference::due(const std::vector<NvDsFrameMeta*>& frames) const {
  struct Turn {
    std::pair<double, double> order;
    guint64 pts_ns;  // of the latest frame
  };
  std::vector<DueFrame> due;
  // A batch may hold several frames of a stream; they keep their order.
  std::map<guint, Turn> turns;
  for (NvDsFrameMeta* frame : frames) {
    const auto [pad, pts] = std::pair(frame->pad_index, frame->buf_pts);
    const auto turn = turns.find(pad);
    if (turn == turns.end()) {
      if (!rate_.due(pad, pts)) continue;
      turns[pad] = {{rate_.turns(pad), -rate_.waited(pad, pts)}, pts};
    } else {
      if (!rate_.due_after(turn->second.pts_ns, pts)) continue;
      turn->second.pts_ns = pts;
    }
    due.push_back({frame, false, {}});
  }
  const auto order = [&](const DueFrame& due) { return turns.at(due.frame->pad_index).order; };
  std::stable_sort(due.begin(), due.end(),
                   [&](const DueFrame& a, const DueFrame& b) { return order(a) < order(b); });
  return due;
}

std::chrono::nanoseconds BatchInference::patience(const std::vector<NvDsFrameMeta*>& frames) {
  std::chrono::nanoseconds least = kMostPatience * longest_wait_;
  for (const NvDsFrameMeta* frame : frames) {
    auto [entry, first] = seen_.try_emplace(frame->pad_index, Seen{frame->buf_pts, {}});
    Seen& seen = entry->second;
    if (!first) {
      seen.interval =
          std::chrono::nanoseconds(frame->buf_pts > seen.pts_ns ? frame->buf_pts - seen.pts_ns : 0);
      seen.pts_ns = frame->buf_pts;
    }
    least = std::min(least, seen.interval / 2);
  }
  return std::max<std::chrono::nanoseconds>(least, longest_wait_);
}

std::vector<DueFrame> BatchInference::run(const std::vector<NvDsFrameMeta*>& frames,
                                          Clock::time_point arrived, const std::function<bool()>& pressed,
                                          const Detect& detect) {
  std::vector<DueFrame> jobs = due(frames);
  const auto wait = patience(frames);
  const bool one_at_least = now_() - last_ >= kLongestPause;
  // Batches hold the frames of some streams only: whoever is in most of them would have most turns.
  const double fewest = jobs.empty() ? 0 : rate_.fewest_passed_over(jobs.front().frame->buf_pts);
  auto may_begin = [&](size_t i) {
    if (longest_wait_.count() == 0 || (i == 0 && one_at_least)) return true;
    if (rate_.turns(jobs[i].frame->pad_index) > fewest) return false;
    return now_() - arrived < wait && !pressed();
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
    if (!job.inferred) {
      rate_.passed_over(job.frame->pad_index, job.frame->buf_pts);
      continue;
    }
    rate_.inferred(job.frame->pad_index, job.frame->buf_pts);
    last_ = now_();
  }
  return jobs;
}

}  // namespace weir::standin
