#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <array>
#include <climits>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "allocations.h"
#include "infer/batch_inference.h"
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

// The tensor is used again: what the picture before left beside this one must not stay.
TEST_F(PreprocessTest, PadsOverWhatTheTensorHeld) {
  InferSettings s;
  s.maintain_aspect_ratio = true;
  s.symmetric_padding = true;
  s.nhwc = true;
  const Preprocessor p(s, {3, 32, 32});
  std::vector<float> dirty(3 * 32 * 32, 99.0f), fresh;
  for (const auto& [width, height] : {std::pair{64, 32}, std::pair{32, 64}}) {
    const auto pic = picture(width, height, 235, 16);
    p.fill(*pic, width, height, fresh);
    p.fill(*pic, width, height, dirty);
    EXPECT_EQ(dirty, fresh);
    EXPECT_FLOAT_EQ(dirty[0], 0);
    EXPECT_FLOAT_EQ(dirty.back(), 0);
  }
}

TEST_F(PreprocessTest, AllocatesNothingForPicturesThatLieAlike) {
  InferSettings s;
  s.maintain_aspect_ratio = true;
  const Preprocessor p(s, {3, 32, 32});
  std::vector<float> t;
  const auto first = picture(64, 32, 235, 16), second = picture(64, 32, 16, 235);
  const size_t idle = weir::test::allocations();
  p.fill(*first, 64, 32, t);
  EXPECT_GT(weir::test::allocations(), idle);
  const size_t before = weir::test::allocations();
  for (const auto* pic : {second.get(), first.get(), second.get()}) p.fill(*pic, 64, 32, t);
  EXPECT_EQ(weir::test::allocations(), before);
}

TEST_F(PreprocessTest, OffsetsMustMatchTheChannels) {
  InferSettings s;
  s.offsets = {1, 2};
  EXPECT_THROW(Preprocessor(s, NetworkShape{3, 8, 8}), std::runtime_error);
}

bool taken(RateLimit& limit, guint pad, guint64 pts) {
  if (!limit.due(pad, pts)) return false;
  limit.inferred(pad, pts);
  return true;
}

TEST(RateLimit, KeepsTheRateOnAverageAndPerPad) {
  RateLimit limit;
  limit.set_rate(10);
  for (guint pad : {0u, 3u}) {
    int inferred = 0;
    for (int i = 0; i < 150; i++) inferred += taken(limit, pad, i * (GST_SECOND / 15));
    EXPECT_NEAR(inferred, 100, 2);
  }
}

TEST(RateLimit, DoesNotCatchUpAfterAGapNorStallWhenTimeGoesBack) {
  RateLimit limit;
  limit.set_rate(10);
  taken(limit, 0, 0);
  EXPECT_TRUE(taken(limit, 0, 100 * GST_SECOND));
  EXPECT_FALSE(taken(limit, 0, 100 * GST_SECOND + GST_SECOND / 20));
  EXPECT_TRUE(taken(limit, 0, GST_SECOND));
}

// Streams of 15 fps in one batch each time; only inference takes time, on a clock of the test's own.
class Overload {
 public:
  using Clock = BatchInference::Clock;
  static constexpr guint kStreams = 32;
  static constexpr auto kFrame = std::chrono::microseconds(66667);

  Overload(double rate, std::chrono::milliseconds longest_wait, std::chrono::milliseconds cost)
      : cost_(cost),
        inference_({.rate = rate, .longest_wait = longest_wait, .now = [this] { return now_; }}) {
    for (guint pad = 0; pad < kStreams; pad++) frames_[pad].pad_index = pad;
  }

  void run(std::chrono::seconds length) {
    for (int batch = 0; batch * kFrame < length; batch++) {
      const Clock::time_point arrived = Clock::time_point{} + batch * kFrame;
      now_ = std::max(now_, arrived);
      std::vector<NvDsFrameMeta*> frames;
      for (NvDsFrameMeta& frame : frames_) {
        frame.buf_pts = static_cast<guint64>(std::chrono::nanoseconds(batch * kFrame).count());
        frames.push_back(&frame);
      }
      take(frames, arrived, batch);
    }
  }

  std::map<guint, int> inferred;
  int shed = 0;
  Clock::duration longest{0};  // wait of a batch, inference included
  int64_t most_behind = 0;     // batches that waited while another was worked on

 private:
  void take(const std::vector<NvDsFrameMeta*>& frames, Clock::time_point arrived, int batch) {
    auto behind = [&] { return (now_ - Clock::time_point{}) / kFrame - batch; };
    auto detect = [&](const NvDsFrameMeta& frame) {
      inferred[frame.pad_index]++;
      now_ += cost_;
      return std::vector<Detection>{};
    };
    auto pressed = [&] { return behind() >= 8; };
    for (const DueFrame& due : inference_.run(frames, arrived, pressed, detect)) shed += !due.inferred;
    longest = std::max<Clock::duration>(longest, now_ - arrived);
    most_behind = std::max<int64_t>(most_behind, behind());
  }

  const std::chrono::milliseconds cost_;
  std::array<NvDsFrameMeta, kStreams> frames_{};
  Clock::time_point now_;
  BatchInference inference_;
};

int sum(const std::map<guint, int>& counts) {
  int total = 0;
  for (const auto& [pad, count] : counts) total += count;
  return total;
}
double unfairness(const std::map<guint, int>& counts) {
  int least = INT_MAX, most = 0;
  for (const auto& [pad, count] : counts) {
    least = std::min(least, count);
    most = std::max(most, count);
  }
  return static_cast<double>(most) / least;
}

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

TEST(BatchInference, GivesEveryStreamItsRateWhereThereIsTime) {
  Overload machine(1, 100ms, 20ms);
  machine.run(60s);
  ASSERT_EQ(machine.inferred.size(), Overload::kStreams);
  for (const auto& [pad, count] : machine.inferred) EXPECT_NEAR(count, 60, 2) << pad;
  EXPECT_LE(machine.longest, 120ms);
}

TEST(BatchInference, ThreeTimesAsSlowIsLessForAllAlikeAndNoLongerAWait) {
  Overload machine(1, 100ms, 60ms);
  machine.run(60s);
  ASSERT_EQ(machine.inferred.size(), Overload::kStreams);
  EXPECT_LE(unfairness(machine.inferred), 1.2);
  EXPECT_GT(sum(machine.inferred) * 60ms, 55s) << "nothing is given away";
  EXPECT_GT(machine.shed, 0);
  EXPECT_LE(machine.longest, 160ms);
  EXPECT_LE(machine.most_behind, 2);
}

TEST(BatchInference, OneInferenceThatLastsLongerThanAllMayWaitStillHasItsTurn) {
  Overload machine(1, 100ms, 300ms);
  machine.run(120s);
  ASSERT_EQ(machine.inferred.size(), Overload::kStreams);
  EXPECT_LE(unfairness(machine.inferred), 1.2);
  EXPECT_LE(machine.longest, 400ms);
  EXPECT_LT(machine.most_behind, 8) << "the mux never waits";
}

TEST(BatchInference, WithoutABoundInfersAllThatIsDueHoweverLongItTakes) {
  Overload machine(0, 0ms, 60ms);
  machine.run(2s);
  EXPECT_EQ(machine.shed, 0);
  EXPECT_EQ(sum(machine.inferred), 30 * static_cast<int>(Overload::kStreams));
}

// 16 key frames that come at once, 20 ms each, and nothing else for that long.
int of_a_burst(std::chrono::milliseconds every) {
  BatchInference::Clock::time_point now;
  BatchInference inference({.rate = 1, .longest_wait = 100ms, .now = [&now] { return now; }});
  std::array<NvDsFrameMeta, 16> frames{};
  std::vector<NvDsFrameMeta*> batch;
  for (guint pad = 0; pad < frames.size(); pad++) {
    frames[pad].pad_index = pad;
    batch.push_back(&frames[pad]);
  }
  int inferred = 0;
  for (int i = 0; i < 10; i++) {
    const auto start = BatchInference::Clock::time_point(i * every);
    now = start;
    for (NvDsFrameMeta& frame : frames) frame.buf_pts = std::chrono::nanoseconds(i * every).count();
    inferred = 0;
    inference.run(
        batch, start, [] { return false; },
        [&](const NvDsFrameMeta&) {
          inferred++;
          now += 20ms;
          return std::vector<Detection>{};
        });
  }
  return inferred;
}

TEST(BatchInference, HasTimeForStreamsThatComeRarely) {
  EXPECT_EQ(of_a_burst(1s), 16) << "half a second passes before anybody waits";
  EXPECT_LT(of_a_burst(400ms), 12);
}

// Frames of one stream at 10 fps, so many in each batch, for 12 s.
int inferred_in_12_s(double rate, size_t in_batch) {
  BatchInference inference({.rate = rate});
  std::vector<NvDsFrameMeta> frames(in_batch);
  int inferred = 0;
  for (guint64 n = 0; n < 120; n += in_batch) {
    std::vector<NvDsFrameMeta*> batch;
    for (size_t i = 0; i < in_batch; i++) {
      frames[i].buf_pts = (n + i) * 100 * GST_MSECOND;
      batch.push_back(&frames[i]);
    }
    for (const DueFrame& due : inference.run(
             batch, {}, [] { return false; }, [](const NvDsFrameMeta&) { return std::vector<Detection>{}; }))
      inferred += due.inferred;
  }
  return inferred;
}

TEST(BatchInference, KeepsTheRateWhereABatchHoldsSeveralFramesOfAStream) {
  for (const size_t in_batch : {1, 2, 3, 4}) {
    EXPECT_NEAR(inferred_in_12_s(5, in_batch), 60, 2) << in_batch;
    EXPECT_EQ(inferred_in_12_s(0, in_batch), 120) << in_batch;
  }
}

TEST(BatchInference, GoesOnWithOneASecondWhereSomethingElseHoldsTheBatchesUp) {
  BatchInference::Clock::time_point now;
  BatchInference inference({.rate = 5, .longest_wait = 100ms, .now = [&now] { return now; }});
  NvDsFrameMeta frame{};
  int inferred = 0;
  for (int i = 0; i < 100; i++, now += 100ms) {
    frame.buf_pts = static_cast<guint64>(i) * 100 * GST_MSECOND;
    inference.run(
        {&frame}, now - 500ms, [] { return true; },
        [&](const NvDsFrameMeta&) {
          inferred++;
          return std::vector<Detection>{};
        });
  }
  EXPECT_NEAR(inferred, 10, 1);
}

TEST(BatchInference, TellsWhatDetectionThrowsAfterAllHaveReturned) {
  BatchInference inference({.threads = 2});
  std::array<NvDsFrameMeta, 4> frames{};
  std::atomic<int> calls = 0;
  auto detect = [&](const NvDsFrameMeta&) -> std::vector<Detection> {
    calls++;
    throw std::runtime_error("no model");
  };
  EXPECT_THROW(inference.run(
                   {&frames[0], &frames[1], &frames[2], &frames[3]}, BatchInference::Clock::now(),
                   [] { return false; }, detect),
               std::runtime_error);
  EXPECT_EQ(calls, 4);
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
