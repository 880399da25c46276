#include "infer/nvinfer.h"

#include <gst/base/gstbasetransform.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "faults/infer_faults.h"
#include "gst-nvdscustomevent.h"
#include "gst-nvevent.h"
#include "gstnvdsmeta.h"
#include "infer/attach.h"
#include "infer/batch_inference.h"
#include "infer/batch_queue.h"
#include "metadata/shed_frame.h"
#include "property_store.h"
#include "warn_once.h"

using namespace weir::standin;

namespace {

enum Property : guint {
  kUniqueId = 1,
  kProcessMode,
  kConfigFile,
  kBatchSize,
  kInterval,
  kInferOnGieId,
  kInferOnClassIds,
  kFilterOutClassIds,
  kEngineFile,
  kGpuId,
  kRawOutput,
  kRawCallback,
  kRawUserData,
  kTensorMeta,
  kInstanceMask,
  kInputTensorMeta,
  kClipOutsideRoi,
  kCropToRoi,
  kStronglyTyped,
  kDynamicProperties,
  // The stand-in's own.
  kStreamRate,
  kThreads,
  kLongestWait,
  kPropertyCount = kLongestWait,
};

// Accepted and stored; the stand-in acts as if they had their defaults.
constexpr guint kNotImplemented[] = {kRawOutput, kRawCallback, kTensorMeta, kInstanceMask, kInputTensorMeta};

#define CAPS "video/x-raw(memory:NVMM), format = (string) { NV12, RGBA }"
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(CAPS));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(CAPS));

guint model_updated_signal;

// One batch is ready when the last is done.
constexpr QueueBound kReady{.batches = 2};
// Those that come while one inference lasts long, so that none is dropped before the mux: so many frames of
// each stream, in batches that may be full or not.
constexpr size_t kFramesThatWait = 8;
constexpr size_t kBatchesThatWait = 32;

// Everything that exists between start and stop.
struct Session {
  std::unique_ptr<Detector> detector;
  std::unique_ptr<BatchInference> inference;  // output thread only
  std::atomic<guint> interval{0};
  guint unique_id = 0;
  guint64 batches = 0;  // streaming thread only
  std::thread output;
};

}  // namespace

struct GstNvInfer {
  GstBaseTransform base;
  PropertyStore* props;
  BatchQueue* queue;
  Session* session;
  guint64* assigned;  // bit n: property n was set, and wins over the configuration file
};
struct GstNvInferClass {
  GstBaseTransformClass parent;
};
G_DEFINE_TYPE(GstNvInfer, gst_nv_infer, GST_TYPE_BASE_TRANSFORM)

namespace {

GstNvInfer* self_of(gpointer object) { return reinterpret_cast<GstNvInfer*>(object); }

// --- output thread ---------------------------------------------------------------------------------------

std::vector<NvDsFrameMeta*> frames_of(const NvDsBatchMeta& meta, const MappedBatch& batch) {
  std::vector<NvDsFrameMeta*> frames;
  for (NvDsMetaList* l = meta.frame_meta_list; l != nullptr; l = l->next) {
    auto* frame = static_cast<NvDsFrameMeta*>(l->data);
    if (batch.picture(frame->batch_id) != nullptr) frames.push_back(frame);
  }
  return frames;
}

// Returns an error text, empty when all went well.
std::string infer_batch(GstNvInfer* self, const QueuedBatch& queued) {
  Session& session = *self->session;
  NvDsBatchMeta* meta = gst_buffer_get_nvds_batch_meta(queued.buffer);
  const InferFaults faults(*meta);
  if (std::string fault = faults.error(); !fault.empty()) return fault;
  const MappedBatch batch(queued.buffer);
  if (batch.surface() == nullptr) return "the buffer holds no NvBufSurface";
  const Detector& detector = *session.detector;
  auto detect = [&](const NvDsFrameMeta& frame) {
    const SlowInference slow(faults);
    const auto& surface = batch.surface()->surfaceList[frame.batch_id];
    return detector.detect(*batch.picture(frame.batch_id), surface.width, surface.height);
  };
  auto pressed = [self] { return self->queue->full(); };
  try {
    for (const DueFrame& due :
         session.inference->run(frames_of(*meta, batch), queued.arrived, pressed, detect))
      if (due.inferred)
        attach_detections(meta, due.frame, due.found, detector, session.unique_id);
      else
        weir::mark_shed(*due.frame);
  } catch (const std::exception& e) {
    return e.what();
  }
  return {};
}

void output_loop(GstNvInfer* self) {
  pthread_setname_np(pthread_self(), "infer:out");
  QueuedBatch batch;
  while (self->queue->take(batch)) {
    const std::string error = batch.infer ? infer_batch(self, batch) : "";
    if (!error.empty()) {
      gst_buffer_unref(batch.buffer);
      GST_ELEMENT_ERROR(self, RESOURCE, FAILED, ("inference failed: %s", error.c_str()), (nullptr));
      self->queue->done(GST_FLOW_ERROR);
      continue;
    }
    const GstFlowReturn flow = gst_pad_push(GST_BASE_TRANSFORM_SRC_PAD(self), batch.buffer);
    if (flow == GST_FLOW_ERROR || flow == GST_FLOW_NOT_LINKED || flow == GST_FLOW_NOT_NEGOTIATED)
      GST_ELEMENT_ERROR(self, STREAM, FAILED, ("pushing downstream failed: %s", gst_flow_get_name(flow)),
                        (nullptr));
    self->queue->done(flow);
  }
}

// --- streaming thread ------------------------------------------------------------------------------------

GstFlowReturn submit_input(GstBaseTransform* base, gboolean, GstBuffer* buffer) {
  auto* self = self_of(base);
  const NvDsBatchMeta* meta = gst_buffer_get_nvds_batch_meta(buffer);
  if (meta == nullptr) {
    gst_buffer_unref(buffer);
    GST_ELEMENT_ERROR(self, STREAM, FAILED, ("NvDsBatchMeta not found for input buffer"), (nullptr));
    return GST_FLOW_ERROR;
  }
  Session& session = *self->session;
  const guint interval = session.interval;
  const bool infer = session.batches++ % (interval + 1) == 0;
  // Metadata is added to it: no other branch may hold this buffer.
  const size_t frames = meta->num_frames_in_batch;
  return self->queue->put({gst_buffer_make_writable(buffer), frames, infer, BatchInference::Clock::now()});
}

GstFlowReturn generate_output(GstBaseTransform*, GstBuffer** out) {
  *out = nullptr;  // the output thread pushes
  return GST_FLOW_OK;
}

void take_interval(GstNvInfer* self, GstEvent* event) {
  guint interval = 0;
  if (gst_structure_get_uint(gst_event_get_structure(event), "interval", &interval)) {
    self->session->interval = interval;
    self->props->set_u(kInterval, interval);
  }
}

gboolean on_sink_event(GstBaseTransform* base, GstEvent* event) {
  auto* self = self_of(base);
  const bool drains = GST_EVENT_IS_SERIALIZED(event) && GST_EVENT_TYPE(event) != GST_EVENT_TAG;
  if (drains && self->session != nullptr) {
    self->queue->drain();
    guint pad = 0;
    switch (static_cast<guint>(GST_EVENT_TYPE(event))) {
      case GST_NVEVENT_PAD_DELETED:
        gst_nvevent_parse_pad_deleted(event, &pad);
        self->session->inference->forget(pad);  // the output thread is idle: the queue is drained
        break;
      case GST_NVEVENT_INFER_INTERVAL_UPDATE:
        take_interval(self, event);
        break;
      case GST_EVENT_EOS:
        self->session->batches = 0;
        break;
      case GST_EVENT_FLUSH_STOP:
        self->queue->reset_flow();
        break;
      default:
        break;
    }
  }
  return GST_BASE_TRANSFORM_CLASS(gst_nv_infer_parent_class)->sink_event(base, event);
}

// --- start and stop --------------------------------------------------------------------------------------

bool was_set(GstNvInfer* self, Property property) { return (*self->assigned >> property & 1) != 0; }

std::vector<int> split_ids(const std::string& text, char separator) {
  std::vector<int> ids;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, separator);)
    if (!part.empty()) ids.push_back(std::atoi(part.c_str()));
  return ids;
}

// Properties win over the file's keys. NVIDIA's element reads the file when it is named, so that whatever is
// set later overwrites; what was set before, it leaves alone.
InferSettings settings_of(GstNvInfer* self) {
  InferSettings s = read_infer_config(self->props->s(kConfigFile));
  if (was_set(self, kUniqueId)) s.unique_id = self->props->u(kUniqueId);
  if (was_set(self, kProcessMode)) s.process_mode = self->props->e(kProcessMode);
  if (was_set(self, kBatchSize)) s.batch_size = self->props->u(kBatchSize);
  if (was_set(self, kInterval)) s.interval = self->props->u(kInterval);
  if (was_set(self, kCropToRoi)) s.crop_to_roi = self->props->b(kCropToRoi);
  if (was_set(self, kFilterOutClassIds))
    s.filter_out_classes = split_ids(self->props->s(kFilterOutClassIds), ';');
  return s;
}

unsigned thread_count(GstNvInfer* self) {
  const guint asked = self->props->u(kThreads);
  return asked > 0 ? asked : std::clamp(std::thread::hardware_concurrency(), 1u, 2u);
}

gboolean start(GstBaseTransform* base) {
  auto* self = self_of(base);
  if (self->props->s(kConfigFile).empty()) {
    GST_ELEMENT_ERROR(self, LIBRARY, SETTINGS, ("Configuration file not provided"),
                      ("set property config-file-path"));
    return FALSE;
  }
  std::optional<InferSettings> settings;
  try {
    settings = settings_of(self);
  } catch (const std::exception& e) {
    GST_ELEMENT_ERROR(self, LIBRARY, SETTINGS, ("Configuration file parsing failed: %s", e.what()),
                      (nullptr));
    return FALSE;
  }
  auto session = std::make_unique<Session>();
  try {
    if (const std::string fault = InferFaults::start_error(); !fault.empty()) throw std::runtime_error(fault);
    session->interval = settings->interval;
    session->unique_id = settings->unique_id;
    session->detector = std::make_unique<Detector>(*settings);
  } catch (const std::exception& e) {
    GST_ELEMENT_ERROR(self, RESOURCE, FAILED, ("Failed to create the inference context: %s", e.what()),
                      ("Config file path: %s", self->props->s(kConfigFile).c_str()));
    return FALSE;
  }
  self->props->set_u(kUniqueId, settings->unique_id);
  self->props->set_u(kBatchSize, settings->batch_size);
  self->props->set_u(kInterval, settings->interval);
  const QueueBound waiting{kBatchesThatWait, kFramesThatWait * settings->batch_size};
  const std::chrono::milliseconds longest_wait(self->props->u(kLongestWait));
  session->inference = std::make_unique<BatchInference>(BatchInference::Options{
      .rate = self->props->d(kStreamRate), .threads = thread_count(self), .longest_wait = longest_wait});
  self->session = session.release();
  self->queue->open(longest_wait.count() > 0 ? waiting : kReady);
  self->session->output = std::thread(output_loop, self);
  g_signal_emit(self, model_updated_signal, 0, 0, self->props->s(kConfigFile).c_str());
  return TRUE;
}

gboolean stop(GstBaseTransform* base) {
  auto* self = self_of(base);
  if (self->session == nullptr) return TRUE;
  self->queue->close();
  self->session->output.join();  // not blocked in a push: downstream was deactivated before
  delete self->session;
  self->session = nullptr;
  return TRUE;
}

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  auto* self = self_of(object);
  self->props->set("nvinfer", kNotImplemented, spec, value);
  *self->assigned |= guint64{1} << id;
  const bool swaps_model = (id == kConfigFile || id == kEngineFile) && self->session != nullptr;
  if (swaps_model) warn_once("nvinfer: changing the model while running is not implemented");
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec*) {
  self_of(object)->props->get(id, value);
}

void finalize(GObject* object) {
  auto* self = self_of(object);
  delete self->props;
  delete self->queue;
  delete self->assigned;
  G_OBJECT_CLASS(gst_nv_infer_parent_class)->finalize(object);
}

void install_properties(GObjectClass* klass) {
  const GType mode = make_enum("GstNvInferProcessModeType", {{1, "primary"}, {2, "secondary"}});
  auto p = [](const char* name, const char* blurb) {
    return g_param_spec_pointer(name, name, blurb, kReadWrite);
  };
  PropertyStore::install(
      klass,
      {uint_spec("unique-id", "Written into unique_component_id", 0, G_MAXUINT, 15),
       enum_spec("process-mode", "Whole frames or objects", mode, 1),
       string_spec("config-file-path", "Configuration file", ""),
       uint_spec("batch-size", "Most frames inferred together", 1, 1024, 1),
       uint_spec("interval", "Batches skipped after an inferred one", 0, G_MAXINT, 0),
       int_spec("infer-on-gie-id", "Objects of this detector only", -1, G_MAXINT, -1),
       string_spec("infer-on-class-ids", "Objects of these classes only, colons between", ""),
       string_spec("filter-out-class-ids", "Classes to drop, semicolons between", ""),
       string_spec("model-engine-file", "TensorRT engine", ""),
       uint_spec("gpu-id", "GPU", 0, G_MAXUINT, 0),
       bool_spec("raw-output-file-write", "Write raw outputs to files", FALSE),
       p("raw-output-generated-callback", "Called with raw outputs"),
       p("raw-output-generated-userdata", "Passed to the callback"),
       bool_spec("output-tensor-meta", "Attach raw tensors", FALSE),
       bool_spec("output-instance-mask", "Attach masks", FALSE),
       bool_spec("input-tensor-meta", "Take tensors from nvdspreprocess", FALSE),
       bool_spec("clip-object-outside-roi", "Clip objects to the region", TRUE),
       bool_spec("crop-objects-to-roi-boundary", "Shrink objects to the region", FALSE),
       bool_spec("strongly-typed", "Strongly typed network", FALSE),
       string_spec("dynamic-properties", "Stored, not applied", ""),
       g_param_spec_double("stream-rate", "stream-rate",
                           "Stand-in only: inferences per second and stream; 0 infers every frame", 0, 1000,
                           0, kReadWrite),
       uint_spec("inference-threads", "Stand-in only: frames inferred at the same time; 0 chooses", 0, 64, 0),
       uint_spec("longest-wait",
                 "Stand-in only: milliseconds after which no frame of a batch is begun; 0 infers all", 0,
                 60000, 0)});
}

}  // namespace

static void gst_nv_infer_class_init(GstNvInferClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  auto* element = GST_ELEMENT_CLASS(klass);
  auto* base = GST_BASE_TRANSFORM_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  install_properties(object);
  model_updated_signal = g_signal_new("model-updated", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0,
                                      nullptr, nullptr, nullptr, G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_STRING);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "Inference (CPU stand-in)", "Generic", "Detects objects",
                                        "Weir");
  base->start = start;
  base->stop = stop;
  base->submit_input_buffer = submit_input;
  base->generate_output = generate_output;
  base->sink_event = on_sink_event;
  base->passthrough_on_same_caps = FALSE;
}

static void gst_nv_infer_init(GstNvInfer* self) {
  self->props = new PropertyStore(G_OBJECT_GET_CLASS(self), kPropertyCount);
  self->queue = new BatchQueue;
  self->assigned = new guint64(0);
  gst_base_transform_set_in_place(&self->base, TRUE);
}

gboolean weir_register_nvinfer(GstPlugin* plugin) {
  return gst_element_register(plugin, "nvinfer", GST_RANK_PRIMARY, gst_nv_infer_get_type());
}
