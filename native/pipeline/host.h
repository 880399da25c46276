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

#include "pipeline/branch.h"
#include "pipeline/command_queue.h"
#include "pipeline/elements.h"
#include "pipeline/failure.h"
#include "pipeline/graph.h"
#include "pipeline/helpers.h"
#include "pipeline/removal.h"
#include "pipeline/shared.h"
#include "pipeline/source.h"

namespace weir {

// Called once, with bytes or a failure.
using SnapshotDone = std::function<void(std::optional<Failure>, Bytes)>;
// Called once.
using RemovalDone = std::function<void(std::optional<Failure>)>;

class PipelineOwner;

class Host : public std::enable_shared_from_this<Host> {
 public:
  Host(Graph graph, std::shared_ptr<Shared> shared, std::shared_ptr<CommandQueue> queue);
  ~Host();

  // These throw Failure.
  void start();
  void add_source(size_t slot, const SourceParams& params);
  void select(size_t slot, const Selection& selection);
  void stop();
  // These never do: `done` is told. The slot is busy until then; who asks for the same meanwhile is told,
  // too.
  void remove_source(size_t slot, RemovalDone done);
  void snapshot(size_t slot, const std::string& branch, std::chrono::milliseconds timeout, SnapshotDone done);

 private:
  struct Snapshot {
    std::unique_ptr<Branch> branch;
    SnapshotDone done;
  };

  struct Leaving {
    std::shared_ptr<Removal> removal;
    std::vector<RemovalDone> waiting;
  };

  void build();
  void play();
  void require_running() const;
  void require_slot(size_t slot) const;
  void require_source(size_t slot) const;
  void link_source(Source& source, size_t slot);
  void undo_source(Source& source);
  void open_snapshot(uint64_t id, size_t slot, const std::string& branch, Snapshot& snapshot);
  void finish_snapshot(uint64_t id, const std::optional<Failure>& failure);
  void begin_removal(size_t slot);
  void end_removal(size_t slot, const std::optional<Failure>& failure);
  void end_removals(const std::optional<Failure>& failure);
  bool stop_elements();
  void shut_down();

  const Graph graph_;
  const std::shared_ptr<Shared> shared_;
  const std::shared_ptr<CommandQueue> queue_;
  ElementPtr pipeline_;
  std::optional<Elements> elements_;
  std::shared_ptr<PipelineOwner> owner_;
  Helpers helpers_;  // a slot has one call under way at most, the pipeline one more
  std::vector<std::shared_ptr<Source>> sources_;
  std::map<size_t, Leaving> removals_;
  std::map<uint64_t, Snapshot> snapshots_;
  uint64_t next_snapshot_ = 1;
  bool stopped_ = false;
  bool wedged_ = false;  // a thread of GStreamer's hangs: only a new process helps
};

}  // namespace weir
