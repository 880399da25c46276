#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <string>

namespace camsim {

/** Asks each factory's own password, where it has one: see SetPassword. Transfer full. */
GstRTSPAuth* NewAuth();

/** From now on `factory` answers only who knows `user` and `password`, by Basic or Digest. */
void SetPassword(GstRTSPMediaFactory* factory, const std::string& user, const std::string& password);

}  // namespace camsim
