#include "generated_units.h"

#include <gst/app/gstappsink.h>

#include <stdexcept>
#include <string>

namespace camsim {
namespace {

constexpr int kSamplesPerSecond = 8000;
constexpr guint8 kSilence = 0xff;
constexpr GstClockTime kDeadline = 10 * GST_SECOND;

GstElement* Add(GstElement* pipeline, const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (!element) throw std::runtime_error(std::string("GStreamer has no element ") + factory);
  gst_bin_add(GST_BIN(pipeline), element);
  return element;
}

}  // namespace

std::shared_ptr<const AccessUnits> JpegUnits() {
  GstPtr<GstElement> pipeline(gst_pipeline_new(nullptr));
  GstElement* source = Add(pipeline.get(), "videotestsrc");
  GstElement* encoder = Add(pipeline.get(), "jpegenc");
  GstElement* sink = Add(pipeline.get(), "appsink");
  g_object_set(source, "num-buffers", 1, nullptr);
  GstPtr<GstCaps> raw(gst_caps_from_string("video/x-raw,format=I420,width=640,height=360"));
  gst_element_link_filtered(source, encoder, raw.get());
  gst_element_link(encoder, sink);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  GstSample* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(sink), kDeadline);
  auto units = std::make_shared<AccessUnits>();
  units->codec = Codec::kJpeg;
  if (sample) {
    units->caps.reset(gst_caps_copy(gst_sample_get_caps(sample)));
    units->units.emplace_back(gst_buffer_copy_deep(gst_sample_get_buffer(sample)));
    gst_sample_unref(sample);
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  if (units->units.empty()) throw std::runtime_error("no JPEG picture could be made");
  return units;
}

std::shared_ptr<const AccessUnits> SilentUnits(double fps) {
  auto units = std::make_shared<AccessUnits>();
  units->codec = Codec::kPcmu;
  units->caps.reset(gst_caps_new_simple("audio/x-mulaw", "rate", G_TYPE_INT, kSamplesPerSecond, "channels",
                                        G_TYPE_INT, 1, nullptr));
  const auto samples = static_cast<gsize>(kSamplesPerSecond / fps);
  GstBuffer* silence = gst_buffer_new_allocate(nullptr, samples, nullptr);
  gst_buffer_memset(silence, 0, kSilence, samples);
  units->units.emplace_back(silence);
  return units;
}

}  // namespace camsim
