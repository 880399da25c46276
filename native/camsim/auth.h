#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <functional>
#include <string>

namespace camsim {

/** The status a request is answered by; GST_RTSP_STS_OK lets it go on. On a client's thread. */
using Gate = std::function<GstRTSPStatusCode(const GstRTSPContext*)>;

/** Asks the gate, then each factory's own password, where it has one: see SetPassword. Transfer full. */
GstRTSPAuth* NewAuth(Gate gate);

/** From now on `factory` answers only who knows `user` and `password`, by Basic or Digest. */
void SetPassword(GstRTSPMediaFactory* factory, const std::string& user, const std::string& password);

}  // namespace camsim
