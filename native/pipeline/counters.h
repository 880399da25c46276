// Counters of the frame path: written by streaming threads, read by anyone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

namespace weir {

using Counter = std::atomic<uint64_t>;

// Released and acquired: who sees that a frame came out of one place also sees that it went in.
inline void add(Counter& counter, uint64_t by = 1) { counter.fetch_add(by, std::memory_order_release); }
inline uint64_t get(const Counter& counter) { return counter.load(std::memory_order_acquire); }

// Aligned so that two slots share no cache line.
struct alignas(64) SlotCounters {
  Counter received = 0;
  Counter received_bytes = 0;
  Counter dropped_encoded = 0;
  Counter undecodable = 0;
  Counter skipped = 0;
  Counter decoded = 0;
  Counter decode_errors = 0;
  Counter dropped_decoded = 0;
  Counter muxed = 0;
  Counter discarded = 0;
  Counter frames = 0;
  Counter inferred = 0;
  Counter shed = 0;
  Counter objects = 0;
  Counter tracked = 0;
  Counter dropped_objects = 0;
  Counter messages = 0;
  Counter dropped_ring = 0;
  Counter packets = 0;
  Counter packets_lost = 0;
  Counter timestamp_jumps = 0;
  Counter silent = 0;
  Counter frames_left_out = 0;
  Counter objects_left_out = 0;
  Counter key_frames = 0;
  Counter unreferenced = 0;
  Counter sender_reports = 0;
  std::atomic<int64_t> last_frame_ns = -1;  // monotonic; -1 before the first
  std::atomic<int64_t> latency_us = 0;
  std::atomic<int64_t> picture_age_ms = -1;  // -1 before the first two looks at a source's pictures
  std::atomic<int64_t> key_frame_us = -1;    // between the last two key frames, by their own times
  std::atomic<int64_t> clock_offset_us = 0;  // how far the camera's clock is behind ours
  std::atomic<int64_t> clock_state = 0;      // a ClockState

  // Access units that have come in and not come to any known end yet.
  int64_t in_flight() const;
};

struct alignas(64) PipelineCounters {
  Counter batches = 0;
  Counter batch_frames = 0;
  Counter dropped_batches = 0;
  Counter detector_batches = 0;
  Counter detector_us = 0;
};

struct Counters {
  explicit Counters(size_t count) : slot_count(count), slots(new SlotCounters[count]) {}
  const size_t slot_count;
  std::unique_ptr<SlotCounters[]> slots;
  PipelineCounters pipeline;
};

int64_t monotonic_ns();

// Column names, in order; src/native/types.ts has the same lists.
std::span<const char* const> slot_counter_names();
std::span<const char* const> pipeline_counter_names();

inline size_t counter_row_size(size_t slots) {
  return slots * slot_counter_names().size() + pipeline_counter_names().size();
}

// `out` takes counter_row_size(slots) numbers.
void write_counters(const Counters& counters, size_t ring_depth, double* out);

}  // namespace weir
