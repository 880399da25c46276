#include "demux/nvstreamdemux.h"

#include <map>
#include <mutex>

#include "demux/picture_copy.h"
#include "gst-nvevent.h"
#include "gst-nvquery.h"
#include "gstnvdsmeta.h"

using namespace weir::standin;

namespace {

#define FORMATS_NVMM "video/x-raw(memory:NVMM), format = (string) { NV12, RGBA, I420 }"

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(FORMATS_NVMM));
// The second structure is the stand-in's deviation, and the only one it produces: system memory.
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src_%u", GST_PAD_SRC, GST_PAD_REQUEST,
                            GST_STATIC_CAPS(FORMATS_NVMM "; video/x-raw, format = (string) { I420, NV12 }"));

struct Output {
  GstPad* pad;
  PictureCopier copier;
  bool started = false;

  explicit Output(GstPad* p) : pad(GST_PAD(gst_object_ref(p))) {}
  ~Output() { gst_object_unref(pad); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
};

}  // namespace

struct GstNvStreamDemux {
  GstElement element;
  GstPad* sink;
  std::mutex* mutex;  // guards outputs; never held while pushing
  std::map<guint, std::shared_ptr<Output>>* outputs;
  GstVideoInfo* canvas;  // streaming thread only
};
struct GstNvStreamDemuxClass {
  GstElementClass parent;
};
G_DEFINE_TYPE(GstNvStreamDemux, gst_nv_stream_demux, GST_TYPE_ELEMENT)

namespace {

GstNvStreamDemux* self_of(gpointer object) { return reinterpret_cast<GstNvStreamDemux*>(object); }

std::shared_ptr<Output> output_of(GstNvStreamDemux* self, guint number) {
  std::lock_guard lock(*self->mutex);
  auto found = self->outputs->find(number);
  return found == self->outputs->end() ? nullptr : found->second;
}

void start_output(GstNvStreamDemux* self, Output& output) {
  if (output.started) return;
  output.started = true;
  g_autofree gchar* id = gst_pad_create_stream_id(output.pad, &self->element, GST_PAD_NAME(output.pad));
  gst_pad_push_event(output.pad, gst_event_new_stream_start(id));
  GstCaps* caps = gst_video_info_to_caps(self->canvas);
  gst_pad_push_event(output.pad, gst_event_new_caps(caps));
  gst_caps_unref(caps);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(output.pad, gst_event_new_segment(&segment));
}

void attach_frame(GstBuffer* buffer, NvDsFrameMeta* frame) {
  NvDsBatchMeta* single = nvds_create_batch_meta(1);
  single->base_meta.meta_type = NVDS_BATCH_META;
  NvDsFrameMeta* copy = nvds_acquire_frame_meta_from_pool(single);
  nvds_copy_frame_meta(frame, copy);
  copy->batch_id = 0;
  nvds_add_frame_meta_to_batch(single, copy);
  NvDsMeta* carrier = gst_buffer_add_nvds_meta(buffer, single, nullptr, nvds_batch_meta_copy_func,
                                               nvds_batch_meta_release_func);
  carrier->meta_type = NVDS_BATCH_GST_META;
}

GstFlowReturn push_frame(GstNvStreamDemux* self, const MappedBatch& batch, NvDsFrameMeta* frame) {
  const auto output = output_of(self, frame->pad_index);
  const Picture* picture = batch.picture(frame->batch_id);
  if (output == nullptr || picture == nullptr || !gst_pad_is_linked(output->pad)) return GST_FLOW_OK;
  start_output(self, *output);
  GstBuffer* buffer = output->copier.make(*picture, *self->canvas);
  if (buffer == nullptr) return GST_FLOW_ERROR;
  GST_BUFFER_PTS(buffer) = frame->buf_pts;
  attach_frame(buffer, frame);
  const GstFlowReturn flow = gst_pad_push(output->pad, buffer);
  return flow == GST_FLOW_NOT_LINKED ? GST_FLOW_OK : flow;
}

GstFlowReturn on_buffer(GstPad*, GstObject* parent, GstBuffer* buffer) {
  auto* self = self_of(parent);
  NvDsBatchMeta* meta = gst_buffer_get_nvds_batch_meta(buffer);
  GstFlowReturn flow = GST_FLOW_OK;
  {
    MappedBatch batch(buffer);
    if (meta == nullptr || batch.surface() == nullptr || self->canvas->finfo == nullptr) {
      GST_ELEMENT_ERROR(self, STREAM, FAILED, ("a buffer without batch metadata or surface"), (nullptr));
      flow = GST_FLOW_ERROR;
    } else {
      for (NvDsMetaList* l = meta->frame_meta_list; l != nullptr; l = l->next)
        flow = push_frame(self, batch, static_cast<NvDsFrameMeta*>(l->data));
    }
  }
  gst_buffer_unref(buffer);
  return flow;
}

void take_caps(GstNvStreamDemux* self, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  GstStructure* s = gst_caps_get_structure(caps, 0);
  int width = 0, height = 0;
  gst_structure_get_int(s, "width", &width);
  gst_structure_get_int(s, "height", &height);
  gst_video_info_set_format(self->canvas, GST_VIDEO_FORMAT_I420, width, height);
  gst_structure_get_fraction(s, "framerate", &self->canvas->fps_n, &self->canvas->fps_d);
}

void push_to_all(GstNvStreamDemux* self, GstEvent* event) {
  std::vector<std::shared_ptr<Output>> all;
  {
    std::lock_guard lock(*self->mutex);
    for (auto& [number, output] : *self->outputs) all.push_back(output);
  }
  for (auto& output : all)
    if (output->started) gst_pad_push_event(output->pad, gst_event_ref(event));
}

gboolean on_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  auto* self = self_of(parent);
  switch (static_cast<guint>(GST_EVENT_TYPE(event))) {
    case GST_EVENT_CAPS:
      take_caps(self, event);
      break;
    case GST_NVEVENT_STREAM_EOS:  // the legacy element hands it to every branch
    case GST_EVENT_EOS:
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_FLUSH_STOP:
      push_to_all(self, event);
      break;
    default:
      break;  // every branch has its own stream-start, caps and segment
  }
  gst_event_unref(event);
  return TRUE;
}

gboolean on_sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (gst_nvquery_is_batch_size(query)) return FALSE;
  if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION) return FALSE;
  return gst_pad_query_default(pad, parent, query);
}

gboolean on_src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (gst_nvquery_is_batch_size(query)) {
    gst_nvquery_batch_size_set(query, 1);
    return TRUE;
  }
  return gst_pad_query_default(pad, parent, query);
}

GstPad* request_pad(GstElement* element, GstPadTemplate* templ, const gchar* name, const GstCaps*) {
  auto* self = self_of(element);
  guint number = 0;
  if (name == nullptr || std::sscanf(name, "src_%u", &number) != 1) return nullptr;
  std::unique_lock lock(*self->mutex);
  if (self->outputs->count(number) != 0) return nullptr;
  GstPad* pad = gst_pad_new_from_template(templ, name);
  gst_pad_set_query_function(pad, on_src_query);
  (*self->outputs)[number] = std::make_shared<Output>(pad);
  lock.unlock();
  gst_pad_set_active(pad, TRUE);
  gst_element_add_pad(element, pad);
  return pad;
}

void release_pad(GstElement* element, GstPad* pad) {
  auto* self = self_of(element);
  {
    std::lock_guard lock(*self->mutex);
    std::erase_if(*self->outputs, [&](const auto& entry) { return entry.second->pad == pad; });
  }
  gst_pad_set_active(pad, FALSE);
  gst_element_remove_pad(element, pad);
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  auto* self = self_of(element);
  const auto result = GST_ELEMENT_CLASS(gst_nv_stream_demux_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    std::lock_guard lock(*self->mutex);
    for (auto& [number, output] : *self->outputs) output->started = false;
  }
  return result;
}

void finalize(GObject* object) {
  auto* self = self_of(object);
  delete self->outputs;
  delete self->mutex;
  delete self->canvas;
  G_OBJECT_CLASS(gst_nv_stream_demux_parent_class)->finalize(object);
}

// Accepted for the legacy element's sake; its default is unconfirmed and the stand-in always hands STREAM_EOS
// on.
enum { kPerStreamEos = 1 };
void set_property(GObject*, guint, const GValue*, GParamSpec*) {}
void get_property(GObject*, guint, GValue* value, GParamSpec*) { g_value_set_boolean(value, FALSE); }

}  // namespace

static void gst_nv_stream_demux_class_init(GstNvStreamDemuxClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  auto* element = GST_ELEMENT_CLASS(klass);
  object->finalize = finalize;
  object->set_property = set_property;
  object->get_property = get_property;
  g_object_class_install_property(
      object, kPerStreamEos,
      g_param_spec_boolean("per-stream-eos", "per-stream-eos", "Accepted and has no effect", FALSE,
                           static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)));
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "Stream demultiplexer (CPU stand-in)", "Generic",
                                        "Takes batches apart", "Weir");
  element->request_new_pad = request_pad;
  element->release_pad = release_pad;
  element->change_state = change_state;
}

static void gst_nv_stream_demux_init(GstNvStreamDemux* self) {
  self->mutex = new std::mutex;
  self->outputs = new std::map<guint, std::shared_ptr<Output>>;
  self->canvas = new GstVideoInfo{};
  self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sink, on_buffer);
  gst_pad_set_event_function(self->sink, on_event);
  gst_pad_set_query_function(self->sink, on_sink_query);
  gst_element_add_pad(&self->element, self->sink);
}

gboolean weir_register_nvstreamdemux(GstPlugin* plugin) {
  return gst_element_register(plugin, "nvstreamdemux", GST_RANK_PRIMARY, gst_nv_stream_demux_get_type());
}
