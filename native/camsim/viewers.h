#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <memory>
#include <vector>

#include "camera.h"

namespace camsim {

/**
 * From now on each camera is told which clients play it, and when they leave, and is asked how requests for
 * it are to be answered.
 */
void TrackViewers(GstRTSPServer* server, const std::vector<std::shared_ptr<Camera>>& cameras);

/** What the camera asked for wants DESCRIBE and SETUP to be answered by; OK: as usual. */
GstRTSPStatusCode AnswerTo(const GstRTSPContext* context,
                           const std::vector<std::shared_ptr<Camera>>& cameras);

/** Ends the connections of those who have asked for this camera; their sessions end with them. */
void HangUp(GstRTSPServer* server, const Camera& camera);

}  // namespace camsim
