#include "pipeline/host.h"

#include <malloc.h>

#include <utility>

#include "pipeline/pipeline_owner.h"
#include "pipeline/pipeline_probes.h"
#include "pipeline/provider.h"

namespace weir {

using namespace std::chrono_literals;

namespace {

// Preroll and the loading of models happen inside set_state; this is for what may follow.
constexpr GstClockTime kPlayDeadline = 30 * GST_SECOND;
constexpr auto kStopDeadline = 10s;

}  // namespace

Host::Host(Graph graph, std::shared_ptr<Shared> shared, std::shared_ptr<CommandQueue> queue)
    : graph_(std::move(graph)),
      shared_(std::move(shared)),
      queue_(std::move(queue)),
      owner_(std::make_shared<PipelineOwner>(shared_->reports)),
      helpers_(graph_.slots + 1),
      sources_(graph_.slots) {}

Host::~Host() = default;

void Host::start() {
  if (stopped_) throw Failure(code::kStopped, "the pipeline is stopped; make a new one");
  if (pipeline_) throw Failure(code::kStart, "the pipeline is started already");
  load_provider();
  try {
    build();
    watch_pipeline(graph_, *elements_, shared_);
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

void Host::require_source(size_t slot) const {
  require_slot(slot);
  if (!sources_[slot] || removals_.count(slot) > 0)
    throw Failure(code::kSlotEmpty, "slot " + std::to_string(slot) + " has no source");
}

void Host::add_source(size_t slot, const SourceParams& params) {
  require_running();
  require_slot(slot);
  if (sources_[slot])
    throw Failure(code::kSlotBusy, "slot " + std::to_string(slot) +
                                       (removals_.count(slot) > 0 ? " has a source that is being removed"
                                                                  : " has a source already"));
  const auto from = graph_.sources.find(params.source_template);
  if (from == graph_.sources.end())
    throw Failure(code::kArgument, "there is no source template \"" + params.source_template + '"');
  auto source = std::make_shared<Source>(static_cast<int>(slot), from->second, params, shared_->reports,
                                         shared_->counters.slots[slot], shared_->clocks[slot]);
  shared_->tap.begin(slot, params, source->identity());
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
  gst_element_set_locked_state(source.bin(), TRUE);
  source.stop();
  gst_bin_remove(GST_BIN(pipeline_.get()), source.bin());
}

void Host::select(size_t slot, const Selection& selection) {
  require_running();
  require_source(slot);
  sources_[slot]->select(selection);
}

void Host::remove_source(size_t slot, RemovalDone done) {
  try {
    require_slot(slot);
    if (stopped_ || !sources_[slot]) return done({});
    if (removals_.count(slot) == 0) {
      require_running();
      begin_removal(slot);
    }
  } catch (const Failure& failure) {
    return done(failure);
  }
  removals_.at(slot).waiting.push_back(std::move(done));
}

void Host::begin_removal(size_t slot) {
  const Removal::Surroundings in{pipeline_.get(), elements_->at(graph_.mux), shared_, queue_, helpers_};
  const auto ended = [weak = weak_from_this(), slot](const std::optional<Failure>& failure) {
    if (const auto host = weak.lock()) host->end_removal(slot, failure);
  };
  const auto removal = std::make_shared<Removal>(in, slot, sources_[slot], ended);
  removals_[slot].removal = removal;
  removal->start();
}

void Host::end_removal(size_t slot, const std::optional<Failure>& failure) {
  const auto node = removals_.extract(slot);
  if (failure) {
    wedged_ = true;
  } else {
    sources_[slot]->settle();
    sources_[slot] = nullptr;
    shared_->tap.end(slot);
  }
  for (const RemovalDone& done : node.mapped().waiting) done(failure);
}

void Host::snapshot(size_t slot, const std::string& branch, std::chrono::milliseconds timeout,
                    SnapshotDone done) {
  const uint64_t id = next_snapshot_++;
  Snapshot& snapshot = snapshots_[id];
  snapshot.done = std::move(done);
  try {
    require_running();
    require_source(slot);
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
  const auto from = graph_.branches.find(name);
  if (from == graph_.branches.end())
    throw Failure(code::kArgument, "there is no branch template \"" + name + '"');
  const auto finish = [weak = weak_from_this(), queue = queue_, id](const std::optional<Failure>& failure) {
    queue->post([weak, id, failure] {
      if (const auto host = weak.lock()) host->finish_snapshot(id, failure);
    });
  };
  snapshot.branch = std::make_unique<Branch>(
      "snapshot" + std::to_string(id), slot, from->second,
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
    if (source) source->identity()->close();
  shared_->reports->close();
  std::optional<Failure> failure;
  try {
    shut_down();
  } catch (const Failure& error) {
    failure = error;
  }
  end_removals(failure);
  if (failure) throw Failure(*failure);
}

// Nothing is left of their sources either.
void Host::end_removals(const std::optional<Failure>& failure) {
  for (const auto& [slot, leaving] : std::exchange(removals_, {}))
    for (const RemovalDone& done : leaving.waiting) done(failure);
}

// Sources first and on their own: a bin on its way down would start the failed ones among them once more.
bool Host::stop_elements() {
  const auto deadline = Helpers::Clock::now() + kStopDeadline;
  std::vector<Helpers::Task> stops;
  for (size_t slot = 0; slot < sources_.size(); slot++) {
    const auto& source = sources_[slot];
    if (!source || removals_.count(slot) > 0) continue;  // those are on their way already
    gst_element_set_locked_state(source->bin(), TRUE);
    stops.emplace_back([source] { source->stop(); });
  }
  return helpers_.run_all(std::move(stops), deadline) &&
         helpers_.run_all(
             {[pipeline = share(pipeline_.get())] { gst_element_set_state(pipeline.get(), GST_STATE_NULL); }},
             deadline) &&
         helpers_.wait_idle(deadline);  // removals
}

void Host::shut_down() {
  if (!pipeline_) return;
  for (const auto& [slot, leaving] : removals_) leaving.removal->cancel();
  if (!stop_elements()) {
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
