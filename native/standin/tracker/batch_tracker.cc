#include "batch_tracker.h"

#include <algorithm>
#include <stdexcept>

namespace weir::standin {
namespace {

constexpr guint64 kLowerHalf = 0xFFFFFFFF;

NvMOTStreamId stream_id(const NvDsFrameMeta& frame) {
  return static_cast<NvMOTStreamId>(frame.pad_index) << 32 | frame.surface_index;
}

guint pad_of(NvMOTStreamId stream) { return static_cast<guint>(stream >> 32); }

class MetaLock {
 public:
  explicit MetaLock(NvDsBatchMeta& batch) : batch_(batch) { nvds_acquire_meta_lock(&batch_); }
  ~MetaLock() { nvds_release_meta_lock(&batch_); }

 private:
  NvDsBatchMeta& batch_;
};

}  // namespace

BatchTracker::BatchTracker(const MotSettings& library, const TrackerOptions& options)
    : library_(library), options_(options) {
  const size_t frames = options_.batch_size;
  const size_t targets = library_.query().maxTargetsPerStream;
  slots_.resize(frames);
  round_.reserve(frames);
  frames_.resize(frames);
  objects_.resize(frames * targets);
  tracked_.resize(frames * targets);
  lists_.resize(frames);
}

void BatchTracker::track(NvDsBatchMeta& batch, const SizeOf& size_of) {
  MetaLock lock(batch);
  load(batch, size_of);
  while (next_round()) run_round();
}

void BatchTracker::load(NvDsBatchMeta& batch, const SizeOf& size_of) {
  slots_.clear();  // keeps its memory
  for (GList* l = batch.frame_meta_list; l != nullptr; l = l->next) {
    if (slots_.size() == options_.batch_size)
      throw std::runtime_error("the batch exceeds maximum: " + std::to_string(batch.num_frames_in_batch) +
                               " frames, batch-size " + std::to_string(options_.batch_size) +
                               "; set batch-size on nvstreammux before the tracker is started");
    auto* frame = static_cast<NvDsFrameMeta*>(l->data);
    const SurfaceSize size = size_of(*frame);
    slots_.push_back({frame, make_scale(size.width, size.height, options_.width, options_.height), false});
  }
}

// A round has one frame of each stream; a second frame of a stream waits for the next.
bool BatchTracker::next_round() {
  round_.clear();
  for (Slot& slot : slots_) {
    const auto same_stream = [&](const Slot* other) {
      return stream_id(*other->frame) == stream_id(*slot.frame);
    };
    if (slot.done || std::any_of(round_.begin(), round_.end(), same_stream)) continue;
    slot.done = true;
    round_.push_back(&slot);
  }
  return !round_.empty();
}

void BatchTracker::run_round() {
  const uint32_t targets = library_.query().maxTargetsPerStream;
  const auto count = static_cast<uint32_t>(round_.size());
  for (uint32_t i = 0; i < count; i++) {
    offer(frames_[i], *round_[i], i);
    lists_[i] = {frames_[i].streamID, frames_[i].frameNum, false, &tracked_[i * targets], targets, 0};
  }
  NvMOTProcessParams params = {count, frames_.data()};
  NvMOTTrackedObjBatch out = {lists_.data(), options_.batch_size, count, nullptr};
  if (!library_.process(params, out)) throw std::runtime_error("submit to the tracker failed: NvMOT_Process");
  for (uint32_t i = 0; i < std::min(out.numFilled, count); i++)
    for (const Slot* slot : round_)
      if (stream_id(*slot->frame) == lists_[i].streamID) apply(*slot, lists_[i]);
}

void BatchTracker::offer(NvMOTFrame& out, const Slot& slot, uint32_t place) {
  const NvDsFrameMeta& frame = *slot.frame;
  const uint32_t targets = library_.query().maxTargetsPerStream;
  out = {};
  out.streamID = stream_id(frame);
  out.seq_index = frame.pad_index < options_.batch_size ? frame.pad_index : 0;
  out.frameNum = static_cast<NvMOTFrameNum>(frame.frame_num);
  out.timeMeta.frameNum = out.frameNum;
  out.timeMeta.frameTimeStamp = frame.ntp_timestamp != 0 ? frame.ntp_timestamp : frame.buf_pts;
  out.timeMeta.frameTimeValid = true;
  out.srcFrameWidth = frame.source_frame_width;
  out.srcFrameHeight = frame.source_frame_height;
  out.doTracking = true;
  out.objectsIn = {frame.bInferDone != FALSE, &objects_[place * targets], targets, 0};
  offer_objects(out.objectsIn, slot);
  streams_.insert(out.streamID);
}

void BatchTracker::offer_objects(NvMOTObjToTrackList& list, const Slot& slot) {
  for (GList* l = slot.frame->obj_meta_list; l != nullptr; l = l->next) {
    auto* object = static_cast<NvDsObjectMeta*>(l->data);
    if (!operates_on(object->class_id)) continue;
    writer_.learn(*object);
    object->object_id = UNTRACKED_OBJECT_ID;
    if (list.numFilled == list.numAllocated) continue;
    list.list[list.numFilled++] = {static_cast<NvMOTClassId>(object->class_id),
                                   to_tracker(object->rect_params, slot.scale), object->confidence, true,
                                   object};
  }
}

bool BatchTracker::operates_on(int class_id) const {
  return options_.class_ids.empty() || options_.class_ids.count(class_id) > 0;
}

void BatchTracker::apply(const Slot& slot, const NvMOTTrackedObjList& tracked) {
  slot.frame->frame_num = static_cast<gint>(tracked.frameNum);
  const uint32_t count = tracked.valid ? tracked.numFilled : 0;
  for (uint32_t i = 0; i < count; i++) apply_object(slot, tracked.list[i], tracked.streamID);
  if (!options_.class_ids.empty()) return;
  for (GList *l = slot.frame->obj_meta_list, *next; l != nullptr; l = next) {
    next = l->next;
    auto* object = static_cast<NvDsObjectMeta*>(l->data);
    if (object->object_id == UNTRACKED_OBJECT_ID) nvds_remove_obj_meta_from_frame(slot.frame, object);
  }
}

void BatchTracker::apply_object(const Slot& slot, const NvMOTTrackedObj& tracked, NvMOTStreamId stream) {
  const guint64 id = reported_id(stream, tracked.trackingId);
  if (tracked.associatedObjectIn == nullptr)
    return writer_.add(*slot.frame, tracked, id, slot.scale, options_.display_id);
  auto* object = static_cast<NvDsObjectMeta*>(tracked.associatedObjectIn->pPreservedData);
  if (!writer_.update(*object, tracked, id, slot.scale, options_.display_id))
    nvds_remove_obj_meta_from_frame(slot.frame, object);
}

// Counted from zero, the first id of a stream is subtracted from the lower half.
guint64 BatchTracker::reported_id(NvMOTStreamId stream, guint64 id) {
  if ((options_.id_reset_mode & kIdsFromZeroOnEos) == 0) return id;
  const guint64 first = first_ids_.try_emplace(stream, id & kLowerHalf).first->second;
  return (id & ~kLowerHalf) | (((id & kLowerHalf) - first) & kLowerHalf);
}

bool BatchTracker::stream_reset(guint pad) {
  return (options_.id_reset_mode & kNewIdsOnReset) == 0 || drop_targets(pad, false);
}

bool BatchTracker::stream_eos(guint pad) {
  return (options_.id_reset_mode & kIdsFromZeroOnEos) == 0 || drop_targets(pad, true);
}

bool BatchTracker::drop_targets(guint pad, bool forget_first_id) {
  bool done = true;
  for (auto stream = streams_.begin(); stream != streams_.end();) {
    if (pad_of(*stream) != pad) {
      ++stream;
      continue;
    }
    done = library_.remove_stream(*stream) && done;
    if (forget_first_id) first_ids_.erase(*stream);
    stream = streams_.erase(stream);
  }
  return done;
}

}  // namespace weir::standin
