#include "pipeline/branch.h"

#include <gst/app/gstappsink.h>

#include <condition_variable>
#include <mutex>

#include "gstnvdsmeta.h"
#include "pipeline/breadcrumb.h"
#include "pipeline/failure.h"

namespace weir {
namespace {

using namespace std::chrono_literals;

class BranchOwner : public BinOwner {
 public:
  BranchOwner(size_t slot, std::function<void(const std::string&)> on_error)
      : slot_(static_cast<int16_t>(slot)), on_error_(std::move(on_error)) {}
  void on_error(const ErrorReport& report) override { on_error_(report.message); }
  void on_warning(const ErrorReport&) override {}
  // No token: what crashes an encoder is seldom the stream.
  void on_thread() override { work_on({.slot = slot_, .stage = Stage::kSnapshot}); }

 private:
  const int16_t slot_;
  const std::function<void(const std::string&)> on_error_;
};

GstElement* new_bin(const std::string& name) {
  return GST_ELEMENT(gst_object_ref_sink(gst_bin_new(name.c_str())));
}

// Unlinks between two buffers: a branch shutting down under a buffer would make the tee fail upstream.
void unlink_idle(GstPad* tee_pad, GstPad* entry) {
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  };
  const auto state = std::make_shared<State>();
  const PadPtr entry_ref(GST_PAD(gst_object_ref(entry)));
  add_probe(tee_pad, GST_PAD_PROBE_TYPE_IDLE, [state, tee_pad, entry](GstPadProbeInfo*) {
    std::lock_guard lock(state->mutex);
    if (!state->done) gst_pad_unlink(tee_pad, entry);
    state->done = true;
    state->changed.notify_all();
    return GST_PAD_PROBE_REMOVE;
  });
  std::unique_lock lock(state->mutex);
  if (state->changed.wait_for(lock, 1s, [&] { return state->done; })) return;
  state->done = true;
  gst_pad_unlink(tee_pad, entry);
}

bool objects_known(GstBuffer* buffer) {
  const NvDsBatchMeta* batch = gst_buffer_get_nvds_batch_meta(buffer);
  if (batch == nullptr) return false;
  for (NvDsMetaList* l = batch->frame_meta_list; l != nullptr; l = l->next) {
    const auto* frame = static_cast<NvDsFrameMeta*>(l->data);
    if (frame->bInferDone || frame->num_obj_meta > 0) return true;
  }
  return false;
}

// Between inferences nothing is known of a picture: drawn upon, it would look empty.
void drop_unknown(GstPad* pad) {
  add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, [](GstPadProbeInfo* info) {
    return objects_known(GST_PAD_PROBE_INFO_BUFFER(info)) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
  });
}

}  // namespace

Branch::Branch(const std::string& name, size_t slot, const BranchTemplate& from, Watch watch)
    : bin_(new_bin(name)), elements_(GST_BIN(bin_.get()), name + "-", nullptr) {
  set_owner(bin_.get(), std::make_shared<BranchOwner>(slot, watch.on_error));
  elements_.add(from.nodes);
  elements_.link(from.links);
  exit_ = elements_.at(from.exit);
  const PadPtr target = elements_.pad({from.entry, ""}, GST_PAD_SINK);
  entry_ = gst_ghost_pad_new("sink", target.get());
  gst_element_add_pad(bin_.get(), entry_);
  if (from.needs_objects) drop_unknown(entry_);
  prepare_sink(watch);
}

Branch::~Branch() { detach(); }

// A sink that waited for its first picture would take the whole pipeline out of PLAYING.
void Branch::prepare_sink(Watch& watch) {
  if (!GST_IS_APP_SINK(exit_))
    throw Failure(code::kGraph, std::string("node \"") + GST_OBJECT_NAME(exit_) + "\" must be an appsink");
  g_object_set(exit_, "async", FALSE, "sync", FALSE, "max-buffers", 1, "drop", TRUE, "wait-on-eos", FALSE,
               nullptr);
  using OnSample = std::function<void()>;
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = [](GstAppSink*, gpointer data) {
    (*static_cast<OnSample*>(data))();
    return GST_FLOW_OK;
  };
  gst_app_sink_set_callbacks(GST_APP_SINK(exit_), &callbacks, new OnSample(std::move(watch.on_sample)),
                             [](gpointer data) { delete static_cast<OnSample*>(data); });
}

void Branch::attach(GstElement* pipeline, GstElement* tee) {
  gst_bin_add(GST_BIN(pipeline), bin_.get());
  pipeline_.reset(ref(pipeline));
  if (!gst_element_sync_state_with_parent(bin_.get()))
    throw Failure(code::kBranch, std::string(GST_OBJECT_NAME(bin_.get())) + " does not start");
  tee_.reset(ref(tee));
  tee_pad_ = pad_of(tee, {GST_OBJECT_NAME(tee), "src_%u"}, GST_PAD_SRC);
  link_pads(tee_pad_.get(), entry_, std::string(GST_OBJECT_NAME(tee)) + " and the branch");
}

std::optional<Bytes> Branch::take_sample() {
  GstSample* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(exit_), 0);
  if (sample == nullptr) return {};
  std::optional<Bytes> bytes;
  GstMapInfo map;
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  if (buffer != nullptr && gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    bytes.emplace(map.data, map.data + map.size);
    gst_buffer_unmap(buffer, &map);
  }
  gst_sample_unref(sample);
  return bytes;
}

void Branch::detach() {
  if (!pipeline_) return;
  if (tee_pad_) unlink_idle(tee_pad_.get(), entry_);
  gst_element_set_locked_state(bin_.get(), TRUE);
  gst_element_set_state(bin_.get(), GST_STATE_NULL);
  if (tee_pad_) gst_element_release_request_pad(tee_.get(), tee_pad_.get());
  gst_bin_remove(GST_BIN(pipeline_.get()), bin_.get());
}

}  // namespace weir
