#pragma once

#include <memory>

#include "access_units.h"

namespace camsim {

/** One JPEG picture: a codec that nobody expects of a camera any more. */
std::shared_ptr<const AccessUnits> JpegUnits();

/** Silence, G.711 at 8 kHz, in pieces of one frame each: a stream without any picture. */
std::shared_ptr<const AccessUnits> SilentUnits(double fps);

}  // namespace camsim
