#pragma once

#include <cstdint>
#include <vector>

#include "random.h"

namespace camsim {

/**
 * Spoils an RTP packet of H.264 or H.265 in one of the ways depayloaders have been seen to stumble over. It
 * never comes out empty.
 */
void Corrupt(std::vector<uint8_t>& packet, bool h265, Random& random);

}  // namespace camsim
