#include <gst/gst.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "gstnvdsmeta.h"
#include "pipeline/provider.h"

namespace {

constexpr NvOSD_ColorParams kRed = {1, 0, 0, 1};
constexpr NvOSD_ColorParams kWhite = {1, 1, 1, 1};
constexpr NvOSD_ColorParams kBlack = {0, 0, 0, 1};

// A copy linked in here would clash with the plugin's when another test loads that.
void register_element() { ASSERT_NO_THROW(weir::load_provider()); }

GstStaticPadTemplate any_src =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate any_sink =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

struct Pixel {
  int y, u, v;
  bool operator==(const Pixel&) const = default;
};
void PrintTo(const Pixel& p, std::ostream* out) { *out << "(" << p.y << ", " << p.u << ", " << p.v << ")"; }

// A mid grey with a tint, so that every plane shows a change.
constexpr Pixel kGround = {120, 100, 150};
// BT.601, limited range.
constexpr Pixel kRedPixel = {81, 90, 240};
constexpr Pixel kWhitePixel = {235, 128, 128};
constexpr Pixel kBlackPixel = {16, 128, 128};

// One picture with metadata, through the element and back.
class Picture {
 public:
  Picture(GstVideoFormat format = GST_VIDEO_FORMAT_I420, int width = 320, int height = 240) {
    register_element();
    gst_video_info_set_format(&info_, format, width, height);
    gst_video_colorimetry_from_string(&info_.colorimetry, "bt601");
    buffer_ = gst_buffer_new_allocate(nullptr, info_.size, nullptr);
    meta_ = nvds_create_batch_meta(1);
    meta_->base_meta.meta_type = NVDS_BATCH_META;
    frame_ = nvds_acquire_frame_meta_from_pool(meta_);
    nvds_add_frame_meta_to_batch(meta_, frame_);
    gst_buffer_add_nvds_meta(buffer_, meta_, nullptr, nvds_batch_meta_copy_func, nvds_batch_meta_release_func)
        ->meta_type = NVDS_BATCH_GST_META;
    paint_ground();
    element = gst_element_factory_make("nvdsosd", nullptr);
    gst_object_ref_sink(element);
  }
  ~Picture() {
    gst_element_set_state(element, GST_STATE_NULL);
    gst_object_unref(element);
    gst_buffer_unref(buffer_);
  }
  Picture(const Picture&) = delete;

  NvDsObjectMeta& box(float left, float top, float width, float height, unsigned border = 2) {
    NvDsObjectMeta* object = nvds_acquire_obj_meta_from_pool(meta_);
    object->rect_params = {left, top, width, height, border, kRed};
    nvds_add_obj_meta_to_frame(frame_, object, nullptr);
    return *object;
  }
  NvOSD_TextParams& text(const char* text, unsigned x, unsigned y) {
    NvOSD_TextParams& params = box(0, 0, 0, 0, 0).text_params;
    static char font[] = "Serif";
    params = {g_strdup(text), x, y, {font, 10, kWhite}, 1, kBlack};
    return params;
  }
  NvDsDisplayMeta& display() {
    NvDsDisplayMeta* display = nvds_acquire_display_meta_from_pool(meta_);
    nvds_add_display_meta_to_frame(frame_, display);
    return *display;
  }

  void draw() {
    GstPad* src = gst_pad_new_from_static_template(&any_src, "src");
    GstPad* sink = gst_pad_new_from_static_template(&any_sink, "sink");
    gst_pad_set_chain_function_full(sink, keep, &drawn_, nullptr);
    sink->chaindata = &drawn_;
    link(src, sink);
    start(src, sink);
    GstCaps* caps = gst_video_info_to_caps(&info_);
    EXPECT_TRUE(gst_pad_push_event(src, gst_event_new_caps(caps)));
    gst_caps_unref(caps);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(src, gst_event_new_segment(&segment));
    EXPECT_EQ(gst_pad_push(src, buffer_), GST_FLOW_OK);
    buffer_ = drawn_;
    gst_object_unref(src);
    gst_object_unref(sink);
  }

  Pixel at(int x, int y) const { return at(buffer_, x, y); }
  Pixel at(GstBuffer* buffer, int x, int y) const {
    Pixel pixel = {};
    with_frame(buffer, [&](GstVideoFrame& f) {
      pixel = {*sample(f, 0, x, y), *sample(f, 1, x / 2, y / 2), *sample(f, 2, x / 2, y / 2)};
    });
    return pixel;
  }

  // How many luma samples differ from the ground, in the whole picture.
  int changed() const {
    int count = 0;
    with_frame(buffer_, [&](GstVideoFrame& f) {
      for (int y = 0; y < info_.height; y++)
        for (int x = 0; x < info_.width; x++) count += *sample(f, 0, x, y) != kGround.y;
    });
    return count;
  }

  GstBuffer* buffer() { return buffer_; }
  GstElement* element;

 private:
  static uint8_t* sample(GstVideoFrame& f, int comp, int x, int y) {
    return static_cast<uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(&f, comp)) +
           y * GST_VIDEO_FRAME_COMP_STRIDE(&f, comp) + x * GST_VIDEO_FRAME_COMP_PSTRIDE(&f, comp);
  }
  void with_frame(GstBuffer* buffer, const std::function<void(GstVideoFrame&)>& body) const {
    GstVideoFrame f;
    ASSERT_TRUE(gst_video_frame_map(&f, &info_, buffer, GST_MAP_READ));
    body(f);
    gst_video_frame_unmap(&f);
  }
  void paint_ground() {
    GstVideoFrame f;
    ASSERT_TRUE(gst_video_frame_map(&f, &info_, buffer_, GST_MAP_WRITE));
    const int values[] = {kGround.y, kGround.u, kGround.v};
    for (int comp = 0; comp < 3; comp++)
      for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(&f, comp); y++)
        for (int x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH(&f, comp); x++) *sample(f, comp, x, y) = values[comp];
    gst_video_frame_unmap(&f);
  }
  void link(GstPad* src, GstPad* sink) {
    GstPad* in = gst_element_get_static_pad(element, "sink");
    GstPad* out = gst_element_get_static_pad(element, "src");
    EXPECT_EQ(gst_pad_link(src, in), GST_PAD_LINK_OK);
    EXPECT_EQ(gst_pad_link(out, sink), GST_PAD_LINK_OK);
    gst_object_unref(in);
    gst_object_unref(out);
  }
  void start(GstPad* src, GstPad* sink) {
    gst_pad_set_active(sink, TRUE);
    ASSERT_EQ(gst_element_set_state(element, GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
    gst_pad_set_active(src, TRUE);
    gst_pad_push_event(src, gst_event_new_stream_start("test"));
  }
  static GstFlowReturn keep(GstPad* pad, GstObject*, GstBuffer* buffer) {
    *static_cast<GstBuffer**>(pad->chaindata) = buffer;
    return GST_FLOW_OK;
  }

  GstVideoInfo info_;
  GstBuffer* buffer_;
  GstBuffer* drawn_ = nullptr;
  NvDsBatchMeta* meta_;
  NvDsFrameMeta* frame_;
};

class NvDsOsdFormats : public testing::TestWithParam<GstVideoFormat> {};

TEST_P(NvDsOsdFormats, DrawsABorderInsideOfTheBox) {
  Picture picture(GetParam());
  picture.box(40, 60, 100, 50, 4);
  picture.draw();
  for (const auto& [x, y] : {std::pair(40, 60), {139, 60}, {40, 109}, {139, 109}, {43, 80}, {90, 63}})
    EXPECT_EQ(picture.at(x, y), kRedPixel) << x << "," << y;
  for (const auto& [x, y] :
       {std::pair(38, 60), {140, 60}, {40, 110}, {90, 58}, {44, 64}, {135, 105}, {90, 80}})
    EXPECT_EQ(picture.at(x, y), kGround) << x << "," << y;
}

INSTANTIATE_TEST_SUITE_P(Formats, NvDsOsdFormats,
                         testing::Values(GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12),
                         [](const auto& info) { return gst_video_format_to_string(info.param); });

TEST(NvDsOsd, KeepsTheColourOfThinLinesAtOddPlaces) {
  Picture picture;
  picture.box(41, 61, 100, 50, 1);
  picture.draw();
  const Pixel edge = picture.at(41, 80);
  EXPECT_EQ(edge.y, kRedPixel.y);
  EXPECT_NEAR(edge.v, (kRedPixel.v + kGround.v) / 2, 1) << "half of the chroma sample is covered";
}

TEST(NvDsOsd, BlendsABackground) {
  Picture picture;
  NvDsObjectMeta& object = picture.box(40, 60, 100, 50, 0);
  object.rect_params.has_bg_color = 1;
  object.rect_params.bg_color = {1, 1, 1, 0.5};
  picture.draw();
  EXPECT_NEAR(picture.at(90, 80).y, (kGround.y + 235) / 2, 1);
  EXPECT_NEAR(picture.at(90, 80).u, (kGround.u + 128) / 2, 1);
  EXPECT_EQ(picture.at(39, 80).y, kGround.y);
}

TEST(NvDsOsd, ClipsABoxToThePicture) {
  Picture picture;
  picture.box(-30, -20, 60, 50, 2);
  picture.box(300, 220, 500, 500, 2);
  picture.draw();
  EXPECT_EQ(picture.at(28, 10), kRedPixel);
  EXPECT_EQ(picture.at(10, 28), kRedPixel);
  EXPECT_EQ(picture.at(0, 0), kGround);
  EXPECT_EQ(picture.at(300, 239), kRedPixel);
  EXPECT_EQ(picture.at(319, 220), kRedPixel);
}

TEST(NvDsOsd, SurvivesAbsurdMetadata) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), much = std::numeric_limits<float>::max();
  Picture picture(GST_VIDEO_FORMAT_I420, 33, 17);
  picture.box(nan, nan, nan, nan);
  picture.box(-much, -much, much, much);
  picture.box(-much, 3, much, much, UINT_MAX);
  picture.box(5, 5, -10, -10);
  picture.box(0, 0, 33, 17, UINT_MAX).rect_params.border_color = {nan, 7, -7, nan};
  picture.text("\xff\xfe broken", UINT_MAX, UINT_MAX);
  picture.text(std::string(5000, 'w').c_str(), 0, 10).font_params.font_size = UINT_MAX;
  NvDsDisplayMeta& display = picture.display();
  display.num_lines = display.num_circles = display.num_arrows = UINT_MAX;
  display.line_params[0] = {0, 0, UINT_MAX, UINT_MAX, UINT_MAX, kRed};
  display.circle_params[0] = {UINT_MAX, 0, UINT_MAX, kRed, 1, kRed, 0, 0};
  picture.draw();
}

TEST(NvDsOsd, DrawsTextOnItsBackground) {
  Picture picture;
  picture.text("Person 12", 50, 30);
  picture.draw();
  EXPECT_EQ(picture.at(50, 30), kBlackPixel) << "the offset is the background's corner";
  EXPECT_EQ(picture.at(48, 30), kGround);
  int bright = 0;
  for (int y = 30; y < 50; y++)
    for (int x = 50; x < 120; x++) bright += picture.at(x, y).y > 200;
  EXPECT_GT(bright, 40) << "is a font installed?";
}

TEST(NvDsOsd, DrawsLinesArrowsAndCircles) {
  Picture picture;
  NvDsDisplayMeta& display = picture.display();
  display.num_lines = display.num_arrows = display.num_circles = 1;
  display.line_params[0] = {20, 50, 300, 50, 4, kWhite};
  display.arrow_params[0] = {20, 100, 300, 100, 4, END_HEAD, kRed, 0};
  display.circle_params[0] = {160, 180, 40, kWhite, 1, kRed, 4, 0};
  picture.draw();
  EXPECT_EQ(picture.at(160, 50), kWhitePixel);
  EXPECT_EQ(picture.at(160, 100), kRedPixel);
  EXPECT_EQ(picture.at(160, 106), kGround);
  EXPECT_EQ(picture.at(290, 106).y, kRedPixel.y) << "the head at the end";
  EXPECT_EQ(picture.at(30, 106), kGround) << "and none at the start";
  EXPECT_EQ(picture.at(160, 180), kRedPixel);
  EXPECT_EQ(picture.at(160, 140), kWhitePixel);
  EXPECT_EQ(picture.at(100, 180), kGround);
}

TEST(NvDsOsd, LeavesOutWhatItIsToldTo) {
  Picture picture;
  g_object_set(picture.element, "display-bbox", FALSE, "display-text", FALSE, nullptr);
  picture.box(40, 60, 100, 50);
  picture.text("Person", 50, 30);
  picture.draw();
  EXPECT_EQ(picture.changed(), 0);
}

TEST(NvDsOsd, DrawsTheClock) {
  Picture picture;
  g_object_set(picture.element, "display-clock", TRUE, "x-clock-offset", 10, "y-clock-offset", 10, nullptr);
  picture.draw();
  EXPECT_GT(picture.changed(), 40);
}

TEST(NvDsOsd, LeavesSharedPicturesAlone) {
  Picture picture;
  picture.box(40, 60, 100, 50);
  GstBuffer* other = gst_buffer_new();
  gst_buffer_append_memory(other, gst_buffer_get_memory(picture.buffer(), 0));
  picture.draw();
  EXPECT_EQ(picture.at(40, 60), kRedPixel);
  EXPECT_EQ(picture.at(other, 40, 60), kGround);
  gst_buffer_unref(other);
}

TEST(NvDsOsd, RefusesBatchesAndSaysWhereItBelongs) {
  register_element();
  GstElement* element = GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("nvdsosd", nullptr)));
  GstBus* bus = gst_bus_new();
  gst_element_set_bus(element, bus);
  gst_element_set_state(element, GST_STATE_PLAYING);
  GstPad* sink = gst_element_get_static_pad(element, "sink");
  gst_pad_send_event(sink, gst_event_new_stream_start("test"));
  GstCaps* caps =
      gst_caps_from_string("video/x-raw(memory:NVMM), format=NV12, width=64, height=64, framerate=0/1");
  EXPECT_FALSE(gst_pad_send_event(sink, gst_event_new_caps(caps)));
  GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
  ASSERT_NE(message, nullptr);
  GError* error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  EXPECT_NE(std::string(error->message).find("behind nvstreamdemux"), std::string::npos) << error->message;
  g_error_free(error);
  gst_message_unref(message);
  gst_caps_unref(caps);
  gst_object_unref(sink);
  gst_element_set_state(element, GST_STATE_NULL);
  gst_element_set_bus(element, nullptr);
  gst_object_unref(bus);
  gst_object_unref(element);
}

}  // namespace
