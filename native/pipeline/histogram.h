// How often a time was how long: fixed buckets, written by streaming threads, read by anyone.
#pragma once

#include <array>
#include <cstdint>

#include "pipeline/counters.h"

namespace weir {

// Upper bounds in milliseconds; src/native/latencies.ts has the same. Above the last: one more bucket.
inline constexpr std::array kBucketsMs{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};

// Stages of a frame's way, in order: each but `total` from the end of the one before. src/native/latencies.ts
// has the same.
enum class LatencyStage {
  kReceived,  // from the moment it was taken, by the camera's clock as it is, to the whole access unit
  kDecoded,   // to the mux
  kBatched,   // to the detector
  kInferred,  // out of the detector
  kWritten,   // through the tracker, to the finished message
  kTotal,     // from what the message says of its time to the finished message
};
inline constexpr size_t kLatencyStages = 6;

class Histogram {
 public:
  // Less than nothing, where two clocks differ, counts as nothing.
  void observe(int64_t ns) {
    const int64_t us = ns > 0 ? ns / 1000 : 0;
    size_t bucket = 0;
    while (bucket < kBucketsMs.size() && us > int64_t{kBucketsMs[bucket]} * 1000) bucket++;
    add(buckets_[bucket]);
    add(sum_us_, static_cast<uint64_t>(us));
  }

  static constexpr size_t kNumbers = kBucketsMs.size() + 2;
  // Counts by bucket, not summed up; then the sum of all times in microseconds.
  void write(double* out) const {
    for (const Counter& bucket : buckets_) *out++ = static_cast<double>(get(bucket));
    *out = static_cast<double>(get(sum_us_));
  }

 private:
  std::array<Counter, kBucketsMs.size() + 1> buckets_{};
  Counter sum_us_ = 0;
};

struct alignas(64) Latencies {
  std::array<Histogram, kLatencyStages> stages;

  void observe(LatencyStage stage, int64_t ns) { stages[static_cast<size_t>(stage)].observe(ns); }
  static constexpr size_t kNumbers = kLatencyStages * Histogram::kNumbers;
  void write(double* out) const {
    for (const Histogram& stage : stages) stage.write(out), out += Histogram::kNumbers;
  }
};

}  // namespace weir
