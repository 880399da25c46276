// What the command thread and the streaming threads of a pipeline have in common.
#pragma once

#include <atomic>
#include <memory>

#include "pipeline/batch_tap.h"
#include "pipeline/counters.h"
#include "pipeline/detector_watch.h"
#include "pipeline/event.h"
#include "pipeline/graph.h"

namespace weir {

// What the mux scales pictures to, read from its properties.
Canvas canvas_of(const Graph& graph);

// Outlives the GStreamer objects, whose probes hold it.
struct Shared {
  Shared(size_t slots, const Canvas& canvas, const MessageOptions& messages, Handlers handlers)
      : counters(slots),
        reports(std::make_shared<Reports>(std::move(handlers))),
        tap(counters, canvas, messages, *reports),
        detector(counters.pipeline) {}

  Counters counters;
  const std::shared_ptr<Reports> reports;
  BatchTap tap;
  DetectorWatch detector;
  std::atomic<int> open_branches = 0;
};

}  // namespace weir
