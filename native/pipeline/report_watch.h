// Finds the sender reports among what an RTSP source receives.
#pragma once

#include <gst/gst.h>

#include <memory>

#include "pipeline/sender_clock.h"

namespace weir {

// The clock is told of the reports the source receives. Elements without sessions of RTP have none.
void watch_reports(GstElement* source, const std::shared_ptr<SenderClock>& clock);

}  // namespace weir
