#include "generated_units.h"

#include <gst/app/gstappsink.h>

#include <stdexcept>
#include <string>

namespace camsim {
namespace {

constexpr int kSamplesPerSecond = 8000;
constexpr guint8 kSilence = 0xff;
constexpr GstClockTime kDeadline = 10 * GST_SECOND;
constexpr const char* kOneJpeg =
    "videotestsrc num-buffers=1 ! video/x-raw,format=I420,width=640,height=360 ! jpegenc ! appsink name=sink";

GstPtr<GstElement> Parse(const char* description) {
  GError* error = nullptr;
  GstPtr<GstElement> pipeline(
      gst_parse_launch_full(description, nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error));
  const GstPtr<GError> owned(error);
  if (!pipeline) throw std::runtime_error(std::string("no JPEG picture could be made: ") + error->message);
  return pipeline;
}

}  // namespace

std::shared_ptr<const AccessUnits> JpegUnits() {
  const auto pipeline = Parse(kOneJpeg);
  const GstPtr<GstElement> sink(gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink"));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  GstSample* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(sink.get()), kDeadline);
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
