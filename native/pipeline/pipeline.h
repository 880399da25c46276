// A pipeline as other threads see it: every call is carried out on its command thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "pipeline/host.h"

namespace weir {

class Pipeline {
 public:
  // Called once, on the command thread or, when the pipeline is stopped already, on the caller's.
  using Done = std::function<void(std::optional<Failure>)>;

  Pipeline(Graph graph, Handlers handlers);
  // Stops, waiting for up to 15 s.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  void start(Done done);
  void add_source(size_t slot, SourceParams params, Done done);
  void select(size_t slot, Selection selection, Done done);
  void remove_source(size_t slot, Done done);
  // `branch`: key of Graph::branches.
  void snapshot(size_t slot, const std::string& branch, std::chrono::milliseconds timeout,
                const SnapshotDone& done);
  // Idempotent. No handler runs and nothing native is alive once it is done.
  void stop(Done done);

  BatchRing& ring() { return shared_->tap.ring(); }
  size_t slots() const { return shared_->counters.slot_count; }
  // `out` takes counter_row_size(slots()) numbers.
  void read_counters(double* out);
  // `out` takes Latencies::kNumbers numbers.
  void read_latencies(double* out) const { shared_->latencies.write(out); }

 private:
  // `unless`: the answer when the pipeline stops before it comes to that.
  void run(std::function<void(Host&)> work, Done done, std::optional<Failure> unless);

  const std::shared_ptr<Shared> shared_;
  CommandThread thread_;
  std::shared_ptr<Host> host_;
};

}  // namespace weir
