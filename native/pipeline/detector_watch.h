// How long batches take in the detector.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "pipeline/counters.h"

namespace weir {

// Batches come out in the order they went in. One thread puts in, one takes out; neither waits for the other.
class DetectorWatch {
 public:
  explicit DetectorWatch(PipelineCounters& counters) : counters_(counters) {}

  // `batch` is compared, never dereferenced.
  void into(const void* batch, int64_t now_ns);
  void out(const void* batch, int64_t now_ns);

 private:
  struct Entry {
    const void* batch;
    int64_t at_ns;
  };
  static constexpr size_t kSize = 64;  // more than any detector holds

  PipelineCounters& counters_;
  std::array<Entry, kSize> entries_{};
  std::atomic<size_t> in_ = 0;
  std::atomic<size_t> out_ = 0;
};

}  // namespace weir
