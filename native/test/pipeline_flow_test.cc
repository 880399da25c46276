#include <gst/gst.h>
#include <gtest/gtest.h>

#include "pipeline/source_flow.h"

namespace weir {
namespace {

class Unit {
 public:
  Unit(GstClockTime pts, bool key) : buffer_(gst_buffer_new_allocate(nullptr, 10, nullptr)) {
    GST_BUFFER_PTS(buffer_) = pts;
    if (!key) GST_BUFFER_FLAG_SET(buffer_, GST_BUFFER_FLAG_DELTA_UNIT);
  }
  ~Unit() { gst_buffer_unref(buffer_); }
  Unit(const Unit&) = delete;
  Unit& operator=(const Unit&) = delete;
  operator GstBuffer*() const { return buffer_; }

 private:
  GstBuffer* buffer_;
};

class SourceFlowTest : public testing::Test {
 protected:
  SlotCounters counters_;
  SourceFlow flow_{counters_, 2};
};

TEST_F(SourceFlowTest, AdmitsFromAKeyFrameToTheNextOverflow) {
  struct {
    bool key;
    bool full;
    bool admitted;
  } const steps[] = {{false, false, false}, {true, false, true},   {false, false, true},
                     {false, true, false},  {false, false, false}, {true, true, false},
                     {false, false, false}, {true, false, true},   {false, false, true}};
  for (const auto& step : steps) EXPECT_EQ(flow_.admit(Unit(0, step.key), step.full), step.admitted);
  EXPECT_EQ(get(counters_.undecodable), 1u);
  EXPECT_EQ(get(counters_.dropped_encoded), 4u);
}

TEST(SourceFlow, AdmitsNothingButKeyFramesWhereNothingElseIsWanted) {
  SlotCounters counters;
  SourceFlow flow(counters, 2, {.decode = Decode::kKeyframes});
  struct {
    bool key;
    bool full;
    bool admitted;
  } const steps[] = {{false, false, false}, {true, false, true},   {false, false, false}, {true, false, true},
                     {false, true, false},  {false, false, false}, {true, false, true}};
  for (const auto& step : steps) EXPECT_EQ(flow.admit(Unit(0, step.key), step.full), step.admitted);
  EXPECT_EQ(get(counters.undecodable), 1u);
  EXPECT_EQ(get(counters.skipped), 1u);
  EXPECT_EQ(get(counters.dropped_encoded), 2u);
}

// What is admitted of units, each a letter: K for a key frame, r for one that others need, n for another; a
// number changes the mode. A unit's time goes on by 40 ms, save for those in capitals or letters after `<`,
// which are shown 60 ms before the unit in front of them.
std::string admitted(SourceFlow& flow, const std::string& units) {
  static const uint8_t kReference[] = {0, 0, 0, 1, 0x41, 0x9a};
  static const uint8_t kLeaf[] = {0, 0, 1, 0x01, 0x9a};
  std::string passed;
  GstClockTime pts = 10 * GST_SECOND;
  bool leading = false;
  for (const char unit : units) {
    if (unit == '0') flow.select({.decode = Decode::kAll});
    if (unit == '1') flow.select({.decode = Decode::kReference});
    if (unit == '2') flow.select({.decode = Decode::kKeyframes});
    if (unit == '<') leading = true;
    if (std::string("012<").find(unit) != std::string::npos) continue;
    pts += 40 * GST_MSECOND;
    GstBuffer* buffer = unit == 'n' ? gst_buffer_new_memdup(kLeaf, sizeof(kLeaf))
                                    : gst_buffer_new_memdup(kReference, sizeof(kReference));
    GST_BUFFER_PTS(buffer) = std::exchange(leading, false) ? pts - 100 * GST_MSECOND : pts;
    if (unit != 'K') GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    flow.received(buffer);
    if (flow.admit(buffer, false)) passed += unit;
    gst_buffer_unref(buffer);
  }
  return passed;
}

TEST(SourceFlow, ChangesWhatIsDecodedWhereNothingIsMissingForIt) {
  const struct {
    const char* what;
    const char* units;
    const char* admitted;
  } cases[] = {
      {"all", "KrnrnKrn", "KrnrnKrn"},
      {"only what others need", "1KrnrnKrn", "KrrKr"},
      {"fewer at once", "Krn1rnrnK", "KrnrrK"},
      {"key frames at once", "Krn2rnrnK", "KrnK"},
      {"all again at once", "1Krn0nrn", "Krnrn"},
      {"more than key frames from the next one on", "2Krn0rnrnKrn", "KKrn"},
      {"references from the next one on", "2Krn1rnKrnr", "KKrr"},
      {"key frames, and back before the next", "Krn2r0rnKrn", "KrnKrn"},
      {"not those shown before the key frame they follow", "2Krn0rK<n<nrn", "KKrn"},
      {"those too where nothing was left out", "KrnK<n<nrn",
       "KrnK"
       "nnrn"},
      {"nor at the beginning", "rnK<nrn", "Krn"},
  };
  for (const auto& each : cases) {
    SlotCounters counters;
    SourceFlow flow(counters, 2, {}, "H264");
    EXPECT_EQ(admitted(flow, each.units), each.admitted) << each.what;
    EXPECT_EQ(counters.in_flight(), static_cast<int64_t>(std::string(each.admitted).size())) << each.what;
  }
}

TEST(SourceFlow, MeasuresTheDistanceOfKeyFrames) {
  SlotCounters counters;
  SourceFlow flow(counters, 2, {.decode = Decode::kKeyframes}, "H264");
  EXPECT_EQ(counters.key_frame_us, -1);
  admitted(flow, "Krrn");
  EXPECT_EQ(counters.key_frame_us, -1);
  admitted(flow, "KrrnK");
  EXPECT_EQ(counters.key_frame_us, 160'000);
  EXPECT_EQ(get(counters.key_frames), 3u);
  EXPECT_EQ(get(counters.unreferenced), 2u);
}

// Whether the picture at each of these times, in milliseconds, is kept.
std::vector<bool> kept(double max_fps, const std::vector<int>& times_ms) {
  Thinning thinning(max_fps);
  std::vector<bool> kept;
  for (int ms : times_ms) kept.push_back(thinning.keeps(ms * GST_MSECOND));
  return kept;
}

TEST(Thinning, KeepsAsManyPicturesASecondAsAreWanted) {
  using Kept = std::vector<bool>;
  EXPECT_EQ(kept(0, {0, 1, 2}), (Kept{true, true, true}));
  EXPECT_EQ(kept(5, {0, 100, 200, 300, 400}), (Kept{true, false, true, false, true}));
  EXPECT_EQ(kept(10, {0, 67, 133, 200, 267, 333, 400}), (Kept{true, false, true, true, false, true, true}));
  // Fewer than wanted come: all are kept, and none is saved up for later.
  EXPECT_EQ(kept(5, {0, 1000, 2000, 2001, 2200}), (Kept{true, true, true, false, true}));
  // Early and late by turns.
  EXPECT_EQ(kept(10, {0, 98, 203, 299, 401}), (Kept{true, true, true, true, true}));
}

TEST(Thinning, GoesOnAfterAJumpOfTime) {
  using Kept = std::vector<bool>;
  EXPECT_EQ(kept(5, {3'600'000, 3'600'100, 0, 100, 200}), (Kept{true, false, true, false, true}));
  EXPECT_EQ(kept(5, {0, 100, 3'600'000, 3'600'100, 3'600'200}), (Kept{true, false, true, false, true}));
  Thinning thinning(5);
  EXPECT_TRUE(thinning.keeps(0));
  EXPECT_TRUE(thinning.keeps(GST_CLOCK_TIME_NONE));
}

TEST(Thinning, OfAnHourOfUnevenTimesKeepsTheRate) {
  Thinning thinning(4);
  int kept = 0;
  for (int i = 0; i < 15 * 3600; i++) kept += thinning.keeps((i * 1000 / 15 + i * 7919 % 40) * GST_MSECOND);
  EXPECT_NEAR(kept, 4 * 3600, 4 * 3600 / 100);
}

TEST(Thinning, ChangesItsRate) {
  Thinning thinning(1);
  EXPECT_TRUE(thinning.keeps(0));
  thinning.change(1);
  EXPECT_FALSE(thinning.keeps(100 * GST_MSECOND));
  thinning.change(5);
  EXPECT_TRUE(thinning.keeps(200 * GST_MSECOND));
  EXPECT_FALSE(thinning.keeps(300 * GST_MSECOND));
  thinning.change(0);
  EXPECT_TRUE(thinning.keeps(310 * GST_MSECOND));
}

TEST(SourceFlow, CountsPicturesThatAreLeftOut) {
  SlotCounters counters;
  SourceFlow flow(counters, 2, {.max_fps = 5});
  for (int i = 0; i < 4; i++) {
    const Unit unit(i * 100 * GST_MSECOND, true);
    flow.received(unit);
    flow.into_decoder(unit);
    if (flow.out_of_decoder(unit)) add(counters.muxed);
  }
  EXPECT_EQ(get(counters.decoded), 4u);
  EXPECT_EQ(get(counters.skipped), 2u);
  EXPECT_EQ(get(counters.decode_errors), 0u);
  EXPECT_EQ(counters.in_flight(), 0);
}

TEST_F(SourceFlowTest, CountsUnitsTheDecoderSwallowedEvenWhenPicturesAreReordered) {
  for (GstClockTime pts : {0, 40, 20, 10, 30, 50}) flow_.into_decoder(Unit(pts, true));
  for (GstClockTime pts : {0, 10, 30}) flow_.out_of_decoder(Unit(pts, true));
  EXPECT_EQ(get(counters_.decode_errors), 1u);  // 20
  flow_.out_of_decoder(Unit(50, true));
  EXPECT_EQ(get(counters_.decode_errors), 2u);  // 40
  EXPECT_EQ(get(counters_.decoded), 4u);
}

TEST_F(SourceFlowTest, PairsPicturesWithUnitsOfNoTime) {
  flow_.into_decoder(Unit(GST_CLOCK_TIME_NONE, true));
  flow_.into_decoder(Unit(10, true));
  flow_.out_of_decoder(Unit(5, true));
  flow_.out_of_decoder(Unit(10, true));
  EXPECT_EQ(get(counters_.decode_errors), 0u);
  for (int i = 0; i < 70; i++) flow_.into_decoder(Unit(GST_CLOCK_TIME_NONE, true));
  EXPECT_EQ(get(counters_.decode_errors),
            6u);  // a decoder that never gives anything is not remembered for ever
}

TEST_F(SourceFlowTest, CountsWhatTheLeakyQueueDropped) {
  const Unit a(0, true), b(1, true), c(2, true), d(3, true);
  flow_.into_queue(a);
  flow_.into_queue(b);
  flow_.into_queue(c);
  flow_.out_of_queue(b);
  EXPECT_EQ(get(counters_.dropped_decoded), 1u);
  flow_.into_queue(d);
  flow_.out_of_queue(c);
  flow_.out_of_queue(d);
  EXPECT_EQ(get(counters_.dropped_decoded), 1u);
  // Nothing comes out: all but what may be inside, and one that may be on its way out, are lost.
  for (int i = 0; i < 10; i++) flow_.into_queue(a);
  EXPECT_EQ(get(counters_.dropped_decoded), 7u);
}

TEST_F(SourceFlowTest, NeverCountsAsDroppedThePictureThatIsJustLeaving) {
  const Unit a(0, true), b(1, true), c(2, true), d(3, true), e(4, true);
  flow_.into_queue(a);  // taken out by the queue's thread, which is then slow to come by
  flow_.into_queue(b);
  flow_.into_queue(c);
  flow_.into_queue(d);  // b leaks
  flow_.into_queue(e);  // c leaks
  flow_.out_of_queue(a);
  flow_.out_of_queue(d);
  flow_.out_of_queue(e);
  EXPECT_EQ(get(counters_.dropped_decoded), 2u);
}

TEST_F(SourceFlowTest, KnowsAPictureAgainThatTheQueueHasCopied) {
  const Unit a(0, true), b(1, true), copy_of_b(1, true), c(2, true);
  flow_.into_queue(a);
  flow_.into_queue(b);
  flow_.into_queue(c);  // a leaks, so the queue marks b as the first after a gap
  flow_.out_of_queue(copy_of_b);
  EXPECT_EQ(get(counters_.dropped_decoded), 1u);
  flow_.out_of_queue(c);
  EXPECT_EQ(get(counters_.dropped_decoded), 1u);
}

TEST_F(SourceFlowTest, KnowsPicturesOfNoTimeApart) {
  const Unit a(GST_CLOCK_TIME_NONE, true), b(GST_CLOCK_TIME_NONE, true);
  flow_.into_queue(a);
  flow_.into_queue(b);
  flow_.out_of_queue(b);
  EXPECT_EQ(get(counters_.dropped_decoded), 1u);
}

TEST_F(SourceFlowTest, KeepsTheBooksWhenADecoderGivesMoreThanItTook) {
  for (int i = 0; i < 3; i++) {
    flow_.received(Unit(i, true));
    flow_.into_decoder(Unit(i, true));
    flow_.out_of_decoder(Unit(i, true));
    add(counters_.muxed);
  }
  flow_.out_of_decoder(Unit(2, true));  // twice
  add(counters_.muxed);
  EXPECT_EQ(counters_.in_flight(), 0);
  // Given up because a later picture came first, and then it comes after all.
  for (GstClockTime pts : {10, 3600, 20}) {
    flow_.received(Unit(pts, true));
    flow_.into_decoder(Unit(pts, true));
  }
  for (GstClockTime pts : {3600, 10, 20}) {
    flow_.out_of_decoder(Unit(pts, true));
    add(counters_.muxed);
  }
  EXPECT_EQ(counters_.in_flight(), 0);
  flow_.settle();
  EXPECT_EQ(get(counters_.discarded), 0u);
}

}  // namespace
}  // namespace weir
