// Objects such as a detector, a tracker or a file of labels might ever say, at random.
#pragma once

#include <random>

#include "nvdsmeta.h"

namespace weir {

void make_wild(std::mt19937& random, NvDsObjectMeta& object);

}  // namespace weir
