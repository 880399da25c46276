// What the command thread and the streaming threads of a pipeline have in common.
#pragma once

#include <atomic>
#include <memory>

#include "pipeline/batch_tap.h"
#include "pipeline/counters.h"
#include "pipeline/detector_watch.h"
#include "pipeline/event.h"
#include "pipeline/frame_clock.h"
#include "pipeline/graph.h"

namespace weir {

// What the mux scales pictures to, read from its properties.
Canvas canvas_of(const Graph& graph);

// Outlives the GStreamer objects, whose probes hold it.
struct Shared {
  Shared(size_t slots, const Canvas& canvas, const MessageOptions& messages, Handlers handlers)
      : counters(slots),
        reports(std::make_shared<Reports>(std::move(handlers))),
        clocks(new FrameClock[slots]),
        tap(counters, canvas, messages, *reports, {clocks.get(), &latencies}),
        detector(counters.pipeline) {}

  Counters counters;
  Latencies latencies;
  const std::shared_ptr<Reports> reports;
  const std::unique_ptr<FrameClock[]> clocks;  // by slot
  BatchTap tap;
  DetectorWatch detector;
  std::atomic<int> open_branches = 0;
};

}  // namespace weir
