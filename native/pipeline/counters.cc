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
    {"latencyUs",
     [](const S& s) { return static_cast<double>(s.latency_us.load(std::memory_order_relaxed)); }},
    {"undecodable", count<&S::undecodable>},
    {"droppedObjects", count<&S::dropped_objects>},
};
constexpr size_t kColumnCount = std::size(kColumns);
constexpr const char* kPipelineNames[] = {"batches", "batchFrames", "droppedBatches", "ringDepth"};

}  // namespace

int64_t SlotCounters::in_flight() const {
  const uint64_t ended = get(dropped_encoded) + get(undecodable) + get(decode_errors) + get(dropped_decoded) +
                         get(muxed) + get(discarded);
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
  for (size_t slot = 0; slot < counters.slot_count; slot++)
    for (const Column& column : kColumns) *out++ = column.read(counters.slots[slot]);
  *out++ = static_cast<double>(get(counters.pipeline.batches));
  *out++ = static_cast<double>(get(counters.pipeline.batch_frames));
  *out++ = static_cast<double>(get(counters.pipeline.dropped_batches));
  *out = static_cast<double>(ring_depth);
}

}  // namespace weir
