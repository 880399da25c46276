// For a process that tries one camera nobody knows yet, and then ends.
#pragma once

#include <cstdint>

namespace weir {

// Before the first pipeline: the elements by which a probe learns what it tells. Throws Failure
// NATIVE_MISSING.
void prepare_probe();

// From now on the process writes no file, leaves no core behind, gains no rights and has so much memory of
// its own at most. Once all that is loaded is loaded.
void confine_process(uint64_t memory_bytes);

}  // namespace weir
