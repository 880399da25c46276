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

TEST(SourceFlow, AdmitsFromAKeyFrameToTheNextOverflow) {
  SlotCounters counters;
  SourceFlow flow(counters, 2);
  struct {
    bool key;
    bool full;
    bool admitted;
  } const steps[] = {{false, false, false}, {true, false, true},   {false, false, true},
                     {false, true, false},  {false, false, false}, {true, true, false},
                     {false, false, false}, {true, false, true},   {false, false, true}};
  for (const auto& step : steps) EXPECT_EQ(flow.admit(Unit(0, step.key), step.full), step.admitted);
  EXPECT_EQ(get(counters.undecodable), 1u);
  EXPECT_EQ(get(counters.dropped_encoded), 4u);
}

TEST(SourceFlow, CountsUnitsTheDecoderSwallowedEvenWhenPicturesAreReordered) {
  SlotCounters counters;
  SourceFlow flow(counters, 2);
  for (GstClockTime pts : {0, 40, 20, 10, 30, 50}) flow.into_decoder(Unit(pts, true));
  for (GstClockTime pts : {0, 10, 30}) flow.out_of_decoder(Unit(pts, true));
  EXPECT_EQ(get(counters.decode_errors), 1u);  // 20
  flow.out_of_decoder(Unit(50, true));
  EXPECT_EQ(get(counters.decode_errors), 2u);  // 40
  EXPECT_EQ(get(counters.decoded), 4u);
}

TEST(SourceFlow, PairsPicturesWithUnitsOfNoTime) {
  SlotCounters counters;
  SourceFlow flow(counters, 2);
  flow.into_decoder(Unit(GST_CLOCK_TIME_NONE, true));
  flow.into_decoder(Unit(10, true));
  flow.out_of_decoder(Unit(5, true));
  flow.out_of_decoder(Unit(10, true));
  EXPECT_EQ(get(counters.decode_errors), 0u);
  for (int i = 0; i < 70; i++) flow.into_decoder(Unit(GST_CLOCK_TIME_NONE, true));
  EXPECT_EQ(get(counters.decode_errors),
            6u);  // a decoder that never gives anything is not remembered for ever
}

TEST(SourceFlow, CountsWhatTheLeakyQueueDropped) {
  SlotCounters counters;
  SourceFlow flow(counters, 2);
  const Unit a(0, true), b(1, true), c(2, true), d(3, true);
  flow.into_queue(a);
  flow.into_queue(b);
  flow.into_queue(c);
  flow.out_of_queue(b);
  EXPECT_EQ(get(counters.dropped_decoded), 1u);
  flow.into_queue(d);
  flow.out_of_queue(c);
  flow.out_of_queue(d);
  EXPECT_EQ(get(counters.dropped_decoded), 1u);
  // Nothing comes out: all but what may be inside, and one that may be on its way out, are lost.
  for (int i = 0; i < 10; i++) flow.into_queue(a);
  EXPECT_EQ(get(counters.dropped_decoded), 7u);
}

TEST(SourceFlow, NeverCountsAsDroppedThePictureThatIsJustLeaving) {
  SlotCounters counters;
  SourceFlow flow(counters, 2);
  const Unit a(0, true), b(1, true), c(2, true), d(3, true), e(4, true);
  flow.into_queue(a);  // taken out by the queue's thread, which is then slow to come by
  flow.into_queue(b);
  flow.into_queue(c);
  flow.into_queue(d);  // b leaks
  flow.into_queue(e);  // c leaks
  flow.out_of_queue(a);
  flow.out_of_queue(d);
  flow.out_of_queue(e);
  EXPECT_EQ(get(counters.dropped_decoded), 2u);
}

TEST(SourceFlow, KnowsAPictureAgainThatTheQueueHasCopied) {
  SlotCounters counters;
  SourceFlow flow(counters, 2);
  const Unit a(0, true), b(1, true), copy_of_b(1, true), c(2, true);
  flow.into_queue(a);
  flow.into_queue(b);
  flow.into_queue(c);  // a leaks, so the queue marks b as the first after a gap
  flow.out_of_queue(copy_of_b);
  EXPECT_EQ(get(counters.dropped_decoded), 1u);
  flow.out_of_queue(c);
  EXPECT_EQ(get(counters.dropped_decoded), 1u);
}

TEST(SourceFlow, KnowsPicturesOfNoTimeApart) {
  SlotCounters counters;
  SourceFlow flow(counters, 2);
  const Unit a(GST_CLOCK_TIME_NONE, true), b(GST_CLOCK_TIME_NONE, true);
  flow.into_queue(a);
  flow.into_queue(b);
  flow.out_of_queue(b);
  EXPECT_EQ(get(counters.dropped_decoded), 1u);
}

TEST(SourceFlow, KeepsTheBooksWhenADecoderGivesMoreThanItTook) {
  SlotCounters counters;
  SourceFlow flow(counters, 2);
  for (int i = 0; i < 3; i++) {
    flow.received(Unit(i, true));
    flow.into_decoder(Unit(i, true));
    flow.out_of_decoder(Unit(i, true));
    add(counters.muxed);
  }
  flow.out_of_decoder(Unit(2, true));  // twice
  add(counters.muxed);
  EXPECT_EQ(counters.in_flight(), 0);
  // Given up because a later picture came first, and then it comes after all.
  for (GstClockTime pts : {10, 3600, 20}) {
    flow.received(Unit(pts, true));
    flow.into_decoder(Unit(pts, true));
  }
  for (GstClockTime pts : {3600, 10, 20}) {
    flow.out_of_decoder(Unit(pts, true));
    add(counters.muxed);
  }
  EXPECT_EQ(counters.in_flight(), 0);
  flow.settle();
  EXPECT_EQ(get(counters.discarded), 0u);
}

}  // namespace
}  // namespace weir
