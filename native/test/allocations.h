// Counts what a thread allocates.
#pragma once

#include <cstddef>

namespace weir::test {

// C++ allocations of this thread since it began; of a sanitized build, all allocations.
size_t allocations();

}  // namespace weir::test
