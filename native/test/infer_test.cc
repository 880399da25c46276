#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "infer/cluster.h"
#include "infer/config.h"
#include "infer/preprocess.h"
#include "infer/rate_limit.h"
#include "infer/worker_pool.h"

using namespace weir::standin;

namespace {

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    g_autofree gchar* folder = g_dir_make_tmp("weir-infer-XXXXXX", nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  InferSettings read(const std::string& text, const char* name = "c.txt") {
    const auto file = folder_ / name;
    std::ofstream(file) << text;
    return read_infer_config(file.string());
  }
  std::string error_of(const std::string& text, const char* name = "c.txt") {
    try {
      read(text, name);
    } catch (const std::exception& e) {
      const std::string message = e.what();
      return message.substr(message.find(": ") + 2);
    }
    return "";
  }
  std::filesystem::path folder_;
};

TEST_F(ConfigTest, ClassGroupsOverrideSingleKeysOfAll) {
  const auto s = read(
      "[property]\nnum-detected-classes=2\n[class-attrs-1]\ntopk=7\n"
      "[class-attrs-all]\npre-cluster-threshold=0.4\ntopk=3\n");
  ASSERT_EQ(s.classes.size(), 2u);
  EXPECT_EQ(s.classes[0].topk, 3);
  EXPECT_EQ(s.classes[1].topk, 7);
  EXPECT_DOUBLE_EQ(s.classes[1].pre_cluster_threshold, 0.4);
}

TEST_F(ConfigTest, PathsAreRelativeToTheFile) {
  EXPECT_EQ(read("[property]\nonnx-file=a/../m.onnx\n").onnx_file,
            (std::filesystem::canonical(folder_) / "m.onnx").string());
}

TEST_F(ConfigTest, YamlTakesBooleansAsNumbersOnly) {
  EXPECT_TRUE(read("property:\n  maintain-aspect-ratio: 1\n", "c.yml").maintain_aspect_ratio);
  EXPECT_EQ(error_of("property:\n  maintain-aspect-ratio: true\n", "c.yml"),
            "[property] maintain-aspect-ratio is 'true'; expected an integer");
}

TEST_F(ConfigTest, BadValuesAreRefusedWithPlaceAndRule) {
  EXPECT_EQ(error_of("[other]\na=1\n"), "group [property] is missing");
  EXPECT_EQ(error_of("[property]\nbatch-size=0\n"), "[property] batch-size is '0'; expected 1 to 1024");
  EXPECT_EQ(error_of("[property]\ninterval=-1\n"), "[property] interval is '-1'; expected 0 or more");
  EXPECT_EQ(error_of("[property]\ngie-unique-id=0\n"),
            "[property] gie-unique-id is '0'; expected a number other than 0");
  EXPECT_EQ(error_of("[property]\ninfer-dims=3;4\n"),
            "[property] infer-dims is '3;4'; expected three integers channels;height;width");
  EXPECT_EQ(error_of("[property]\nnum-detected-classes=1\n[class-attrs-1]\ntopk=1\n"),
            "group [class-attrs-1] names no class; expected class-attrs-0 to class-attrs-0 "
            "(num-detected-classes=1)");
  EXPECT_EQ(error_of("[property]\nnum-detected-classes=1\n[class-attrs-all]\nnms-iou-threshold=1.5\n"),
            "[class-attrs-all] nms-iou-threshold is '1.5'; expected 0 to 1");
}

TEST_F(ConfigTest, ClassGroupsOfAClassifierAreNotLookedAt) {
  EXPECT_NO_THROW(read("[property]\nnetwork-type=1\n[class-attrs-9]\ntopk=-5\n"));
}

InferSettings nms_settings(int classes, float iou) {
  InferSettings s;
  s.cluster_mode = ClusterMode::kNms;
  s.classes.assign(classes, ClassSettings{});
  for (auto& c : s.classes) c.nms_iou_threshold = iou;
  return s;
}

TEST(Cluster, ComesClassByClassAndByConfidence) {
  const Boxes in{{1, 0, 0, 10, 10, .5f, 0}, {0, 0, 0, 10, 10, .3f, 0}, {1, 50, 0, 10, 10, .9f, 0},
                 {0, 1, 0, 10, 10, .8f, 0}, {5, 0, 0, 10, 10, .9f, 0}, {0, 90, 0, 10, 10, .1f, 0}};
  const Boxes out = cluster(in, nms_settings(2, .5f));
  ASSERT_EQ(out.size(), 3u);  // one suppressed, one of no class, one below 0.2
  EXPECT_FLOAT_EQ(out[0].detectionConfidence, .8f);
  EXPECT_FLOAT_EQ(out[1].detectionConfidence, .9f);
  EXPECT_FLOAT_EQ(out[2].detectionConfidence, .5f);
}

TEST(Cluster, GroupRectanglesBecomesNmsWithTwentyAndAHalf) {
  InferSettings s = nms_settings(1, 1);
  s.cluster_mode = ClusterMode::kGroup;
  Boxes in;
  for (int i = 0; i < 30; i++) in.push_back({0, i * 20.0f, 0, 10, 10, .5f, 0});
  in.push_back({0, 1, 0, 10, 10, .4f, 0});
  EXPECT_EQ(cluster(in, s).size(), 20u);
}

TEST(Cluster, PostThresholdIsStrictAndTopKLast) {
  InferSettings s = nms_settings(1, .5f);
  s.classes[0].post_cluster_threshold = .5;
  s.classes[0].topk = 1;
  const Boxes in{{0, 0, 0, 10, 10, .5f, 0}, {0, 50, 0, 10, 10, .6f, 0}, {0, 90, 0, 10, 10, .7f, 0}};
  const Boxes out = cluster(in, s);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_FLOAT_EQ(out[0].detectionConfidence, .7f);
}

class PreprocessTest : public testing::Test {
 protected:
  // A grey I420 picture whose left half is brighter.
  std::unique_ptr<Picture> picture(int width, int height, uint8_t left, uint8_t right) {
    GstVideoInfo info;
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_I420, width, height);
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
    GstVideoFrame f;
    gst_video_frame_map(&f, &info, buffer, GST_MAP_WRITE);
    auto* y = static_cast<uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&f, 0));
    for (int row = 0; row < height; row++)
      for (int x = 0; x < width; x++)
        y[row * GST_VIDEO_FRAME_PLANE_STRIDE(&f, 0) + x] = x < width / 2 ? left : right;
    for (int plane : {1, 2})
      std::memset(GST_VIDEO_FRAME_PLANE_DATA(&f, plane), 128,
                  GST_VIDEO_FRAME_PLANE_STRIDE(&f, plane) * ((height + 1) / 2));
    gst_video_frame_unmap(&f);
    auto p = std::make_unique<Picture>(buffer, info, Placement{0, 0, width, height});
    gst_buffer_unref(buffer);
    return p;
  }
};

TEST_F(PreprocessTest, KeepsAspectAndPadsRightAndBottomWithBlack) {
  InferSettings s;
  s.maintain_aspect_ratio = true;
  s.net_scale_factor = 2;
  s.offsets = {1, 2, 3};
  const Preprocessor p(s, {3, 32, 32});
  std::vector<float> t;
  const auto pic = picture(64, 32, 235, 235);
  const Fit fit = p.fill(*pic, 64, 32, t);
  EXPECT_EQ(fit.width, 32);
  EXPECT_EQ(fit.height, 16);
  EXPECT_FLOAT_EQ(fit.ratio_x, .5f);
  EXPECT_NEAR(t[0], 2 * (255 - 1), 2);                       // red, inside
  EXPECT_FLOAT_EQ(t[20 * 32], 2 * (0 - 1));                  // red, below the picture
  EXPECT_FLOAT_EQ(t[(2 * 32 + 31) * 32 + 31], 2 * (0 - 3));  // blue, last pixel
}

TEST_F(PreprocessTest, SymmetricPaddingCentres) {
  InferSettings s;
  s.maintain_aspect_ratio = true;
  s.symmetric_padding = true;
  const Preprocessor p(s, {3, 32, 32});
  std::vector<float> t;
  const auto pic = picture(64, 32, 235, 235);
  const Fit fit = p.fill(*pic, 64, 32, t);
  EXPECT_EQ(fit.offset_top, 8);
  EXPECT_FLOAT_EQ(t[7 * 32], 0);
  EXPECT_NEAR(t[8 * 32], 255, 1);
}

TEST_F(PreprocessTest, MirrorsNothingAndBlendsOnlyAtTheEdge) {
  const Preprocessor p(InferSettings{}, {3, 8, 16});
  std::vector<float> t;
  const auto pic = picture(64, 32, 235, 16);
  p.fill(*pic, 64, 32, t);
  EXPECT_NEAR(t[0], 255, 1);
  EXPECT_NEAR(t[6], 255, 1);
  EXPECT_NEAR(t[9], 0, 1);
  EXPECT_NEAR(t[15], 0, 1);
}

TEST_F(PreprocessTest, OffsetsMustMatchTheChannels) {
  InferSettings s;
  s.offsets = {1, 2};
  EXPECT_THROW(Preprocessor(s, NetworkShape{3, 8, 8}), std::runtime_error);
}

TEST(RateLimit, KeepsTheRateOnAverageAndPerPad) {
  RateLimit limit;
  limit.set_rate(10);
  for (guint pad : {0u, 3u}) {
    int inferred = 0;
    for (int i = 0; i < 150; i++) inferred += limit.due(pad, i * (GST_SECOND / 15));
    EXPECT_NEAR(inferred, 100, 2);
  }
}

TEST(RateLimit, DoesNotCatchUpAfterAGapNorStallWhenTimeGoesBack) {
  RateLimit limit;
  limit.set_rate(10);
  limit.due(0, 0);
  EXPECT_TRUE(limit.due(0, 100 * GST_SECOND));
  EXPECT_FALSE(limit.due(0, 100 * GST_SECOND + GST_SECOND / 20));
  EXPECT_TRUE(limit.due(0, GST_SECOND));
}

TEST(WorkerPool, RunsEveryJobOnce) {
  WorkerPool pool(3);
  for (int round = 0; round < 200; round++) {
    std::vector<std::atomic<int>> ran(7);
    pool.run(ran.size(), [&](size_t i) { ran[i]++; });
    for (auto& r : ran) ASSERT_EQ(r, 1);
  }
}

}  // namespace
