#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <memory>

#include "access_units.h"

namespace camsim {

/** Name of the appsrc inside each media the factory makes. */
inline constexpr const char* kSourceName = "src";

/** Name of the payloader beside it. */
inline constexpr const char* kPayloaderName = "pay0";

/** Ticks of RTP time per second. */
int ClockRate(Codec codec);

/** What an appsrc for these units says it gives. Transfer full. */
GstCaps* SourceCaps(const AccessUnits& units, double fps);

/** A factory of shared live media: an appsrc for these access units, paid out as RTP. Transfer full. */
GstRTSPMediaFactory* NewCameraFactory(std::shared_ptr<const AccessUnits> units, double fps);

/** Media made from now on are for these units. Any thread. */
void SetUnits(GstRTSPMediaFactory* factory, std::shared_ptr<const AccessUnits> units);

/** What a media the factory has made is for. */
Codec CodecOf(GstElement* media_bin);

/** The next client gets a media of its own making, even if the present one lives on for a moment. Any thread.
 */
void ForgetMedia(GstRTSPMediaFactory* factory);

}  // namespace camsim
