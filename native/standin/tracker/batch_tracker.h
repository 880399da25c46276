// Takes the objects of a batch to the low-level tracker and its answer back into the metadata.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "mot_library.h"
#include "nvdsmeta.h"
#include "object_meta.h"

namespace weir::standin {

struct TrackerOptions {
  uint32_t batch_size = 1;
  uint32_t width = 0;  // the scale boxes are tracked in; 0: that of the surface
  uint32_t height = 0;
  uint32_t id_reset_mode = 1;
  bool display_id = true;
  std::set<int> class_ids;  // empty: all
};

enum IdResetMode : uint32_t { kNewIdsOnReset = 1, kIdsFromZeroOnEos = 2 };

struct SurfaceSize {
  uint32_t width = 0;
  uint32_t height = 0;
};

// Not thread safe: one thread at a time, which the stream lock of the element's sink pad sees to.
class BatchTracker {
 public:
  using SizeOf = std::function<SurfaceSize(const NvDsFrameMeta&)>;

  BatchTracker(const MotSettings& library, const TrackerOptions& options);

  void set_display_id(bool on) { options_.display_id = on; }
  // Throws std::runtime_error when the batch is too large or the library fails.
  void track(NvDsBatchMeta& batch, const SizeOf& size_of);

  // Each is false when the library refused.
  bool pad_deleted(guint pad) { return drop_targets(pad, true); }
  bool stream_reset(guint pad);
  bool stream_eos(guint pad);
  bool update(const std::string& config) { return library_.update(config); }

 private:
  struct Slot {
    NvDsFrameMeta* frame = nullptr;
    Scale scale;
    bool done = false;
  };

  void load(NvDsBatchMeta& batch, const SizeOf& size_of);
  bool next_round();
  void offer(NvMOTFrame& out, const Slot& slot, uint32_t place);
  void offer_objects(NvMOTObjToTrackList& list, const Slot& slot);
  void run_round();
  void apply(const Slot& slot, const NvMOTTrackedObjList& tracked);
  void apply_object(const Slot& slot, const NvMOTTrackedObj& tracked, NvMOTStreamId stream);
  guint64 reported_id(NvMOTStreamId stream, guint64 id);
  bool drop_targets(guint pad, bool forget_first_id);
  bool operates_on(int class_id) const;

  MotLibrary library_;
  TrackerOptions options_;
  ObjectWriter writer_;
  std::set<NvMOTStreamId> streams_;
  std::unordered_map<NvMOTStreamId, guint64> first_ids_;  // lower halves, while ids are counted from zero

  // One of each per frame of the largest batch, allocated once.
  std::vector<Slot> slots_;
  std::vector<Slot*> round_;
  std::vector<NvMOTFrame> frames_;
  std::vector<NvMOTObjToTrack> objects_;
  std::vector<NvMOTTrackedObj> tracked_;
  std::vector<NvMOTTrackedObjList> lists_;
};

}  // namespace weir::standin
