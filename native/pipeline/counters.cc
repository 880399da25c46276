#include "pipeline/counters.h"

#include <array>
#include <chrono>
#include <iterator>

namespace weir {
namespace {

double age_ms(const SlotCounters& slot) {
  const int64_t last = slot.last_frame_ns.load(std::memory_order_relaxed);
  return last < 0 ? -1 : static_cast<double>(monotonic_ns() - last) / 1e6;
}

template <Counter SlotCounters::*Member>
double count(const SlotCounters& slot) {
  return static_cast<double>(get(slot.*Member));
}

template <std::atomic<int64_t> SlotCounters::*Member>
double gauge(const SlotCounters& slot) {
  return static_cast<double>((slot.*Member).load(std::memory_order_relaxed));
}

using S = SlotCounters;
struct Column {
  const char* name;
  double (*read)(const SlotCounters&);
};
constexpr Column kColumns[] = {
    {"received", count<&S::received>},
    {"receivedBytes", count<&S::received_bytes>},
    {"droppedEncoded", count<&S::dropped_encoded>},
    {"decoded", count<&S::decoded>},
    {"droppedDecoded", count<&S::dropped_decoded>},
    {"muxed", count<&S::muxed>},
    {"frames", count<&S::frames>},
    {"inferred", count<&S::inferred>},
    {"objects", count<&S::objects>},
    {"tracked", count<&S::tracked>},
    {"messages", count<&S::messages>},
    {"droppedRing", count<&S::dropped_ring>},
    {"lastFrameAgeMs", age_ms},
    {"decodeErrors", count<&S::decode_errors>},
    {"discarded", count<&S::discarded>},
    {"latencyUs", gauge<&S::latency_us>},
    {"undecodable", count<&S::undecodable>},
    {"droppedObjects", count<&S::dropped_objects>},
    {"packets", count<&S::packets>},
    {"packetsLost", count<&S::packets_lost>},
    {"timestampJumps", count<&S::timestamp_jumps>},
    {"pictureAgeMs", gauge<&S::picture_age_ms>},
    {"skipped", count<&S::skipped>},
    {"silent", count<&S::silent>},
    {"framesLeftOut", count<&S::frames_left_out>},
    {"objectsLeftOut", count<&S::objects_left_out>},
    {"shed", count<&S::shed>},
    {"keyFrames", count<&S::key_frames>},
    {"keyFrameUs", gauge<&S::key_frame_us>},
    {"unreferenced", count<&S::unreferenced>},
    {"senderReports", count<&S::sender_reports>},
    {"clockOffsetUs", gauge<&S::clock_offset_us>},
    {"clockState", gauge<&S::clock_state>},
};
constexpr size_t kColumnCount = std::size(kColumns);

// Ends before beginnings: a frame that moves on while we read must not have come out before it went in.
void write_slot(const SlotCounters& slot, double* out) {
  for (size_t i = kColumnCount; i-- > 0;) out[i] = kColumns[i].read(slot);
}

constexpr const char* kPipelineNames[] = {"batches",   "batchFrames",     "droppedBatches",
                                          "ringDepth", "detectorBatches", "detectorUs"};

}  // namespace

int64_t SlotCounters::in_flight() const {
  const uint64_t ended = get(dropped_encoded) + get(undecodable) + get(decode_errors) + get(dropped_decoded) +
                         get(muxed) + get(discarded) + get(skipped);
  return static_cast<int64_t>(get(received) - ended);
}

int64_t monotonic_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

std::span<const char* const> slot_counter_names() {
  static const auto names = [] {
    std::array<const char*, kColumnCount> list{};
    for (size_t i = 0; i < kColumnCount; i++) list[i] = kColumns[i].name;
    return list;
  }();
  return names;
}

std::span<const char* const> pipeline_counter_names() { return kPipelineNames; }

void write_counters(const Counters& counters, size_t ring_depth, double* out) {
  for (size_t slot = 0; slot < counters.slot_count; slot++, out += kColumnCount)
    write_slot(counters.slots[slot], out);
  *out++ = static_cast<double>(get(counters.pipeline.batches));
  *out++ = static_cast<double>(get(counters.pipeline.batch_frames));
  *out++ = static_cast<double>(get(counters.pipeline.dropped_batches));
  *out++ = static_cast<double>(ring_depth);
  *out++ = static_cast<double>(get(counters.pipeline.detector_batches));
  *out = static_cast<double>(get(counters.pipeline.detector_us));
}

}  // namespace weir
