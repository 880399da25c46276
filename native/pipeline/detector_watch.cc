#include "pipeline/detector_watch.h"

namespace weir {

void DetectorWatch::into(const void* batch, int64_t now_ns) {
  const size_t at = in_.load(std::memory_order_relaxed);
  if (at - out_.load(std::memory_order_acquire) >= kSize) return;
  entries_[at % kSize] = {batch, now_ns};
  in_.store(at + 1, std::memory_order_release);
}

// The newest of that name: an older one never came out, and its memory was used again. A batch that comes
// out under another name is taken for the oldest.
void DetectorWatch::out(const void* batch, int64_t now_ns) {
  add(counters_.detector_batches);
  const size_t end = in_.load(std::memory_order_acquire);
  const size_t begin = out_.load(std::memory_order_relaxed);
  if (begin == end) return;
  size_t own = begin;
  for (size_t at = end; at-- > begin;) {
    if (entries_[at % kSize].batch != batch) continue;
    own = at;
    break;
  }
  const int64_t took = now_ns - entries_[own % kSize].at_ns;
  if (took > 0) add(counters_.detector_us, took / 1000);
  out_.store(own + 1, std::memory_order_release);
}

}  // namespace weir
