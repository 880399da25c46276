// The pipeline itself. Runs on the command thread alone; what other threads need is in `Shared`.
#pragma once

#include <gst/gst.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/batch_tap.h"
#include "pipeline/branch.h"
#include "pipeline/command_queue.h"
#include "pipeline/elements.h"
#include "pipeline/failure.h"
#include "pipeline/graph.h"
#include "pipeline/source.h"

namespace weir {

// What the mux scales pictures to, read from its properties.
Canvas canvas_of(const Graph& graph);

// Outlives the GStreamer objects, whose probes hold it.
struct Shared {
  Shared(size_t slots, const Canvas& canvas, Handlers handlers);
  Counters counters;
  const std::shared_ptr<Reports> reports;
  BatchTap tap;
  std::atomic<int> open_branches = 0;
};

// Called once, with bytes or a failure.
using SnapshotDone = std::function<void(std::optional<Failure>, Bytes)>;

class PipelineOwner;

class Host : public std::enable_shared_from_this<Host> {
 public:
  Host(Graph graph, std::shared_ptr<Shared> shared, std::shared_ptr<CommandQueue> queue);
  ~Host();

  // All throw Failure.
  void start();
  void add_source(size_t slot, const SourceParams& params);
  void remove_source(size_t slot);
  // Never throws: `done` is told.
  void snapshot(size_t slot, const std::string& branch, std::chrono::milliseconds timeout, SnapshotDone done);
  void stop();

 private:
  struct Snapshot {
    std::unique_ptr<Branch> branch;
    SnapshotDone done;
  };

  void build();
  void watch();
  void play();
  void require_running() const;
  void require_slot(size_t slot) const;
  void link_source(Source& source, size_t slot);
  void undo_source(Source& source);
  void open_snapshot(uint64_t id, size_t slot, const std::string& branch, Snapshot& snapshot);
  void finish_snapshot(uint64_t id, const std::optional<Failure>& failure);
  void shut_down();

  const Graph graph_;
  const std::shared_ptr<Shared> shared_;
  const std::shared_ptr<CommandQueue> queue_;
  ElementPtr pipeline_;
  std::optional<Elements> elements_;
  std::shared_ptr<PipelineOwner> owner_;
  std::vector<std::shared_ptr<Source>> sources_;
  std::map<uint64_t, Snapshot> snapshots_;
  uint64_t next_snapshot_ = 1;
  bool stopped_ = false;
  bool wedged_ = false;  // a thread of GStreamer's hangs: only a new process helps
};

}  // namespace weir
