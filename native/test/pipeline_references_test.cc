#include <gst/gst.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "pipeline/references.h"
#include "pipeline_harness.h"

namespace weir::test {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes unit(Bytes header) { return Bytes{0, 0, 1} + header + Bytes{0x80, 0x55, 0x55}; }

// `memories`: in how many pieces the unit lies in memory.
bool is_reference(References& references, const Bytes& bytes, size_t memories = 1) {
  GstBuffer* buffer = gst_buffer_new();
  for (size_t i = 0; i < memories; i++) {
    const size_t begin = bytes.size() * i / memories;
    const size_t size = bytes.size() * (i + 1) / memories - begin;
    if (size > 0) buffer = gst_buffer_append(buffer, gst_buffer_new_memdup(&bytes[begin], size));
  }
  const bool result = references.is_reference(buffer);
  gst_buffer_unref(buffer);
  return result;
}

TEST(References, OfH264AreToldByTheFirstSlice) {
  References h264("H264");
  const Bytes delimiter = unit({0x09, 0xf0});
  const Bytes message = unit({0x06, 0x05});
  EXPECT_TRUE(is_reference(h264, unit({0x65, 0x88})));
  EXPECT_TRUE(is_reference(h264, unit({0x41, 0x9a})));
  EXPECT_TRUE(is_reference(h264, unit({0x21, 0x9a})));
  EXPECT_FALSE(is_reference(h264, unit({0x01, 0x9a})));
  EXPECT_FALSE(is_reference(h264, unit({0x02, 0x9a})));
  EXPECT_FALSE(is_reference(h264, delimiter + message + Bytes{0} + unit({0x01, 0x9a})));
  EXPECT_TRUE(is_reference(h264, delimiter + message + unit({0x41, 0x9a}) + unit({0x01, 0x9a})));
  // In doubt: no slice, nothing at all, a start code at the very end.
  EXPECT_TRUE(is_reference(h264, delimiter + message));
  EXPECT_TRUE(is_reference(h264, {0}));
  EXPECT_TRUE(is_reference(h264, delimiter + Bytes{0, 0, 1}));
  References other("VP8");
  EXPECT_TRUE(is_reference(other, unit({0x01, 0x9a})));
}

// Whatever stands before the slice, and wherever the pieces are cut.
TEST(References, AreToldBehindLongMessages) {
  for (size_t length = 480; length < 530; length++) {
    References h264("H264");
    const Bytes message = unit({0x06, 0x05}) + Bytes(length, 0xff);
    EXPECT_FALSE(is_reference(h264, message + unit({0x01, 0x9a}), 1 + length % 7)) << length;
    EXPECT_TRUE(is_reference(h264, message + unit({0x41, 0x9a}), 1 + length % 7)) << length;
    // Zeros may stand in front of a start code.
    EXPECT_FALSE(is_reference(h264, Bytes(length, 0) + unit({0x01, 0x9a}))) << length;
  }
}

Bytes h265(int type, int sub_layer, int layer = 0, uint8_t next = 0x80) {
  return unit({static_cast<uint8_t>(type << 1 | layer >> 5),
               static_cast<uint8_t>(layer << 3 | (sub_layer + 1)), next});
}
Bytes parameters(int sub_layers) { return h265(33, 0, 0, static_cast<uint8_t>((sub_layers - 1) << 1 | 1)); }

TEST(References, OfH265AreToldByTypeAndSubLayer) {
  References one("H265");
  EXPECT_TRUE(is_reference(one, h265(0, 0)));  // before any parameter set
  EXPECT_TRUE(is_reference(one, parameters(1) + h265(19, 0)));
  EXPECT_TRUE(is_reference(one, h265(1, 0)));
  for (const int leaf : {0, 2, 4, 6, 8}) EXPECT_FALSE(is_reference(one, h265(leaf, 0))) << leaf;
  for (const int needed : {1, 3, 5, 7, 9, 16, 19, 20, 21})
    EXPECT_TRUE(is_reference(one, h265(needed, 0))) << needed;

  References three("H265");
  EXPECT_TRUE(is_reference(three, parameters(3) + h265(19, 0)));
  // A picture of a lower sub-layer may be needed by one of a higher.
  EXPECT_TRUE(is_reference(three, h265(0, 0)));
  EXPECT_TRUE(is_reference(three, h265(0, 1)));
  EXPECT_FALSE(is_reference(three, h265(0, 2)));
  EXPECT_TRUE(is_reference(three, h265(1, 2)));
  // Of another layer nothing is known.
  EXPECT_TRUE(is_reference(three, h265(0, 2, 1)));
  // A stream that has more than it says.
  EXPECT_TRUE(is_reference(one, h265(1, 1)));
  EXPECT_TRUE(is_reference(one, h265(0, 0)));
}

struct Decoded {
  References references;
  bool all;
  int units = 0;
  int left_out = 0;
  std::map<GstClockTime, guint> pictures = {};  // checksum by time
};

// Decodes a file of 90 pictures, with or without those nothing refers to.
Decoded decode(const std::string& encoder, const char* codec, bool all) {
  const std::string lower = codec == std::string("H264") ? "h264" : "h265";
  GError* error = nullptr;
  const std::string text =
      "videotestsrc num-buffers=90 pattern=ball ! "
      "video/x-raw,format=I420,width=160,height=120,framerate=30/1 ! " +
      encoder + " ! " + lower + "parse ! video/x-" + lower +
      ",stream-format=byte-stream,alignment=au ! identity name=gate ! avdec_" + lower +
      " max-threads=1 ! fakesink name=end sync=false";
  GstElement* pipeline = gst_parse_launch(text.c_str(), &error);
  EXPECT_EQ(error, nullptr) << error->message;
  Decoded decoded{.references = References(codec), .all = all};
  const auto probe = [&](const char* name, auto callback) {
    GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline), name);
    GstPad* pad = gst_element_get_static_pad(element, "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, callback, &decoded, nullptr);
    gst_object_unref(pad);
    gst_object_unref(element);
  };
  probe(
      "gate", +[](GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto& into = *static_cast<Decoded*>(data);
        into.units++;
        const bool kept = into.references.is_reference(GST_PAD_PROBE_INFO_BUFFER(info)) || into.all;
        if (!kept) into.left_out++;
        return kept ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
      });
  probe(
      "end", +[](GstPad*, GstPadProbeInfo* info, gpointer data) {
        GstBuffer* picture = GST_PAD_PROBE_INFO_BUFFER(info);
        GstMapInfo map;
        gst_buffer_map(picture, &map, GST_MAP_READ);
        guint sum = 0;
        for (gsize i = 0; i < map.size; i++) sum = sum * 31 + map.data[i];
        gst_buffer_unmap(picture, &map);
        static_cast<Decoded*>(data)->pictures[GST_BUFFER_PTS(picture)] = sum;
        return GST_PAD_PROBE_OK;
      });
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 20 * GST_SECOND,
      static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING));
  EXPECT_TRUE(message != nullptr && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) << text;
  if (message != nullptr) gst_message_unref(message);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  return decoded;
}

TEST(References, AreAllThatTheOtherPicturesNeed) {
  const struct {
    const char* encoder;
    const char* codec;
    int least;  // of 90
  } streams[] = {
      {"x264enc bframes=2 b-adapt=false key-int-max=30 option-string=b-pyramid=none", "H264", 50},
      {"x264enc bframes=3 b-adapt=false b-pyramid=true key-int-max=30", "H264", 30},
      {"x264enc bframes=3 b-adapt=false key-int-max=15 option-string=open-gop=1", "H264", 40},
      {"x265enc key-int-max=30 option-string=bframes=2:b-adapt=0:b-pyramid=0:log-level=none", "H265", 40},
      {"x265enc key-int-max=30 "
       "option-string=bframes=4:b-adapt=0:b-pyramid=1:temporal-layers=1:log-level=none",
       "H265", 30},
  };
  for (const auto& stream : streams) {
    const Decoded all = decode(stream.encoder, stream.codec, true);
    const Decoded some = decode(stream.encoder, stream.codec, false);
    EXPECT_EQ(all.units, 90) << stream.encoder;
    EXPECT_EQ(all.pictures.size(), 90u) << stream.encoder;
    EXPECT_GE(some.left_out, stream.least) << stream.encoder;
    EXPECT_EQ(some.pictures.size(), static_cast<size_t>(90 - some.left_out)) << stream.encoder;
    for (const auto& [pts, sum] : some.pictures)
      EXPECT_EQ(all.pictures.at(pts), sum) << stream.encoder << ' ' << pts;
  }
}

// B-frames that nothing refers to, two of three; a key frame every 30.
std::string reordered_file() {
  static const std::string file = [] {
    const std::string path = video_file("x264enc", 2) + ".reordered.mkv";
    GstElement* pipeline = gst_parse_launch(
        ("videotestsrc num-buffers=300 ! video/x-raw,format=I420,width=160,height=120,framerate=30/1 ! "
         "x264enc "
         "bframes=2 b-adapt=false key-int-max=30 speed-preset=ultrafast ! matroskamux ! filesink location=" +
         path)
            .c_str(),
        nullptr);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstBus* bus = gst_element_get_bus(pipeline);
    gst_message_unref(gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS));
    gst_object_unref(bus);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
    return path;
  }();
  return file;
}

TEST(PipelineSelection, ChangesWhileTheSourcePlays) {
  TestPipeline pipeline(graph(1));
  ASSERT_DONE(pipeline.start());
  EXPECT_FAILURE(pipeline.select(0, {}), "SLOT_EMPTY", "slot 0 has no source");
  EXPECT_FAILURE(pipeline.select(1, {}), "BAD_ARGUMENT", "expected 0 to 0");
  ASSERT_DONE(pipeline.add(0, reordered_file()));
  ASSERT_DONE(pipeline.select(0, {.decode = Decode::kReference}));
  ASSERT_TRUE(becomes([&] { return pipeline.counter(0, "skipped") > 20; }));
  EXPECT_GT(pipeline.counter(0, "frames"), 0);
  ASSERT_DONE(pipeline.select(0, {.decode = Decode::kKeyframes}));
  const double keys = pipeline.counter(0, "keyFrames");
  ASSERT_TRUE(becomes([&] { return pipeline.counter(0, "keyFrames") > keys + 1; }));
  EXPECT_EQ(pipeline.counter(0, "keyFrameUs"), 1'000'000);
  ASSERT_DONE(pipeline.select(0, {}));
  const double before = pipeline.counter(0, "frames");
  ASSERT_TRUE(becomes([&] { return pipeline.counter(0, "frames") > before + 30; }));
  const double skipped = pipeline.counter(0, "skipped");
  ASSERT_TRUE(becomes([&] { return pipeline.counter(0, "frames") > before + 45; }));
  EXPECT_EQ(pipeline.counter(0, "skipped"), skipped);
  EXPECT_EQ(pipeline.counter(0, "decodeErrors"), 0);
  EXPECT_FALSE(pipeline.has(Event::Type::kSourceError));
  ASSERT_DONE(pipeline.remove(0));
  EXPECT_EQ(pipeline.in_flight(0), 0);
}

}  // namespace
}  // namespace weir::test
