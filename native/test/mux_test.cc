#include "mux/batcher.h"

#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

using namespace weir::standin;

namespace {

MuxFrame frame(guint pad, GstClockTime pts = 0) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_I420, 16, 16);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
  MuxFrame f;
  f.pad = pad;
  f.pts = pts;
  f.arrival_us = g_get_monotonic_time();
  f.picture = std::make_unique<Picture>(buffer, info, Placement{0, 0, 16, 16});
  gst_buffer_unref(buffer);
  return f;
}

std::vector<guint> pads_of(const std::variant<MuxNotice, MuxBatch>& item) {
  std::vector<guint> pads;
  for (const auto& f : std::get<MuxBatch>(item)) pads.push_back(f.pad);
  return pads;
}

class BatcherTest : public testing::Test {
 protected:
  void start(guint batch_size, gint timeout_us, guint pads) {
    batcher_.configure(batch_size, timeout_us);
    for (guint pad = 0; pad < pads; pad++) batcher_.add_pad(pad);
    batcher_.start();
  }
  Batcher batcher_;
};

TEST_F(BatcherTest, AFullBatchGoesOutAtOnceAndTakesPadsInTurn) {
  start(2, -1, 3);
  for (guint pad = 0; pad < 3; pad++) ASSERT_EQ(batcher_.push(frame(pad)), GST_FLOW_OK);
  EXPECT_EQ(pads_of(batcher_.next()), (std::vector<guint>{0, 1}));
  ASSERT_EQ(batcher_.push(frame(0)), GST_FLOW_OK);
  EXPECT_EQ(pads_of(batcher_.next()), (std::vector<guint>{2, 0}));
}

TEST_F(BatcherTest, APartialBatchGoesOutAfterTheTimeout) {
  start(4, 1000, 4);
  batcher_.push(frame(1));
  EXPECT_EQ(pads_of(batcher_.next()), (std::vector<guint>{1}));
}

TEST_F(BatcherTest, OneSourceAloneFillsABatch) {
  start(3, -1, 1);
  for (int i = 0; i < 3; i++) ASSERT_EQ(batcher_.push(frame(0, i)), GST_FLOW_OK);
  EXPECT_EQ(pads_of(batcher_.next()), (std::vector<guint>{0, 0, 0}));
}

TEST_F(BatcherTest, APadWithItsShareQueuedMakesItsSourceWait) {
  start(2, -1, 2);
  batcher_.push(frame(0));
  auto blocked = std::async(std::launch::async, [&] { return batcher_.push(frame(0)); });
  EXPECT_EQ(blocked.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  batcher_.push(frame(1));
  batcher_.next();
  EXPECT_EQ(blocked.get(), GST_FLOW_OK);
}

TEST_F(BatcherTest, APadsEndComesAfterItsPicturesAndRefusesMore) {
  start(4, -1, 1);
  batcher_.push(frame(0));
  batcher_.notify({0, MuxSignal::kEos, nullptr});
  EXPECT_EQ(batcher_.push(frame(0)), GST_FLOW_EOS);
  EXPECT_EQ(pads_of(batcher_.next()), (std::vector<guint>{0}));
  EXPECT_EQ(std::get<MuxNotice>(batcher_.next()).signal, MuxSignal::kEos);
}

TEST_F(BatcherTest, AnEndedPadWaitsForThePadsThatStillFillTheBatch) {
  start(2, -1, 2);
  batcher_.push(frame(0));
  batcher_.notify({0, MuxSignal::kEos, nullptr});
  auto batch = std::async(std::launch::async, [&] { return pads_of(batcher_.next()); });
  EXPECT_EQ(batch.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  batcher_.push(frame(1));
  EXPECT_EQ(batch.get(), (std::vector<guint>{0, 1}));
}

TEST_F(BatcherTest, RemovingAPadDeliversWhatItHoldsThenTheNotice) {
  start(4, -1, 2);
  batcher_.push(frame(1));
  auto removed = std::async(std::launch::async, [&] { return batcher_.remove_pad(1, G_USEC_PER_SEC * 5); });
  EXPECT_EQ(pads_of(batcher_.next()), (std::vector<guint>{1}));
  EXPECT_EQ(std::get<MuxNotice>(batcher_.next()).signal, MuxSignal::kDeleted);
  EXPECT_TRUE(removed.get());
  EXPECT_EQ(batcher_.pad_count(), 1u);
}

TEST_F(BatcherTest, RemovingAPadGivesUpWhenNobodyTakesFromIt) {
  start(4, -1, 1);
  EXPECT_FALSE(batcher_.remove_pad(0, 1000));
  EXPECT_EQ(batcher_.pad_count(), 0u);
}

TEST_F(BatcherTest, StoppingWakesSourcesAndTheTask) {
  start(2, -1, 2);
  batcher_.push(frame(0));
  auto source = std::async(std::launch::async, [&] { return batcher_.push(frame(0)); });
  auto task = std::async(std::launch::async, [&] { return batcher_.next(); });
  batcher_.stop();
  EXPECT_EQ(source.get(), GST_FLOW_FLUSHING);
  EXPECT_TRUE(std::get<MuxBatch>(task.get()).empty());
}

TEST(Place, StretchesOrLetterboxes) {
  const Placement stretched = place(640, 480, 1280, 720, false);
  EXPECT_EQ(stretched.width, 1280);
  const Placement boxed = place(640, 480, 1280, 720, true);
  EXPECT_EQ(boxed.left, 160);
  EXPECT_EQ(boxed.width, 960);
  EXPECT_EQ(boxed.height, 720);
}

}  // namespace
