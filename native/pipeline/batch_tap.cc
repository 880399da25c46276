#include "pipeline/batch_tap.h"

#include <random>
#include <utility>

#include "gst-nvevent.h"
#include "metadata/shed_frame.h"

namespace weir {
namespace {

constexpr size_t kRingSize = 64;

template <class Each>
void each_frame(const NvDsBatchMeta& batch, Each each) {
  for (const GList* item = batch.frame_meta_list; item != nullptr; item = item->next)
    each(*static_cast<const NvDsFrameMeta*>(item->data));
}

int64_t wall_ns() { return g_get_real_time() * 1000; }

}  // namespace

BatchTap::BatchTap(Counters& counters, const Canvas& canvas, const MessageOptions& options, Reports& reports,
                   Times times)
    : counters_(counters),
      reports_(reports),
      times_(times),
      encoder_(counters.slot_count, canvas, options, std::random_device()()),
      ring_(kRingSize, [this](const Batch& batch) { lost(batch); }),
      slots_(new Slot[counters.slot_count]) {}

void BatchTap::begin(size_t slot, const SourceParams& source, std::shared_ptr<SourceIdentity> identity) {
  encoder_.name_slot(slot, source.stream, source.epoch, source.token);
  counters_.slots[slot].last_frame_ns.store(-1, std::memory_order_relaxed);
  counters_.slots[slot].picture_age_ms.store(-1, std::memory_order_relaxed);
  counters_.slots[slot].key_frame_us.store(-1, std::memory_order_relaxed);
  times_.clocks[slot].begin();
  std::lock_guard lock(slots_[slot].mutex);
  slots_[slot].identity = std::move(identity);
  slots_[slot].awaits_first = true;
}

void BatchTap::end(size_t slot) {
  std::lock_guard lock(slots_[slot].mutex);
  slots_[slot].identity = nullptr;
  slots_[slot].awaits_first = false;
}

void BatchTap::expect_end(size_t slot, std::function<void()> ended) {
  std::lock_guard lock(slots_[slot].mutex);
  slots_[slot].ended.swap(ended);
}

void BatchTap::on_event(GstEvent* event) {
  if (static_cast<int>(GST_EVENT_TYPE(event)) != GST_NVEVENT_STREAM_EOS) return;
  guint slot = 0;
  gst_nvevent_parse_stream_eos(event, &slot);
  if (slot >= counters_.slot_count) return;
  std::function<void()> ended;
  {
    std::lock_guard lock(slots_[slot].mutex);
    ended.swap(slots_[slot].ended);
  }
  if (ended) ended();
}

void BatchTap::on_batch(const NvDsBatchMeta& batch_meta) {
  add(counters_.pipeline.batches);
  Batch* batch = ring_.acquire();
  const int64_t now_ns = monotonic_ns();
  bool messages = false;
  each_frame(batch_meta, [&](const NvDsFrameMeta& frame) {
    if (frame.pad_index >= counters_.slot_count) return;
    count(frame, now_ns);
    if (encode(frame, now_ns, batch)) messages = true;
  });
  if (batch == nullptr) {
    if (messages) add(counters_.pipeline.dropped_batches);
  } else if (messages) {
    commit(*batch);
  } else {
    ring_.abandon(batch);
  }
}

void BatchTap::count(const NvDsFrameMeta& frame, int64_t now_ns) {
  SlotCounters& slot = counters_.slots[frame.pad_index];
  add(counters_.pipeline.batch_frames);
  add(slot.frames);
  if (frame.bInferDone) add(slot.inferred);
  if (was_shed(frame)) add(slot.shed);
  slot.last_frame_ns.store(now_ns, std::memory_order_relaxed);
  const int64_t latency_us = g_get_real_time() - static_cast<int64_t>(frame.ntp_timestamp / 1000);
  if (frame.ntp_timestamp != 0 && latency_us >= 0)
    slot.latency_us.store(latency_us, std::memory_order_relaxed);
  if (slots_[frame.pad_index].awaits_first) first_frame(slots_[frame.pad_index]);
}

// By the camera's clock where that is believed. The muxer stamps arrival (attach-sys-ts).
FrameTime BatchTap::time_of(const NvDsFrameMeta& frame) {
  if (const auto taken = times_.clocks[frame.pad_index].taken(frame.buf_pts))
    return {.ns = static_cast<uint64_t>(*taken), .from_camera = true};
  const auto stamp = static_cast<uint64_t>(frame.ntp_timestamp);
  return {.ns = stamp != 0 ? stamp : static_cast<uint64_t>(wall_ns()), .from_camera = false};
}

// Whether a message was owed. Without a batch, as the consumer holds every buffer, it is lost before it is
// written.
bool BatchTap::encode(const NvDsFrameMeta& frame, int64_t now_ns, Batch* batch) {
  SlotCounters& slot = counters_.slots[frame.pad_index];
  if (!DetectionEncoder::has_message(frame)) {
    add(slot.silent);
    return false;
  }
  const FrameTime time = time_of(frame);
  const FrameCount owed = encoder_.encode(frame, time, now_ns, batch);
  if (owed.message && batch != nullptr)
    times_.clocks[frame.pad_index].written(frame.buf_pts, time, monotonic_ns(), wall_ns(), *times_.latencies);
  add(slot.objects, owed.objects);
  add(slot.tracked, owed.tracked);
  add(slot.dropped_objects, owed.discarded);
  add(slot.objects_left_out, owed.left_out);
  add(owed.message ? slot.messages : slot.frames_left_out);
  if (owed.message && batch == nullptr) add(slot.dropped_ring);
  return owed.message;
}

void BatchTap::commit(Batch& batch) {
  batch.committed_ns = monotonic_ns();
  batch.committed_wall_ns = static_cast<uint64_t>(wall_ns());
  ring_.commit(&batch);
  reports_.batch_ready();
}

void BatchTap::first_frame(Slot& slot) {
  std::shared_ptr<SourceIdentity> identity;
  {
    std::lock_guard lock(slot.mutex);
    if (!slot.awaits_first.exchange(false)) return;
    identity = slot.identity;
  }
  if (identity) identity->report({.type = Event::Type::kFirstFrame});
}

void BatchTap::lost(const Batch& batch) {
  add(counters_.pipeline.dropped_batches);
  for (const Batch::Message& message : batch.messages) add(counters_.slots[message.slot].dropped_ring);
}

}  // namespace weir
