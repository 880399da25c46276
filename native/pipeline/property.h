// Sets GObject properties from plain values, with errors that name the place.
#pragma once

#include <gst/gst.h>

#include "pipeline/graph.h"

namespace weir {

// Throws Failure GRAPH_INVALID. A value that came through a hole is never printed: it may be a secret.
void set_property(GstElement* element, const Node& node, const std::string& name, const PropValue& value,
                  const Params* params);

}  // namespace weir
