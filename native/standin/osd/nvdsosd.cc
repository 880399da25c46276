#include "nvdsosd.h"

#include <gst/base/gstbasetransform.h>
#include <gst/video/video.h>

#include <string>

#include "gstnvdsmeta.h"
#include "painter.h"
#include "property_store.h"

using namespace weir::standin;

namespace {

// The second structure is the stand-in's deviation, and the one it draws on: batches refer to the decoder's
// own pictures, which are not for writing; nvstreamdemux makes the pictures.
#define CAPS                                                     \
  "video/x-raw(memory:NVMM), format = (string) { NV12, RGBA }; " \
  "video/x-raw, format = (string) { I420, NV12 }"
GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(CAPS));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(CAPS));

enum : guint {
  kDisplayClock = 1,
  kDisplayText,
  kDisplayBbox,
  kDisplayMask,
  kClockFont,
  kClockFontSize,
  kClockX,
  kClockY,
  kClockColour,
  kProcessMode,
  kGpuId,
  kBlurClasses,
  kBlurBbox,
  kCount = kBlurBbox,
};

// Accepted and stored, but not acted upon; nor are the rotation angles of boxes.
constexpr guint kNotImplemented[] = {kDisplayMask, kGpuId, kBlurClasses, kBlurBbox};

constexpr const char* kDefaultFont = "Serif";

}  // namespace

struct GstNvDsOsd {
  GstBaseTransform base;
  PropertyStore* properties;
  Painter* painter;  // streaming thread only, as is info
  GstVideoInfo info;
};
struct GstNvDsOsdClass {
  GstBaseTransformClass parent;
};
G_DEFINE_TYPE(GstNvDsOsd, gst_nv_ds_osd, GST_TYPE_BASE_TRANSFORM)

namespace {

GstNvDsOsd* self_of(gpointer object) { return reinterpret_cast<GstNvDsOsd*>(object); }

gboolean set_caps(GstBaseTransform* base, GstCaps* caps, GstCaps*) {
  auto* self = self_of(base);
  if (gst_caps_features_contains(gst_caps_get_features(caps, 0), "memory:NVMM")) {
    GST_ELEMENT_ERROR(
        self, STREAM, FAILED,
        ("the stand-in draws on pictures in system memory only; put nvdsosd behind nvstreamdemux"),
        (nullptr));
    return FALSE;
  }
  if (gst_video_info_from_caps(&self->info, caps)) return TRUE;
  GST_ELEMENT_ERROR(self, STREAM, FAILED, ("caps without size: %" GST_PTR_FORMAT, caps), (nullptr));
  return FALSE;
}

// 0xRRGGBBAA
NvOSD_ColorParams unpack_colour(guint colour) {
  const auto part = [&](int shift) { return (colour >> shift & 0xFF) / 255.0; };
  return {part(24), part(16), part(8), part(0)};
}

// The text belongs to `text` and `font`.
NvOSD_TextParams clock_params(const PropertyStore& p, std::string& text, std::string& font) {
  GDateTime* now = g_date_time_new_now_local();
  gchar* formatted = g_date_time_format(now, "%a %b %e %H:%M:%S %Y");
  text = formatted;
  g_free(formatted);
  g_date_time_unref(now);
  font = p.s(kClockFont);
  NvOSD_TextParams params = {};
  params.display_text = text.data();
  params.x_offset = p.u(kClockX);
  params.y_offset = p.u(kClockY);
  params.font_params = {font.data(), p.u(kClockFontSize), unpack_colour(p.u(kClockColour))};
  return params;
}

GstFlowReturn transform_ip(GstBaseTransform* base, GstBuffer* buffer) {
  auto* self = self_of(base);
  const NvDsBatchMeta* batch = gst_buffer_get_nvds_batch_meta(buffer);
  if (batch == nullptr) return GST_FLOW_OK;
  GstVideoFrame frame;
  if (!gst_video_frame_map(&frame, &self->info, buffer, GST_MAP_READWRITE)) {
    GST_ELEMENT_ERROR(self, RESOURCE, FAILED, ("a picture can not be mapped for drawing"), (nullptr));
    return GST_FLOW_ERROR;
  }
  std::string text, font;
  const PropertyStore& p = *self->properties;
  PaintOptions options{p.b(kDisplayBbox), p.b(kDisplayText), {}};
  if (p.b(kDisplayClock)) options.clock = clock_params(p, text, font);
  Canvas canvas(frame);
  self->painter->paint(canvas, *batch, options);
  gst_video_frame_unmap(&frame);
  return GST_FLOW_OK;
}

void set_property(GObject* object, guint, const GValue* value, GParamSpec* spec) {
  self_of(object)->properties->set("nvdsosd", kNotImplemented, spec, value);
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec*) {
  self_of(object)->properties->get(id, value);
}

void finalize(GObject* object) {
  auto* self = self_of(object);
  delete self->painter;
  delete self->properties;
  G_OBJECT_CLASS(gst_nv_ds_osd_parent_class)->finalize(object);
}

GType process_mode_type() {
  static const GType type = make_enum("GstNvDsOsdMode", {{0, "MODE_CPU"}, {1, "MODE_GPU"}, {2, "MODE_NONE"}});
  return type;
}

// In the order of the ids above.
void install_properties(GObjectClass* klass) {
  PropertyStore::install(
      klass,
      {bool_spec("display-clock", "Draw the time of day", FALSE),
       bool_spec("display-text", "Draw texts", TRUE), bool_spec("display-bbox", "Draw boxes", TRUE),
       bool_spec("display-mask", "Draw masks", TRUE),
       string_spec("clock-font", "Font of the clock", "DEFAULT_FONT"),
       uint_spec("clock-font-size", "Size of the clock's font, in points", 0, 60, 12, kBeforeStart),
       uint_spec("x-clock-offset", "Left edge of the clock", 0, G_MAXUINT, 0, kBeforeStart),
       uint_spec("y-clock-offset", "Top edge of the clock", 0, G_MAXUINT, 0, kBeforeStart),
       uint_spec("clock-color", "Colour of the clock, 0xRRGGBBAA", 0, G_MAXUINT, G_MAXUINT, kBeforeStart),
       enum_spec("process-mode", "What draws", process_mode_type(), 1, kBeforeStart),
       uint_spec("gpu-id", "GPU to use", 0, G_MAXUINT, 0, kBeforeStart),
       string_spec("blur-on-gie-class-ids", "What to blur: gie,class;gie,class", nullptr, kBeforeStart),
       uint_spec("blur-bbox", "0: no blur, 1: box, 2: mask", 0, 2, 0, kBeforeStart)});
}

}  // namespace

static void gst_nv_ds_osd_class_init(GstNvDsOsdClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  install_properties(object);
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_set_static_metadata(element, "On-screen display", "Filter/Editor/Video",
                                        "Draws boxes and texts of batch metadata, on the CPU", "Weir");
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  auto* base = GST_BASE_TRANSFORM_CLASS(klass);
  base->set_caps = set_caps;
  base->transform_ip = transform_ip;
}

// Three declared defaults are not the ones NVIDIA's instances start with.
static void gst_nv_ds_osd_init(GstNvDsOsd* self) {
  self->properties = new PropertyStore(G_OBJECT_GET_CLASS(self), kCount);
  self->properties->set_s(kClockFont, kDefaultFont);
  self->properties->set_u(kClockColour, 0xFF0000FF);
  GValue off = G_VALUE_INIT;
  self->properties->set(kDisplayMask, g_value_init(&off, G_TYPE_BOOLEAN));
  self->painter = new Painter();
  gst_video_info_init(&self->info);
  gst_base_transform_set_in_place(&self->base, TRUE);
}

extern "C" gboolean weir_register_nvdsosd(GstPlugin* plugin) {
  return gst_element_register(plugin, "nvdsosd", GST_RANK_PRIMARY, gst_nv_ds_osd_get_type());
}
