#include <gst/gst.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "pipeline/gst_util.h"
#include "pipeline/probe.h"
#include "pipeline/probe_findings.h"

namespace weir {
namespace {

TEST(ProbeNotebook, BoundsWhatACameraMaySay) {
  ProbeNotebook notebook;
  for (int i = 0; i < 100; i++) notebook.add(ProbeMedia{.kind = "video", .codec = std::string(1000, 'x')});
  notebook.set_authentication(std::string(1000, 'y'));
  notebook.set_format(std::string(1000, 'p'), "4.1");
  for (int i = 0; i < 200'000; i++) notebook.add(ProbeUnit{});
  const ProbeFindings found = notebook.read();
  EXPECT_EQ(found.media.size(), 16U);
  EXPECT_EQ(found.media[0].codec.size(), 64U);
  EXPECT_EQ(found.authentication.size(), 64U);
  EXPECT_EQ(found.profile.size(), 64U);
  EXPECT_EQ(found.level, "4.1");
  EXPECT_EQ(found.units.size(), 100'000U);
}

GstBuffer* unit(size_t size, GstClockTime pts, bool key) {
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, size, nullptr);
  GST_BUFFER_PTS(buffer) = pts;
  if (!key) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  return buffer;
}

// The notebook is the process's own: what earlier tests wrote is passed over.
TEST(ProbeMeter, TakesDownUnitsAndFormatAndPassesThemOn) {
  prepare_probe();
  const size_t before = probe_notebook().read().units.size();
  const ElementPtr meter(GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("weirmeter", nullptr))));
  const PadPtr sink(gst_element_get_static_pad(meter.get(), "sink"));
  const PadPtr src(gst_element_get_static_pad(meter.get(), "src"));
  const PadPtr end(GST_PAD(gst_object_ref_sink(gst_pad_new("end", GST_PAD_SINK))));
  static size_t passed = 0;
  gst_pad_set_chain_function(end.get(), [](GstPad*, GstObject*, GstBuffer* buffer) {
    passed++;
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
  });
  gst_pad_set_active(end.get(), TRUE);
  ASSERT_EQ(gst_pad_link(src.get(), end.get()), GST_PAD_LINK_OK);
  gst_element_set_state(meter.get(), GST_STATE_PLAYING);

  const CapsPtr caps(gst_caps_from_string("video/x-h264,profile=high,level=(string)4.1"));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_send_event(sink.get(), gst_event_new_stream_start("s"));
  gst_pad_send_event(sink.get(), gst_event_new_caps(caps.get()));
  gst_pad_send_event(sink.get(), gst_event_new_segment(&segment));
  EXPECT_EQ(gst_pad_chain(sink.get(), unit(1000, 40 * GST_MSECOND, true)), GST_FLOW_OK);
  EXPECT_EQ(gst_pad_chain(sink.get(), unit(100, GST_CLOCK_TIME_NONE, false)), GST_FLOW_OK);
  gst_element_set_state(meter.get(), GST_STATE_NULL);

  const ProbeFindings found = probe_notebook().read();
  EXPECT_EQ(passed, 2U);
  ASSERT_EQ(found.units.size(), before + 2);
  const ProbeUnit& key = found.units[before];
  const ProbeUnit& delta = found.units[before + 1];
  EXPECT_DOUBLE_EQ(key.time_ms, 40);
  EXPECT_EQ(key.bytes, 1000U);
  EXPECT_TRUE(key.key);
  EXPECT_TRUE(std::isnan(delta.time_ms));
  EXPECT_FALSE(delta.key);
  EXPECT_LE(key.arrived_ms, delta.arrived_ms);
  EXPECT_EQ(found.profile, "high");
  EXPECT_EQ(found.level, "4.1");
}

}  // namespace
}  // namespace weir
