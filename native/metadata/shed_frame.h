// Frames that were due for the detector and passed it because there was no time. Only the stand-in's nvinfer
// marks any.
#pragma once

#include "nvdsmeta.h"

namespace weir {

// Nobody else's value in a field that is everybody's.
inline constexpr gint64 kShedMark = 0x5745495253484544;

inline void mark_shed(NvDsFrameMeta& frame) { frame.misc_frame_info[MAX_USER_FIELDS - 1] = kShedMark; }
inline bool was_shed(const NvDsFrameMeta& frame) {
  return frame.misc_frame_info[MAX_USER_FIELDS - 1] == kShedMark;
}

}  // namespace weir
