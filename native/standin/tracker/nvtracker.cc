#include "nvtracker.h"

#include <gst/base/gstbasetransform.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "batch_tracker.h"
#include "gst-nvdscustomevent.h"
#include "gst-nvevent.h"
#include "gst-nvquery.h"
#include "gstnvdsmeta.h"
#include "property_store.h"
#include "surface/batch_surface.h"

GST_DEBUG_CATEGORY_STATIC(nvtracker_debug);
#define GST_CAT_DEFAULT nvtracker_debug

using namespace weir::standin;

namespace {

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("video/x-raw(memory:NVMM), format = (string) { I420, NV12, RGBA }"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("video/x-raw(memory:NVMM), format = (string) { I420, NV12, RGBA }"));

enum : guint {
  kTrackerWidth = 1,
  kTrackerHeight,
  kGpuId,
  kConfigFile,
  kLibFile,
  kSurfaceType,
  kDisplayId,
  kIdResetMode,
  kInputTensorMeta,
  kTensorMetaGieId,
  kUserMetaPoolSize,
  kSubBatches,
  kSubBatchTrials,
  kClassIds,
  kComputeHw,
  kCount = kComputeHw,
};

// Accepted and stored, but not acted upon. The low-level library has a like table for its keys.
constexpr guint kNotImplemented[] = {kGpuId,           kSurfaceType,      kInputTensorMeta,
                                     kTensorMetaGieId, kUserMetaPoolSize, kSubBatches,
                                     kSubBatchTrials,  kComputeHw};

}  // namespace

struct GstNvTracker {
  GstBaseTransform base;
  PropertyStore* properties;
  // Lives until the element does, as NVIDIA's: stop() leaves it alone. Touched by start() and under the
  // stream lock of the sink pad, which serialized events take too.
  BatchTracker* tracker;
};
struct GstNvTrackerClass {
  GstBaseTransformClass parent;
};
G_DEFINE_TYPE(GstNvTracker, gst_nv_tracker, GST_TYPE_BASE_TRANSFORM)

namespace {

GstNvTracker* self_of(gpointer object) { return reinterpret_cast<GstNvTracker*>(object); }

// What upstream answers to a query of one number; 1 when nobody does.
guint ask(GstNvTracker* self, GstQuery* query, gboolean (*parse)(GstQuery*, guint*)) {
  guint answer = 0;
  if (!gst_pad_peer_query(self->base.sinkpad, query) || !parse(query, &answer) || answer == 0) answer = 1;
  gst_query_unref(query);
  return answer;
}

std::set<int> parse_class_ids(const std::string& text) {
  std::set<int> ids;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ';');) {
    int id = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), id);
    if (error != std::errc() || end != part.data() + part.size())
      throw std::runtime_error("operate-on-class-ids is \"" + text + "\"; expected numbers such as \"0;2\"");
    ids.insert(id);
  }
  return ids;
}

std::unique_ptr<BatchTracker> make_tracker(GstNvTracker* self) {
  const PropertyStore& p = *self->properties;
  const guint streams = ask(self, gst_nvquery_numStreams_size_new(), gst_nvquery_numStreams_size_parse);
  const guint batch = ask(self, gst_nvquery_batch_size_new(), gst_nvquery_batch_size_parse);
  const std::string files = p.s(kConfigFile);
  MotSettings settings;
  settings.library = p.s(kLibFile);
  settings.config_file = files.substr(0, files.find(';'));
  settings.max_streams = std::max(streams, batch);
  settings.gpu_id = p.u(kGpuId);
  TrackerOptions options;
  options.batch_size = batch;
  options.width = p.u(kTrackerWidth);
  options.height = p.u(kTrackerHeight);
  options.id_reset_mode = p.u(kIdResetMode);
  options.class_ids = parse_class_ids(p.s(kClassIds));
  return std::make_unique<BatchTracker>(settings, options);
}

// A failure posts no message, as with NVIDIA's; the text is all there is.
gboolean start(GstBaseTransform* base) {
  auto* self = self_of(base);
  try {
    auto tracker = make_tracker(self);
    delete std::exchange(self->tracker, tracker.release());
    return TRUE;
  } catch (const std::exception& e) {
    GST_ERROR_OBJECT(self, "%s", e.what());
    g_printerr("nvtracker %s: %s\n", GST_OBJECT_NAME(self), e.what());
    return FALSE;
  }
}

SurfaceSize size_of(const MappedBatch& mapped, const NvDsFrameMeta& frame) {
  const NvBufSurface* surface = mapped.surface();
  if (surface != nullptr && frame.batch_id < surface->numFilled)
    return {surface->surfaceList[frame.batch_id].width, surface->surfaceList[frame.batch_id].height};
  if (frame.pipeline_width > 0) return {frame.pipeline_width, frame.pipeline_height};
  return {frame.source_frame_width, frame.source_frame_height};
}

GstFlowReturn transform_ip(GstBaseTransform* base, GstBuffer* buffer) {
  auto* self = self_of(base);
  NvDsBatchMeta* batch = gst_buffer_get_nvds_batch_meta(buffer);
  if (batch == nullptr) {
    GST_ELEMENT_ERROR(self, STREAM, FAILED, ("a buffer without batch metadata; put nvstreammux upstream"),
                      (nullptr));
    return GST_FLOW_ERROR;
  }
  if (batch->frame_meta_list == nullptr) return GST_FLOW_OK;
  try {
    const MappedBatch mapped(buffer);
    self->tracker->set_display_id(self->properties->b(kDisplayId));
    self->tracker->track(*batch, [&](const NvDsFrameMeta& frame) { return size_of(mapped, frame); });
    return GST_FLOW_OK;
  } catch (const std::exception& e) {
    GST_ELEMENT_ERROR(self, STREAM, FAILED, ("%s", e.what()), (nullptr));
    return GST_FLOW_ERROR;
  }
}

// Pushes by itself: the base class would hand downstream's answer to upstream, which never learns it from
// a tracker.
GstFlowReturn generate_output(GstBaseTransform* base, GstBuffer** out) {
  const GstFlowReturn flow =
      GST_BASE_TRANSFORM_CLASS(gst_nv_tracker_parent_class)->generate_output(base, out);
  if (flow == GST_FLOW_OK && *out != nullptr) gst_pad_push(base->srcpad, std::exchange(*out, nullptr));
  return flow;
}

// Unreadable or empty files and bad content are only logged.
void update_config(GstNvTracker* self, GstEvent* event) {
  const GstStructure* structure = gst_event_get_structure(event);
  const char* path = structure == nullptr ? nullptr : gst_structure_get_string(structure, "config_path");
  std::ostringstream text;
  std::ifstream file(path == nullptr ? "" : path);
  if (!file || !(text << file.rdbuf()))
    GST_ERROR_OBJECT(self, "config update: %s can not be read or is empty",
                     path == nullptr ? "(none)" : path);
  else if (!self->tracker->update(text.str()))
    GST_ERROR_OBJECT(self, "config update: the library refused %s", path);
}

bool handle_event(GstNvTracker* self, GstEvent* event) {
  guint pad = 0;
  switch (static_cast<guint>(GST_EVENT_TYPE(event))) {
    case GST_NVEVENT_PAD_DELETED:
      gst_nvevent_parse_pad_deleted(event, &pad);
      return self->tracker->pad_deleted(pad);
    case GST_NVEVENT_STREAM_RESET:
      gst_nvevent_parse_stream_reset(event, &pad);
      return self->tracker->stream_reset(pad);
    case GST_NVEVENT_STREAM_EOS:
      gst_nvevent_parse_stream_eos(event, &pad);
      return self->tracker->stream_eos(pad);
    case GST_NVEVENT_NVTRACKER_CONFIG_UPDATE:
      update_config(self, event);
      return true;
    default:
      return true;
  }
}

gboolean sink_event(GstBaseTransform* base, GstEvent* event) {
  auto* self = self_of(base);
  if (self->tracker != nullptr && !handle_event(self, event)) {
    GST_ERROR_OBJECT(self, "the library could not remove the stream of %" GST_PTR_FORMAT, event);
    gst_event_unref(event);
    return FALSE;
  }
  return GST_BASE_TRANSFORM_CLASS(gst_nv_tracker_parent_class)->sink_event(base, event);
}

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  PropertyStore& properties = *self_of(object)->properties;
  const std::string old = id == kConfigFile ? properties.s(id) : "";
  const char* added = old.empty() ? nullptr : g_value_get_string(value);
  if (added != nullptr)
    properties.set_s(id, old + ";" + added);  // a second file is one more, not another
  else
    properties.set("nvtracker", kNotImplemented, spec, value);
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec*) {
  self_of(object)->properties->get(id, value);
}

void finalize(GObject* object) {
  auto* self = self_of(object);
  delete self->tracker;
  delete self->properties;
  G_OBJECT_CLASS(gst_nv_tracker_parent_class)->finalize(object);
}

GType compute_hw_type() {
  static const GType type = make_enum("GstNvTrackerComputeHW", {{0, "Default"}, {1, "GPU"}, {2, "VIC"}});
  return type;
}

// In the order of the ids above.
void install_properties(GObjectClass* klass) {
  PropertyStore::install(
      klass,
      {uint_spec("tracker-width", "Width boxes are tracked in; 0: the surface's", 0, G_MAXUINT, 960,
                 kBeforeStart),
       uint_spec("tracker-height", "Height boxes are tracked in; 0: the surface's", 0, G_MAXUINT, 544,
                 kBeforeStart),
       uint_spec("gpu-id", "GPU to use", 0, G_MAXUINT, 0, kBeforeStart),
       string_spec("ll-config-file", "Low-level configuration, YAML; ';' separates sub-batches", nullptr),
       string_spec("ll-lib-file", "Low-level tracker library; mandatory", nullptr),
       uint_spec("tracking-surface-type", "Surface type to track", 0, G_MAXUINT, 0, kBeforeStart),
       bool_spec("display-tracking-id", "Append the id to the object's text", TRUE),
       uint_spec("tracking-id-reset-mode", "Bit 0: new ids after a reset; bit 1: ids from zero after EOS", 0,
                 3, 0, kBeforeStart),
       bool_spec("input-tensor-meta", "Use tensor metadata from upstream", FALSE),
       uint_spec("tensor-meta-gie-id", "Whose tensor metadata to use", 0, G_MAXUINT, 0, kBeforeStart),
       uint_spec("user-meta-pool-size", "Size of the pool of user metadata", 1, G_MAXUINT, 32, kBeforeStart),
       string_spec("sub-batches", "How the batch is split", "{}"),
       int_spec("sub-batch-err-recovery-trial-cnt", "Times a failed sub-batch is restarted; -1: always", -1,
                G_MAXINT, 0),
       string_spec("operate-on-class-ids", "Classes to track, ';' between them; empty: all", "",
                   kBeforeStart),
       enum_spec("compute-hw", "What scales pictures", compute_hw_type(), 0)});
}

}  // namespace

static void gst_nv_tracker_class_init(GstNvTrackerClass* klass) {
  GST_DEBUG_CATEGORY_INIT(nvtracker_debug, "nvtracker", 0, "object tracker");
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  install_properties(object);
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_set_static_metadata(element, "Object tracker", "Video/Tracker",
                                        "Gives objects ids by a low-level tracker library, on the CPU",
                                        "Weir");
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  auto* base = GST_BASE_TRANSFORM_CLASS(klass);
  base->start = start;
  base->transform_ip = transform_ip;
  base->generate_output = generate_output;
  base->sink_event = sink_event;
}

static void gst_nv_tracker_init(GstNvTracker* self) {
  self->properties = new PropertyStore(G_OBJECT_GET_CLASS(self), kCount);
  self->properties->set_u(kIdResetMode, kNewIdsOnReset);  // the declared default, 0, is not the real one
  gst_base_transform_set_in_place(&self->base, TRUE);
}

extern "C" gboolean weir_register_nvtracker(GstPlugin* plugin) {
  return gst_element_register(plugin, "nvtracker", GST_RANK_PRIMARY, gst_nv_tracker_get_type());
}
