#include <gst/video/video.h>

#include "pipeline/detector_watch.h"
#include "pipeline/helpers.h"
#include "pipeline/packet_watch.h"
#include "pipeline/picture_watch.h"
#include "pipeline_harness.h"

namespace weir::test {

namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMs = 1'000'000;

// A camera of ten pictures a second, two packets each.
class Packets {
 public:
  explicit Packets(uint16_t sequence = 0, uint32_t time = 0) : sequence_(sequence), time_(time) {}

  void send(int pictures) {
    for (int i = 0; i < pictures; i++) {
      now_ += kSecond / 10;
      time_ += 9'000;
      for (int k = 0; k < 2; k++) watch_.take({sequence_++, time_, source_}, now_);
    }
  }
  void lose(int packets) { sequence_ += packets; }
  void jump(double seconds) { time_ += static_cast<int64_t>(seconds * 90'000); }
  void pause(double seconds) { now_ += static_cast<int64_t>(seconds * kSecond); }
  void restart(uint16_t sequence, uint32_t source) {
    sequence_ = sequence;
    source_ = source;
  }
  uint64_t packets() const { return get(counters_.packets); }
  uint64_t lost() const { return get(counters_.packets_lost); }
  uint64_t jumps() const { return get(counters_.timestamp_jumps); }
  PacketWatch& watch() { return watch_; }
  int64_t now() const { return now_; }

 private:
  SlotCounters counters_;
  PacketWatch watch_{counters_};
  uint16_t sequence_;
  uint32_t time_;
  uint32_t source_ = 1;
  int64_t now_ = 0;
};

TEST(PacketWatch, FollowsBothNumbersOverTheirWrap) {
  Packets camera(65'500, 4'294'900'000);
  camera.send(100);
  EXPECT_EQ(camera.packets(), 200u);
  EXPECT_EQ(camera.lost(), 0u);
  EXPECT_EQ(camera.jumps(), 0u);
}

TEST(PacketWatch, CountsWhatIsMissingAlsoOverTheWrap) {
  Packets camera(65'530);
  camera.send(2);
  camera.lose(3);  // over the wrap
  camera.send(2);
  camera.lose(1);
  camera.send(1);
  EXPECT_EQ(camera.lost(), 4u);
}

TEST(PacketWatch, TakesAFarNumberForANewBeginningAndALateOneForNoLoss) {
  Packets camera(100);
  camera.send(5);
  camera.lose(20'000);
  camera.send(5);
  camera.lose(-15'000);
  camera.send(5);
  camera.restart(7, 2);
  camera.send(5);
  EXPECT_EQ(camera.lost(), 0u);
  camera.watch().take({14, 0, 2}, camera.now());  // the one after next came before it
  camera.send(2);
  EXPECT_EQ(camera.lost(), 0u);
}

TEST(PacketWatch, TellsJumpsFromPausesBurstsAndReordering) {
  Packets camera;
  camera.send(10);
  camera.jump(-0.3);  // pictures out of order
  camera.send(5);
  camera.jump(0.3);
  camera.send(5);
  camera.pause(20);  // and what was held up comes at once
  camera.send(50);
  EXPECT_EQ(camera.jumps(), 0u);
  camera.jump(3600);
  camera.send(10);
  EXPECT_EQ(camera.jumps(), 1u);
  camera.jump(-3600);
  camera.send(10);
  EXPECT_EQ(camera.jumps(), 2u);
  camera.pause(30);
  camera.jump(30);
  camera.send(10);
  EXPECT_EQ(camera.jumps(), 2u);
}

TEST(PacketWatch, ReadsTheHeaderOfAPacket) {
  const uint8_t header[] = {0x80, 96, 0x12, 0x34, 0xff, 0, 0, 1, 0xde, 0xad, 0xbe, 0xef};
  const auto packet = PacketWatch::parse(header, sizeof(header));
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->sequence, 0x1234);
  EXPECT_EQ(packet->time, 0xff000001u);
  EXPECT_EQ(packet->source, 0xdeadbeefu);
  EXPECT_FALSE(PacketWatch::parse(header, 11));
}

TEST(UnitTimes, JumpWhenTheyGoBackOrSkip) {
  SlotCounters counters;
  UnitTimes times(counters);
  for (int64_t at : {0, 40, 20, 60}) times.take(at * kMs, 20 * kMs);
  times.take(2'000 * kMs, 20 * kMs);
  EXPECT_EQ(get(counters.timestamp_jumps), 0u);
  times.take(9'000 * kMs, 20 * kMs);
  times.take(100 * kMs, 10'000 * kMs);
  EXPECT_EQ(get(counters.timestamp_jumps), 2u);
  times.take(10'100 * kMs, 0);  // as long as was said
  EXPECT_EQ(get(counters.timestamp_jumps), 2u);
}

TEST(PictureAge, GrowsWhilePicturesCarryTheSame) {
  PictureAge age;
  int64_t now = 0;
  const auto look = [&](uint64_t first, uint64_t second) {
    now += kSecond;
    EXPECT_TRUE(age.is_due(now));
    age.look(first, now);
    EXPECT_TRUE(age.is_due(now));
    age.look(second, now);
    EXPECT_FALSE(age.is_due(now));
    return age.ms();
  };
  EXPECT_EQ(look(1, 1), -1);
  EXPECT_EQ(look(1, 1), 1000);
  EXPECT_EQ(look(1, 1), 2000);
  EXPECT_EQ(look(2, 2), 0);
  EXPECT_EQ(look(2, 2), 1000);
  EXPECT_EQ(look(2, 3), 0);
  EXPECT_EQ(look(2, 3), 0);  // repeats itself every second, and moves
}

CapsPtr picture_caps(const char* memory) {
  const std::string caps =
      std::string("video/x-raw") + memory + ",format=I420,width=16,height=16,framerate=30/1";
  return CapsPtr(gst_caps_from_string(caps.c_str()));
}

TEST(PictureWatch, LooksAtTheFirstPlaneOnlyWhereTheCpuCanRead) {
  for (const char* memory : {"", "(memory:NVMM)"}) {
    SlotCounters counters;
    PictureWatch watch(counters);
    watch.set_format(picture_caps(memory).get());
    GstBuffer* picture = gst_buffer_new_allocate(nullptr, 16 * 16 * 3 / 2, nullptr);
    for (int i = 0; i < 6; i++) {
      gst_buffer_memset(picture, 0, 7, 16 * 16);
      gst_buffer_memset(picture, 16 * 16, static_cast<guint8>(i), 16 * 8);  // colour alone changes
      watch.take(picture, i * kSecond);
    }
    EXPECT_EQ(counters.picture_age_ms, *memory == '\0' ? 4000 : -1);
    gst_buffer_memset(picture, 12 * 16 + 15, 8, 1);
    watch.take(picture, 7 * kSecond);
    watch.take(picture, 7 * kSecond);
    EXPECT_EQ(counters.picture_age_ms, *memory == '\0' ? 0 : -1);
    gst_buffer_unref(picture);
  }
}

TEST(DetectorWatch, MatchesWhatComesOutWithWhatWentIn) {
  PipelineCounters counters;
  DetectorWatch watch(counters);
  int names[80] = {};
  watch.out(&names[0], 0);  // was in before we looked
  watch.into(&names[0], 1 * kMs);
  watch.into(&names[1], 2 * kMs);
  watch.into(&names[2], 3 * kMs);
  watch.out(&names[0], 5 * kMs);
  watch.out(&names[2], 7 * kMs);  // 1 never comes
  EXPECT_EQ(get(counters.detector_batches), 3u);
  EXPECT_EQ(get(counters.detector_us), 8000u);
  watch.into(&names[1], 8 * kMs);
  watch.out(&names[3], 9 * kMs);  // a copy
  EXPECT_EQ(get(counters.detector_us), 9000u);
  for (int& name : names) watch.into(&name, 10 * kMs);  // more than it remembers
  for (int& name : names) watch.out(&name, 11 * kMs);
  EXPECT_EQ(get(counters.detector_us), 9000u + 64 * 1000);
  EXPECT_EQ(get(counters.detector_batches), 84u);
}

TEST(PipelineWatch, NoticesPicturesThatDoNotChange) {
  TestPipeline pipeline(picture_graph(2));
  ASSERT_DONE(pipeline.start());
  EXPECT_EQ(pipeline.counter(0, "pictureAgeMs"), -1);
  ASSERT_DONE(pipeline.add(0, "2"));   // black
  ASSERT_DONE(pipeline.add(1, "18"));  // a moving ball
  ASSERT_TRUE(pipeline.reaches(0, "pictureAgeMs", 900));
  ASSERT_TRUE(pipeline.reaches(1, "pictureAgeMs", 0));
  EXPECT_EQ(pipeline.counter(1, "pictureAgeMs"), 0);
  ASSERT_DONE(pipeline.remove(0));
  ASSERT_DONE(pipeline.add(0, "18", 2));
  EXPECT_EQ(pipeline.counter(0, "pictureAgeMs"), -1);
}

// RTP without a network, its numbers about to wrap; every `loss`-th part of the packets is lost.
Graph rtp_graph(double loss) {
  Graph g = graph(1);
  SourceTemplate& source = g.sources["file"];
  source.nodes = {
      node("source", "videotestsrc", {{"is-live", flag(true)}, {"pattern", Hole{"uri"}}}),
      node("rate", "capsfilter",
           {{"caps", text("video/x-raw,format=I420,width=320,height=240,framerate=30/1")}}),
      node("encode", "x264enc", {{"tune", text("zerolatency")}, {"speed-preset", text("ultrafast")}}),
      node("pay", "rtph264pay",
           {{"seqnum-offset", number(65'530)},
            {"timestamp-offset", number(4'294'950'000)},
            {"mtu", number(400)}}),
      node("loss", "identity", {{"drop-probability", number(loss)}})};
  source.links = chain({"source", "rate", "encode", "pay", "loss"});
  source.dynamic = "loss";
  source.variants[0].caps = "application/x-rtp";
  source.variants[0].entry = "depay";
  source.variants[0].nodes.push_back(node("depay", "rtph264depay"));
  source.variants[0].links.push_back({{"depay", ""}, {"parse", ""}});
  source.roles.packets = "depay";
  return g;
}

TEST(PipelineWatch, CountsPacketsAndThoseLost) {
  for (double loss : {0.0, 0.2}) {
    TestPipeline pipeline(rtp_graph(loss));
    ASSERT_DONE(pipeline.start());
    ASSERT_DONE(pipeline.add(0, "18"));
    ASSERT_TRUE(pipeline.reaches(0, "packets", 150));
    EXPECT_EQ(pipeline.counter(0, "timestampJumps"), 0);
    const double lost = pipeline.counter(0, "packetsLost");
    EXPECT_TRUE(loss == 0 ? lost == 0 : lost > 5) << lost;
    ASSERT_DONE(pipeline.stop());
  }
}

TEST(Helpers, RunAllAtOnceAndEndWhenIdle) {
  Helpers helpers(8);
  std::atomic<int> meeting = 0;
  std::vector<Helpers::Task> tasks(8, [&] {
    meeting++;
    becomes([&] { return meeting == 8; });
  });
  EXPECT_TRUE(helpers.run_all(tasks, Helpers::Clock::now() + kPatience));
  EXPECT_EQ(meeting, 8);
  EXPECT_LE(helpers.threads(), 8u);
  EXPECT_TRUE(becomes([&] { return helpers.threads() == 0; }));
}

TEST(Helpers, TellWhatDoesNotEndInTime) {
  auto release = std::make_shared<std::promise<void>>();
  Helpers helpers(2);
  helpers.run([future = release->get_future().share()] { future.wait(); });
  EXPECT_FALSE(helpers.wait_idle(Helpers::Clock::now() + 10ms));
  EXPECT_TRUE(helpers.run_all({[] {}}, Helpers::Clock::now() + kPatience));
  release->set_value();
  EXPECT_TRUE(helpers.wait_idle(Helpers::Clock::now() + kPatience));
}

}  // namespace
}  // namespace weir::test
