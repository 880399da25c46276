#include "pipeline/probe_meter.h"

#include <gst/base/gstbasetransform.h>

#include <cmath>
#include <string>

#include "pipeline/counters.h"
#include "pipeline/failure.h"
#include "pipeline/probe_findings.h"

namespace {

struct WeirMeter {
  GstBaseTransform parent;
};

struct WeirMeterClass {
  GstBaseTransformClass parent_class;
};

GType weir_meter_get_type();
G_DEFINE_TYPE(WeirMeter, weir_meter, GST_TYPE_BASE_TRANSFORM)

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

constexpr double kNsPerMs = 1e6;

GstFlowReturn take_unit(GstBaseTransform*, GstBuffer* unit) {
  const GstClockTime pts = GST_BUFFER_PTS(unit);
  weir::probe_notebook().add(weir::ProbeUnit{
      .time_ms = pts == GST_CLOCK_TIME_NONE ? std::nan("") : static_cast<double>(pts) / kNsPerMs,
      .arrived_ms = static_cast<double>(weir::monotonic_ns()) / kNsPerMs,
      .bytes = gst_buffer_get_size(unit),
      .key = !GST_BUFFER_FLAG_IS_SET(unit, GST_BUFFER_FLAG_DELTA_UNIT)});
  return GST_FLOW_OK;
}

std::string text_of(const GstStructure* structure, const char* field) {
  const char* text = gst_structure_get_string(structure, field);
  return text == nullptr ? "" : text;
}

gboolean take_format(GstBaseTransform*, GstCaps* caps, GstCaps*) {
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  weir::probe_notebook().set_format(text_of(structure, "profile"), text_of(structure, "level"));
  return TRUE;
}

void weir_meter_class_init(WeirMeterClass* type) {
  GstElementClass* element = GST_ELEMENT_CLASS(type);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "Meter", "Analyzer", "Takes down what a camera sends",
                                        "Weir");
  type->parent_class.transform_ip = take_unit;
  type->parent_class.set_caps = take_format;
}

void weir_meter_init(WeirMeter* meter) {
  gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(meter), TRUE);
}

}  // namespace

namespace weir {

void register_probe_meter() {
  if (!gst_element_register(nullptr, "weirmeter", GST_RANK_NONE, weir_meter_get_type()))
    throw Failure(code::kProvider, "GStreamer refuses the element weirmeter");
}

}  // namespace weir
