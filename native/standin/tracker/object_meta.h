// What tracking writes into NvDsObjectMeta.
#pragma once

#include <map>

#include "nvdsmeta.h"
#include "nvdstracker.h"

namespace weir::standin {

// From a surface's pixels to the tracker's, and back.
struct Scale {
  float width = 0;  // of the surface
  float height = 0;
  float x = 1;  // tracker pixels per surface pixel
  float y = 1;
};

Scale make_scale(uint32_t surface_width, uint32_t surface_height, uint32_t tracker_width,
                 uint32_t tracker_height);
NvMOTRect to_tracker(const NvOSD_RectParams& rect, const Scale& scale);

class ObjectWriter {
 public:
  // Remembers how objects of this class look, for those a tracker outputs without a detection.
  void learn(const NvDsObjectMeta& object);

  // Writes the id and the box; false when the box lies outside the frame.
  bool update(NvDsObjectMeta& object, const NvMOTTrackedObj& tracked, guint64 id, const Scale& scale,
              bool display_id) const;
  // Adds an object that was tracked but not detected.
  void add(NvDsFrameMeta& frame, const NvMOTTrackedObj& tracked, guint64 id, const Scale& scale,
           bool display_id) const;

 private:
  struct Look {
    gint component_id;
    NvOSD_RectParams rect;
    gchar label[MAX_LABEL_SIZE];
  };
  std::map<int, Look> looks_;
};

}  // namespace weir::standin
