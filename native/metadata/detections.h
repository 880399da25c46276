// NvDsFrameMeta → one `weir.detections.v1` JSON message.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metadata/geometry.h"
#include "metadata/json_text.h"
#include "metadata/ring.h"
#include "nvdsmeta.h"

namespace weir {

// When a frame was taken, as well as is known.
struct FrameTime {
  uint64_t ns = 0;           // since 1970
  bool from_camera = false;  // the camera's own clock, told by its sender reports; else this machine's
};

struct FrameCount {
  uint32_t objects = 0;    // written
  uint32_t tracked = 0;    // of these, with a track id
  uint32_t discarded = 0;  // left out: not finite, or outside the picture
};

// Encodes on one streaming thread; slots are named from another.
class DetectionEncoder {
 public:
  DetectionEncoder(size_t slots, const Canvas& canvas);

  // Whose the messages of this slot are from now on.
  void name_slot(size_t slot, std::string_view stream, int64_t epoch, uint32_t token);

  // Whether the frame is worth a message: it was inferred or has tracked objects.
  static bool has_message(const NvDsFrameMeta& frame);

  // Appends the frame's message to the batch.
  FrameCount encode(const NvDsFrameMeta& frame, const FrameTime& time, Batch& batch);

 private:
  struct Slot {
    std::mutex mutex;
    std::string prefix;
    uint32_t token = 0;
  };

  // Returns the source's token.
  uint32_t head(const NvDsFrameMeta& frame, const FrameTime& time, ByteBuffer& out);
  bool object(const NvDsObjectMeta& object, const CanvasMap& map, bool first, ByteBuffer& out);
  std::string_view label(const NvDsObjectMeta& object);

  const Canvas canvas_;
  std::vector<std::unique_ptr<Slot>> slots_;
  TimeText time_;
  struct Label {
    std::string raw;
    std::string json;
  };
  std::map<std::pair<int, int>, Label> labels_;  // by component and class
};

}  // namespace weir
