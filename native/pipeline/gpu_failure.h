// Failures of the GPU: of its driver, its memory, its decoders. Whoever meets one, only a new process cures
// it.
#pragma once

#include <gst/gst.h>

#include <string_view>

namespace weir {

// Whether an element's words speak of one.
bool is_gpu_failure(std::string_view words);

// False for elements that repeat what the camera or the file says: no camera may end the process by its
// words.
bool speaks_for_itself(GstObject* element);

}  // namespace weir
