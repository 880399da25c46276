#include "mux/nvstreammux.h"

#include <atomic>
#include <memory>
#include <string>

#include "faults/mux_faults.h"
#include "gst-nvevent.h"
#include "gst-nvquery.h"
#include "mux/batch_builder.h"
#include "mux/batcher.h"
#include "mux/properties.h"
#include "property_store.h"

using namespace weir::standin;

namespace {

GST_DEBUG_CATEGORY_STATIC(debug_category);
#define GST_CAT_DEFAULT debug_category

constexpr gint64 kReleaseWaitUs = 5 * G_USEC_PER_SEC;

#define FORMATS_NVMM "video/x-raw(memory:NVMM), format = (string) { NV12, RGBA, I420 }"

// The second structure of the sink is the stand-in's deviation: system memory straight from a CPU decoder.
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink_%u", GST_PAD_SINK, GST_PAD_REQUEST,
                            GST_STATIC_CAPS(FORMATS_NVMM "; video/x-raw, format = (string) { I420, NV12 }"));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(FORMATS_NVMM));

}  // namespace

struct GstNvStreamMux {
  GstElement element;
  GstPad* src;
  PropertyStore* props;
  Batcher* batcher;
  BatchBuilder* builder;  // streaming task only
  std::atomic<bool>* eos_sent;
  bool caps_sent;     // streaming task only
  bool started_sent;  // streaming task only
  bool segment_sent;  // streaming task only
};
struct GstNvStreamMuxClass {
  GstElementClass parent;
};
G_DEFINE_TYPE(GstNvStreamMux, gst_nv_stream_mux, GST_TYPE_ELEMENT)

namespace {

GstNvStreamMux* self_of(gpointer object) { return reinterpret_cast<GstNvStreamMux*>(object); }

// What the mux knows of one request pad; owned by the pad, used by its streaming thread only.
struct PadState {
  guint number;
  GstVideoInfo info;
  bool has_caps = false;
  GstSegment segment;
};

GQuark pad_quark() { return g_quark_from_static_string("weir-mux-pad"); }
PadState* state_of(GstPad* pad) {
  return static_cast<PadState*>(g_object_get_qdata(G_OBJECT(pad), pad_quark()));
}

GstClockTime running_time(GstNvStreamMux* self) {
  GstClock* clock = gst_element_get_clock(&self->element);
  if (clock == nullptr) return GST_CLOCK_TIME_NONE;
  const GstClockTime now = gst_clock_get_time(clock) - gst_element_get_base_time(&self->element);
  gst_object_unref(clock);
  return now;
}

// --- sink pads -------------------------------------------------------------------------------------------

GstFlowReturn on_buffer(GstPad* pad, GstObject* parent, GstBuffer* buffer) {
  auto* self = self_of(parent);
  PadState* state = state_of(pad);
  if (!state->has_caps) {
    gst_buffer_unref(buffer);
    GST_ELEMENT_ERROR(self, STREAM, FAILED, ("a picture without caps on sink_%u", state->number), (nullptr));
    return GST_FLOW_NOT_NEGOTIATED;
  }
  if (!passes_faults(pad, state->info)) {
    gst_buffer_unref(buffer);
    return GST_FLOW_ERROR;
  }
  MuxFrame frame;
  frame.pad = state->number;
  frame.arrival_us = g_get_monotonic_time();
  if (self->props->b(kAttachSysTs)) frame.ntp_ns = static_cast<guint64>(g_get_real_time()) * 1000;
  frame.pts = GST_BUFFER_PTS(buffer);
  const Placement placement = place(state->info.width, state->info.height, self->props->u(kWidth),
                                    self->props->u(kHeight), self->props->b(kPadding));
  try {
    frame.picture = std::make_unique<Picture>(buffer, state->info, placement);
  } catch (const std::exception& e) {
    gst_buffer_unref(buffer);
    GST_ELEMENT_ERROR(self, STREAM, FAILED, ("sink_%u: %s", state->number, e.what()), (nullptr));
    return GST_FLOW_ERROR;
  }
  gst_buffer_unref(buffer);
  return self->batcher->push(std::move(frame));
}

void notify(GstNvStreamMux* self, guint pad, MuxSignal signal, GstEvent* event = nullptr) {
  std::shared_ptr<GstEvent> shared;
  if (event != nullptr) shared.reset(gst_event_ref(event), [](GstEvent* e) { gst_event_unref(e); });
  self->batcher->notify({pad, signal, std::move(shared)});
}

bool take_caps(GstNvStreamMux* self, PadState* state, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  if (gst_caps_features_contains(gst_caps_get_features(caps, 0), "memory:NVMM")) {
    GST_ELEMENT_ERROR(self, STREAM, FORMAT, ("sink_%u: the stand-in takes system memory only", state->number),
                      ("caps %" GST_PTR_FORMAT, caps));
    return false;
  }
  state->has_caps = gst_video_info_from_caps(&state->info, caps);
  if (state->has_caps) notify(self, state->number, MuxSignal::kCaps, event);
  return state->has_caps;
}

gboolean on_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  auto* self = self_of(parent);
  PadState* state = state_of(pad);
  bool ok = true;
  switch (static_cast<guint>(GST_EVENT_TYPE(event))) {
    case GST_EVENT_STREAM_START:
      *self->eos_sent = false;
      notify(self, state->number, MuxSignal::kStreamStart, event);
      break;
    case GST_EVENT_CAPS:
      ok = take_caps(self, state, event);
      break;
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment(event, &state->segment);
      notify(self, state->number, MuxSignal::kSegment, event);
      break;
    case GST_EVENT_EOS:
      notify(self, state->number, MuxSignal::kEos);
      break;
    case GST_EVENT_FLUSH_START:
      self->batcher->set_pad_flushing(state->number, true);
      break;
    case GST_EVENT_FLUSH_STOP:
      *self->eos_sent = false;
      self->batcher->set_pad_flushing(state->number, false);
      break;
    case GST_NVEVENT_STREAM_RESET:
      notify(self, state->number, MuxSignal::kReset);
      break;
    default:
      break;  // tags, gaps, latency: of no use behind a batch
  }
  gst_event_unref(event);
  return ok;
}

gboolean activate_sink(GstPad* pad, GstObject* parent, GstPadMode mode, gboolean active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  self_of(parent)->batcher->set_pad_flushing(state_of(pad)->number, !active);
  return TRUE;
}

GstPad* request_pad(GstElement* element, GstPadTemplate* templ, const gchar* name, const GstCaps*) {
  auto* self = self_of(element);
  guint number = 0;
  if (name == nullptr || std::sscanf(name, "sink_%u", &number) != 1) {
    GST_ERROR_OBJECT(self, "ask for a numbered pad, such as sink_0");
    return nullptr;
  }
  if (GstPad* existing = gst_element_get_static_pad(element, name)) {
    GST_ERROR_OBJECT(self, "pad %s is in use", name);
    gst_object_unref(existing);
    return nullptr;
  }
  GstPad* pad = gst_pad_new_from_template(templ, name);
  auto* state = new PadState{.number = number};
  gst_segment_init(&state->segment, GST_FORMAT_TIME);
  g_object_set_qdata_full(G_OBJECT(pad), pad_quark(), state,
                          [](gpointer s) { delete static_cast<PadState*>(s); });
  gst_pad_set_chain_function(pad, on_buffer);
  gst_pad_set_event_function(pad, on_event);
  gst_pad_set_activatemode_function(pad, activate_sink);
  self->batcher->add_pad(number);
  notify(self, number, MuxSignal::kAdded);
  gst_element_add_pad(element, pad);  // first: activation looks at the parent
  gst_pad_set_active(pad, TRUE);
  return pad;
}

void release_pad(GstElement* element, GstPad* pad) {
  auto* self = self_of(element);
  const guint number = state_of(pad)->number;
  gst_object_ref(pad);
  gst_pad_set_active(pad, FALSE);
  gst_element_remove_pad(element, pad);
  if (!self->batcher->remove_pad(number, kReleaseWaitUs))
    GST_WARNING_OBJECT(self, "sink_%u: released without PAD_DELETED, the stream is stopped or blocked",
                       number);
  gst_object_unref(pad);
}

// --- streaming task --------------------------------------------------------------------------------------

void send_start(GstNvStreamMux* self) {
  if (self->started_sent) return;
  self->started_sent = true;
  // Made of many streams, it has no upstream id to derive one from.
  gst_pad_push_event(self->src, gst_event_new_stream_start("nvstreammux"));
}

void send_caps(GstNvStreamMux* self, GstEvent* event) {
  if (self->caps_sent || event == nullptr) return;
  self->caps_sent = true;
  GstCaps* in = nullptr;
  gst_event_parse_caps(event, &in);
  GstVideoInfo info;
  gst_video_info_from_caps(&info, in);
  GstCaps* caps = gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "NV12", "width", G_TYPE_INT,
                                      self->props->u(kWidth), "height", G_TYPE_INT, self->props->u(kHeight),
                                      "framerate", GST_TYPE_FRACTION, info.fps_n, info.fps_d, "batch-size",
                                      G_TYPE_INT, self->props->u(kBatchSize), nullptr);
  gst_caps_set_features(caps, 0, gst_caps_features_new("memory:NVMM", nullptr));
  gst_pad_push_event(self->src, gst_event_new_caps(caps));
  gst_caps_unref(caps);
}

void send_segment(GstNvStreamMux* self) {
  if (self->segment_sent) return;
  self->segment_sent = true;
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(self->src, gst_event_new_segment(&segment));
}

void send_pad_eos(GstNvStreamMux* self, guint pad) {
  GstStructure* eos = gst_structure_new("stream-eos", "stream-id", G_TYPE_UINT, pad, nullptr);
  GstMessage* message = gst_message_new_element(GST_OBJECT(self), eos);
  gst_pad_push_event(self->src, gst_event_new_sink_message("stream-eos", message));
  gst_message_unref(message);
  gst_pad_push_event(self->src, gst_nvevent_new_stream_eos(pad));
  if (self->props->b(kResetOnEos)) self->builder->reset_numbers(pad);
}

void end_when_all_ended(GstNvStreamMux* self) {
  if (self->props->b(kDropEos) || *self->eos_sent || !self->batcher->all_ended()) return;
  *self->eos_sent = true;
  gst_pad_push_event(self->src, gst_event_new_eos());
}

void forward(GstNvStreamMux* self, const MuxNotice& notice) {
  send_start(self);
  GstEvent* in = notice.event.get();
  switch (notice.signal) {
    case MuxSignal::kAdded:
      gst_pad_push_event(self->src, gst_nvevent_new_pad_added(notice.pad));
      break;
    case MuxSignal::kStreamStart: {
      const gchar* id = nullptr;
      gst_event_parse_stream_start(in, &id);
      g_autofree gchar* copy = g_strdup(id);
      gst_pad_push_event(self->src, gst_nvevent_new_stream_start(notice.pad, copy));
      break;
    }
    case MuxSignal::kCaps:
      send_caps(self, in);
      break;
    case MuxSignal::kSegment: {
      GstSegment segment;
      gst_event_copy_segment(in, &segment);
      gst_pad_push_event(self->src, gst_nvevent_new_stream_segment(notice.pad, &segment));
      break;
    }
    case MuxSignal::kReset:
      gst_pad_push_event(self->src, gst_nvevent_new_stream_reset(notice.pad));
      if (self->props->b(kResetOnStreamReset)) self->builder->reset_numbers(notice.pad);
      break;
    case MuxSignal::kEos:
      send_pad_eos(self, notice.pad);
      end_when_all_ended(self);
      break;
    case MuxSignal::kDeleted:
      gst_pad_push_event(self->src, gst_nvevent_new_pad_deleted(notice.pad));
      self->builder->reset_numbers(notice.pad);
      end_when_all_ended(self);
      break;
  }
}

GstFlowReturn push_batch(GstNvStreamMux* self, MuxBatch batch) {
  look_for_faults();
  send_segment(self);
  const GstClockTime first_pts = batch.front().pts;
  const BatchBuilder::Canvas canvas{self->props->u(kWidth), self->props->u(kHeight),
                                    self->props->u(kBatchSize)};
  GstBuffer* buffer = self->builder->build(std::move(batch), canvas);
  GST_BUFFER_PTS(buffer) = self->props->b(kLiveSource) ? running_time(self) : first_pts;
  return gst_pad_push(self->src, buffer);
}

void run(gpointer data) {
  auto* self = self_of(data);
  auto item = self->batcher->next();
  if (auto* notice = std::get_if<MuxNotice>(&item)) return forward(self, *notice);
  auto& batch = std::get<MuxBatch>(item);
  if (batch.empty()) {
    gst_pad_pause_task(self->src);
    return;
  }
  const GstFlowReturn flow = push_batch(self, std::move(batch));
  if (flow == GST_FLOW_OK) return;
  self->batcher->stop();
  gst_pad_pause_task(self->src);
  if (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS) GST_ELEMENT_FLOW_ERROR(&self->element, flow);
}

gboolean activate_src(GstPad* pad, GstObject* parent, GstPadMode mode, gboolean active) {
  auto* self = self_of(parent);
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  if (active) {
    self->started_sent = self->caps_sent = self->segment_sent = false;
    *self->eos_sent = false;
    self->batcher->start();
    return gst_pad_start_task(pad, run, self, nullptr);
  }
  self->batcher->stop();
  return gst_pad_stop_task(pad);
}

gboolean on_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  auto* self = self_of(parent);
  if (gst_nvquery_is_batch_size(query)) {
    gst_nvquery_batch_size_set(query, self->props->u(kBatchSize));
    return TRUE;
  }
  if (gst_nvquery_is_numStreams_size(query)) {
    gst_nvquery_numStreams_size_set(query, self->batcher->pad_count());
    return TRUE;
  }
  return gst_pad_query_default(pad, parent, query);
}

// --- element ---------------------------------------------------------------------------------------------

const char* missing_setting(GstNvStreamMux* self) {
  if (self->props->u(kBatchSize) == 0) return "batch-size";
  if (self->props->u(kWidth) == 0) return "width";
  if (self->props->u(kHeight) == 0) return "height";
  return nullptr;
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  auto* self = self_of(element);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (const char* name = missing_setting(self)) {
      GST_ELEMENT_ERROR(element, LIBRARY, SETTINGS, ("property %s must be set above 0", name), (nullptr));
      return GST_STATE_CHANGE_FAILURE;
    }
    self->batcher->configure(self->props->u(kBatchSize), self->props->i(kTimeout));
  }
  return GST_ELEMENT_CLASS(gst_nv_stream_mux_parent_class)->change_state(element, transition);
}

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  auto* self = self_of(object);
  self->props->set("nvstreammux", ignored_mux_properties(), spec, value);
  if (id == kTimeout) self->batcher->set_timeout(g_value_get_int(value));
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec*) {
  self_of(object)->props->get(id, value);
}

void finalize(GObject* object) {
  auto* self = self_of(object);
  delete self->props;
  delete self->batcher;
  delete self->builder;
  delete self->eos_sent;
  G_OBJECT_CLASS(gst_nv_stream_mux_parent_class)->finalize(object);
}

gboolean plugin_init_category() {
  GST_DEBUG_CATEGORY_INIT(debug_category, "nvstreammux", 0, "stand-in batching");
  return TRUE;
}

}  // namespace

static void gst_nv_stream_mux_class_init(GstNvStreamMuxClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  auto* element = GST_ELEMENT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  install_mux_properties(object);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "Stream multiplexer (CPU stand-in)", "Generic",
                                        "Batches pictures of many streams", "Weir");
  element->request_new_pad = request_pad;
  element->release_pad = release_pad;
  element->change_state = change_state;
}

static void gst_nv_stream_mux_init(GstNvStreamMux* self) {
  self->props = new PropertyStore(G_OBJECT_GET_CLASS(self), kPropertyCount);
  self->batcher = new Batcher;
  self->builder = new BatchBuilder;
  self->eos_sent = new std::atomic<bool>(false);
  self->src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_activatemode_function(self->src, activate_src);
  gst_pad_set_query_function(self->src, on_query);
  gst_element_add_pad(&self->element, self->src);
}

gboolean weir_register_nvstreammux(GstPlugin* plugin) {
  return plugin_init_category() &&
         gst_element_register(plugin, "nvstreammux", GST_RANK_PRIMARY, gst_nv_stream_mux_get_type());
}
