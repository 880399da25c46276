#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <memory>
#include <vector>

#include "camera.h"

namespace camsim {

/** From now on each camera is told which clients play it, and when they leave. */
void TrackViewers(GstRTSPServer* server, const std::vector<std::shared_ptr<Camera>>& cameras);

}  // namespace camsim
