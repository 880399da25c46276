// What GStreamer's leaks tracer knows, for tests.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace weir {

// The first call starts the tracking and returns nothing alive. Later ones return the type names of the
// objects and mini objects made since and still there. Empty optional unless GST_TRACERS=leaks. One thread at
// a time.
std::optional<std::vector<std::string>> live_objects();

}  // namespace weir
