#include "pipeline/host.h"

#include <malloc.h>

#include <utility>

#include "gstnvdsmeta.h"
#include "pipeline/provider.h"
#include "pipeline/removal.h"

namespace weir {

using namespace std::chrono_literals;

namespace {

// Preroll and the loading of models happen inside set_state; this is for what may follow.
constexpr GstClockTime kPlayDeadline = 30 * GST_SECOND;
constexpr auto kStopDeadline = 10s;

double number_prop(const Node& node, const std::string& name) {
  for (const auto& [key, value] : node.props) {
    if (key != name) continue;
    const auto* scalar = std::get_if<Scalar>(&value);
    if (scalar == nullptr) break;
    if (const auto* number = std::get_if<double>(scalar)) return *number;
    if (const auto* flag = std::get_if<bool>(scalar)) return *flag ? 1 : 0;
  }
  return 0;
}

}  // namespace

Canvas canvas_of(const Graph& graph) {
  for (const Node& node : graph.nodes)
    if (node.id == graph.mux)
      return {static_cast<int>(number_prop(node, "width")), static_cast<int>(number_prop(node, "height")),
              number_prop(node, "enable-padding") != 0};
  return {};
}

// Answers for what belongs to no source and no branch.
class PipelineOwner : public BinOwner {
 public:
  explicit PipelineOwner(std::shared_ptr<Reports> reports) : reports_(std::move(reports)) {}

  void on_error(const ErrorReport& error) override {
    const std::string message = error.element + ": " + error.message;
    {
      std::lock_guard lock(mutex_);
      if (first_error_.empty()) first_error_ = message;
    }
    if (playing_)
      reports_->emit({.type = Event::Type::kPipelineError, .cause = "pipeline", .message = message});
  }
  void on_warning(const ErrorReport& warning) override {
    if (playing_)
      reports_->emit({.type = Event::Type::kWarning, .message = warning.element + ": " + warning.message});
  }

  void now_playing() { playing_ = true; }
  std::string first_error() const {
    std::lock_guard lock(mutex_);
    return first_error_;
  }

 private:
  const std::shared_ptr<Reports> reports_;
  std::atomic<bool> playing_ = false;
  mutable std::mutex mutex_;
  std::string first_error_;
};

Shared::Shared(size_t slots, const Canvas& canvas, Handlers handlers)
    : counters(slots),
      reports(std::make_shared<Reports>(std::move(handlers))),
      tap(counters, canvas, *reports) {}

Host::Host(Graph graph, std::shared_ptr<Shared> shared, std::shared_ptr<CommandQueue> queue)
    : graph_(std::move(graph)),
      shared_(std::move(shared)),
      queue_(std::move(queue)),
      owner_(std::make_shared<PipelineOwner>(shared_->reports)),
      sources_(graph_.slots) {}

Host::~Host() = default;

void Host::start() {
  if (stopped_) throw Failure(code::kStopped, "the pipeline is stopped; make a new one");
  if (pipeline_) throw Failure(code::kStart, "the pipeline is started already");
  load_provider();
  try {
    build();
    watch();
    play();
  } catch (const Failure&) {
    stopped_ = true;
    shut_down();
    throw;
  }
}

void Host::build() {
  GstElement* pipeline = gst_pipeline_new("weir");
  pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(pipeline)));
  watch_bus(pipeline, owner_);
  // A source that offers a clock must not be able to take it away again.
  GstClock* clock = gst_system_clock_obtain();
  gst_pipeline_use_clock(GST_PIPELINE(pipeline), clock);
  gst_object_unref(clock);
  elements_.emplace(GST_BIN(pipeline), "", nullptr);
  elements_->add(graph_.nodes);
  elements_->link(graph_.links);
}

void Host::watch() {
  const PadPtr metadata = elements_->pad(graph_.metadata, GST_PAD_UNKNOWN);
  add_probe(metadata.get(), GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
            [shared = shared_](GstPadProbeInfo* info) {
              if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
                shared->tap.on_event(GST_PAD_PROBE_INFO_EVENT(info));
              else if (const auto* batch = gst_buffer_get_nvds_batch_meta(GST_PAD_PROBE_INFO_BUFFER(info)))
                shared->tap.on_batch(*batch);
              return GST_PAD_PROBE_OK;
            });
  const PadPtr gate = elements_->pad(graph_.gate, GST_PAD_UNKNOWN);
  add_probe(gate.get(), GST_PAD_PROBE_TYPE_BUFFER, [shared = shared_](GstPadProbeInfo*) {
    return shared->open_branches > 0 ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
  });
}

void Host::play() {
  GstStateChangeReturn result = gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  if (result == GST_STATE_CHANGE_ASYNC)
    result = gst_element_get_state(pipeline_.get(), nullptr, nullptr, kPlayDeadline);
  if (result == GST_STATE_CHANGE_FAILURE) {
    const std::string reason = owner_->first_error();
    throw Failure(code::kStart, reason.empty() ? "an element refused to start and did not say why" : reason);
  }
  if (result == GST_STATE_CHANGE_ASYNC)
    throw Failure(code::kStart,
                  "the pipeline does not play after 30 s: a sink without async=false waits for data");
  owner_->now_playing();
}

void Host::require_running() const {
  if (stopped_) throw Failure(code::kStopped, "the pipeline is stopped");
  if (!pipeline_) throw Failure(code::kNotRunning, "the pipeline is not started");
  if (wedged_) throw Failure(code::kDeadline, "an earlier removal hangs; only a new process helps");
}

void Host::require_slot(size_t slot) const {
  if (slot >= graph_.slots)
    throw Failure(code::kArgument,
                  "slot is " + std::to_string(slot) + ", expected 0 to " + std::to_string(graph_.slots - 1));
}

void Host::add_source(size_t slot, const SourceParams& params) {
  require_running();
  require_slot(slot);
  if (sources_[slot])
    throw Failure(code::kSlotBusy, "slot " + std::to_string(slot) + " has a source already");
  const auto from = graph_.sources.find(params.source_template);
  if (from == graph_.sources.end())
    throw Failure(code::kArgument, "there is no source template \"" + params.source_template + '"');
  auto source = std::make_shared<Source>(static_cast<int>(slot), from->second, params, shared_->reports,
                                         shared_->counters.slots[slot]);
  shared_->tap.begin(slot, params.stream, params.epoch, source->identity());
  try {
    link_source(*source, slot);
  } catch (const Failure&) {
    undo_source(*source);
    shared_->tap.end(slot);
    throw;
  }
  sources_[slot] = source;
  // What keeps a source from starting is told by events, like everything that happens to it later.
  if (!gst_element_sync_state_with_parent(source->bin()))
    source->identity()->fail({.cause = "source", .message = "the source does not start"});
}

void Host::link_source(Source& source, size_t slot) {
  gst_bin_add(GST_BIN(pipeline_.get()), source.bin());
  source.build();
  const std::string pad = "sink_" + std::to_string(slot);
  const PadPtr mux_pad = elements_->pad({graph_.mux, pad}, GST_PAD_SINK);
  link_pads(source.pad(), mux_pad.get(), "the source and " + pad);
}

void Host::undo_source(Source& source) {
  source.close();
  gst_element_set_locked_state(source.bin(), TRUE);
  gst_element_set_state(source.bin(), GST_STATE_NULL);
  gst_bin_remove(GST_BIN(pipeline_.get()), source.bin());
}

void Host::remove_source(size_t slot) {
  require_slot(slot);
  if (stopped_ || !sources_[slot]) return;
  require_running();
  try {
    remove_from_mux(pipeline_.get(), elements_->at(graph_.mux), slot, *sources_[slot], shared_);
  } catch (const Failure&) {
    wedged_ = true;
    throw;
  }
  sources_[slot]->settle();
  sources_[slot] = nullptr;
  shared_->tap.end(slot);
}

void Host::snapshot(size_t slot, const std::string& branch, std::chrono::milliseconds timeout,
                    SnapshotDone done) {
  const uint64_t id = next_snapshot_++;
  Snapshot& snapshot = snapshots_[id];
  snapshot.done = std::move(done);
  try {
    require_running();
    require_slot(slot);
    open_snapshot(id, slot, branch, snapshot);
  } catch (const Failure& failure) {
    return finish_snapshot(id, failure);
  }
  queue_->post_at(CommandQueue::Clock::now() + timeout, [weak = weak_from_this(), id, slot, timeout] {
    const auto host = weak.lock();
    if (!host) return;
    host->finish_snapshot(
        id, Failure(code::kTimeout, "slot " + std::to_string(slot) + " gave no picture within " +
                                        std::to_string(timeout.count()) + " ms"));
  });
}

void Host::open_snapshot(uint64_t id, size_t slot, const std::string& name, Snapshot& snapshot) {
  if (!sources_[slot]) throw Failure(code::kSlotEmpty, "slot " + std::to_string(slot) + " has no source");
  const auto from = graph_.branches.find(name);
  if (from == graph_.branches.end())
    throw Failure(code::kArgument, "there is no branch template \"" + name + '"');
  const auto finish = [weak = weak_from_this(), queue = queue_, id](const std::optional<Failure>& failure) {
    queue->post([weak, id, failure] {
      if (const auto host = weak.lock()) host->finish_snapshot(id, failure);
    });
  };
  snapshot.branch = std::make_unique<Branch>(
      "snapshot" + std::to_string(id), from->second,
      Branch::Watch{[finish] { finish({}); },
                    [finish](const std::string& text) { finish(Failure(code::kBranch, text)); }});
  shared_->open_branches++;
  snapshot.branch->attach(pipeline_.get(), elements_->at(graph_.tee_prefix + std::to_string(slot)));
}

void Host::finish_snapshot(uint64_t id, const std::optional<Failure>& failure) {
  auto node = snapshots_.extract(id);
  if (node.empty()) return;
  Snapshot& snapshot = node.mapped();
  std::optional<Bytes> bytes;
  if (snapshot.branch) {
    if (!failure) bytes = snapshot.branch->take_sample();
    snapshot.branch = nullptr;
    shared_->open_branches--;
  }
  if (failure) return snapshot.done(failure, {});
  if (!bytes) return snapshot.done(Failure(code::kBranch, "the branch gave no picture"), {});
  snapshot.done({}, std::move(*bytes));
}

void Host::stop() {
  stopped_ = true;
  while (!snapshots_.empty())
    finish_snapshot(snapshots_.begin()->first, Failure(code::kStopped, "the pipeline is stopping"));
  for (const auto& source : sources_)
    if (source) source->close();
  shared_->reports->close();
  if (pipeline_) shut_down();
}

// Sources first and on their own: a bin on its way down would start the failed ones among them once more.
void Host::shut_down() {
  if (!pipeline_) return;
  using Element = std::shared_ptr<GstElement>;
  std::vector<Element> order;
  for (const auto& source : sources_)
    if (source) order.emplace_back(ref(source->bin()), GstObjectUnref());
  for (const Element& bin : order) gst_element_set_locked_state(bin.get(), TRUE);
  order.emplace_back(ref(pipeline_.get()), GstObjectUnref());
  const bool done = run_within(kStopDeadline, [order = std::move(order)] {
    for (const Element& element : order) gst_element_set_state(element.get(), GST_STATE_NULL);
  });
  if (!done) {
    // Threads are still inside: freeing anything would pull it from under them.
    static_cast<void>(pipeline_.release());
    static auto* const kept = new std::vector<std::shared_ptr<Host>>;
    kept->push_back(shared_from_this());
    throw Failure(code::kDeadline, "the pipeline does not stop within 10 s; only a new process helps");
  }
  clear_bus(pipeline_.get());
  for (auto& source : sources_)
    if (source) source->settle();
  sources_.assign(graph_.slots, nullptr);
  elements_.reset();
  pipeline_.reset();
#ifdef __GLIBC__
  malloc_trim(0);  // pictures leave large holes; a stopped pipeline gives its memory back
#endif
}

}  // namespace weir
