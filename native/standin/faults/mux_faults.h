// What happens to a picture on its way into the mux, on request.
#pragma once

#include <gst/video/video.h>

namespace weir::standin {

// In the source's own thread. False when the source has failed: its error is posted, as its decoder would.
bool passes_faults(GstPad* mux_pad, const GstVideoInfo& picture);
// In the mux's task, once per batch.
void look_for_faults();

}  // namespace weir::standin
