// Takes one source out of the running pipeline.
#pragma once

#include <gst/gst.h>

#include <memory>

namespace weir {

class Source;
struct Shared;

// Stops the source, drains the mux pad and releases it. Command thread only. Throws Failure DEADLINE when a
// step hangs; what it hangs in is then left alone.
void remove_from_mux(GstElement* pipeline, GstElement* mux, size_t slot, Source& source,
                     const std::shared_ptr<Shared>& shared);

}  // namespace weir
