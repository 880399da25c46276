#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <memory>

#include "access_units.h"

namespace camsim {

/** Name of the appsrc inside each media the factory makes. */
inline constexpr const char* kSourceName = "src";

/** A factory of shared live media: an appsrc for these access units, paid out as RTP. Transfer full. */
GstRTSPMediaFactory* NewCameraFactory(std::shared_ptr<const AccessUnits> units, double fps);

}  // namespace camsim
