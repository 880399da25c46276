// Watches what all streams of a pipeline share.
#pragma once

#include <memory>

#include "pipeline/elements.h"
#include "pipeline/graph.h"
#include "pipeline/shared.h"

namespace weir {

// Reads metadata, times the detector, keeps the gate. The pads' probes keep `shared` alive. Throws Failure
// GRAPH_INVALID.
void watch_pipeline(const Graph& graph, const Elements& elements, const std::shared_ptr<Shared>& shared);

}  // namespace weir
