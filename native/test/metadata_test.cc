#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "metadata/detections.h"
#include "metadata/json_text.h"
#include "metadata_frame.h"

namespace weir {
namespace {

std::string encode(const NvDsFrameMeta& frame, const Canvas& canvas, FrameCount* count = nullptr) {
  DetectionEncoder encoder(1, canvas, {}, 42);
  encoder.name_slot(0, "cam-1", 1, 71);
  Batch batch;
  const FrameCount result = encoder.encode(frame, kTime, kNow, &batch);
  if (count != nullptr) *count = result;
  return std::string(batch.bytes.text());
}

TEST(Detections, WritesTheDocumentedMessage) {
  FrameBuilder frame;
  NvDsObjectMeta& object = frame.add(1.25f, 2.5f, 30, 80);
  object.object_id = 17;
  object.confidence = 0.87312f;
  EXPECT_EQ(
      encode(frame.get(), {768, 576, false}),
      R"({"schema":"weir.detections.v1","stream":"cam-1","run":"0000002a.71","epoch":1,"sequence":1,"frame":42,"pts":1400000000,)"
      R"("time":"2026-11-22T19:00:00.123456Z","clock":"local","width":768,"height":576,)"
      R"("inferred":true,"objects":[{"id":"17","class":0,"label":"person","confidence":0.8731,)"
      R"("box":{"left":1.25,"top":2.5,"width":30,"height":80}}]})");
}

TEST(Detections, SaysWhoseClockTheTimeIsOf) {
  DetectionEncoder encoder(1, {});
  Batch batch;
  encoder.encode(FrameBuilder().get(), {.ns = 1'000, .from_camera = true}, kNow, &batch);
  EXPECT_NE(batch.bytes.text().find(R"("time":"1970-01-01T00:00:00.000001Z","clock":"rtcp")"),
            std::string_view::npos);
}

TEST(Detections, LeavesOutTheIdOfUntrackedObjectsAndKeepsAll64BitsOfOthers) {
  FrameBuilder frame;
  frame.add(0, 0, 10, 10);
  frame.add(0, 0, 10, 10).object_id = UNTRACKED_OBJECT_ID - 1;
  FrameCount count;
  const std::string text = encode(frame.get(), {}, &count);
  EXPECT_NE(text.find(R"([{"class":0)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"({"id":"18446744073709551614")"), std::string::npos) << text;
  EXPECT_EQ(count.objects, 2u);
  EXPECT_EQ(count.tracked, 1u);
}

TEST(Detections, HasAMessageWhenInferredOrTracked) {
  FrameBuilder frame;
  EXPECT_TRUE(DetectionEncoder::has_message(frame.get()));
  frame->bInferDone = FALSE;
  NvDsObjectMeta& object = frame.add(0, 0, 10, 10);
  EXPECT_FALSE(DetectionEncoder::has_message(frame.get()));
  object.object_id = 1;
  EXPECT_TRUE(DetectionEncoder::has_message(frame.get()));
  EXPECT_NE(encode(frame.get(), {}).find(R"("inferred":false)"), std::string::npos);
}

TEST(Detections, DropsAndCountsBoxesThatAreNotFiniteOrOutside) {
  FrameBuilder frame;
  frame.add(std::nanf(""), 0, 10, 10);
  frame.add(0, 0, std::numeric_limits<float>::infinity(), 10);
  frame.add(0, 0, 10, 10).confidence = std::nanf("");
  frame.add(800, 0, 10, 10);
  frame.add(5, 5, 0, 10);
  frame.add(5, 5, -4, 10);
  FrameCount count;
  const std::string text = encode(frame.get(), {768, 576, false}, &count);
  EXPECT_EQ(count.objects, 0u);
  EXPECT_EQ(count.discarded, 6u);
  EXPECT_TRUE(text.ends_with(R"("objects":[]})")) << text;
}

TEST(Detections, EscapesLabelsAndRepairsThem) {
  FrameBuilder frame;
  std::snprintf(frame.add(0, 0, 9, 9).obj_label, MAX_LABEL_SIZE, "a\"b\\c\n\xC3\xA9\xFFz");
  EXPECT_NE(encode(frame.get(), {}).find("\"label\":\"a\\\"b\\\\c\\u000a\xC3\xA9\xEF\xBF\xBDz\""),
            std::string::npos);
}

TEST(Detections, ReadsALabelThatFillsItsFieldOnlyToTheEnd) {
  FrameBuilder frame;
  NvDsObjectMeta& object = frame.add(0, 0, 9, 9);
  memset(object.obj_label, 'x', sizeof(object.obj_label));
  EXPECT_NE(encode(frame.get(), {}).find('"' + std::string(128, 'x') + '"'), std::string::npos);
}

TEST(Detections, FollowsALabelThatChangesForAClass) {
  DetectionEncoder encoder(1, {});
  encoder.name_slot(0, "cam-1", 1, 71);
  for (const char* label : {"cat", "dog"}) {
    FrameBuilder frame;
    std::snprintf(frame.add(0, 0, 9, 9).obj_label, MAX_LABEL_SIZE, "%s", label);
    Batch batch;
    encoder.encode(frame.get(), kTime, kNow, &batch);
    EXPECT_NE(batch.bytes.text().find(label), std::string_view::npos);
  }
}

TEST(Detections, IndexesTheMessagesOfABatchAndGrows) {
  DetectionEncoder encoder(2, {});
  encoder.name_slot(0, "one", 1, 71);
  encoder.name_slot(1, "two", 9, 4294967295);
  FrameBuilder first;
  FrameBuilder second;
  second->pad_index = 1;
  for (int i = 0; i < 2000; i++) second.add(0, 0, 9, 9);
  Batch batch;
  encoder.encode(first.get(), kTime, kNow, &batch);
  encoder.encode(second.get(), kTime, kNow, &batch);
  ASSERT_EQ(batch.messages.size(), 2u);
  EXPECT_EQ(batch.messages[1].slot, 1u);
  EXPECT_EQ(batch.messages[0].token, 71u);
  EXPECT_EQ(batch.messages[1].token, 4294967295u);
  EXPECT_EQ(batch.messages[1].objects, 2000u);
  EXPECT_EQ(batch.messages[1].offset, batch.messages[0].length);
  EXPECT_EQ(batch.messages[1].offset + batch.messages[1].length, batch.bytes.size());
  const auto text = batch.bytes.text().substr(batch.messages[1].offset);
  EXPECT_TRUE(text.starts_with(
      R"({"schema":"weir.detections.v1","stream":"two","run":"00000000.4294967295","epoch":9,)"));
}

TEST(Detections, NumbersMessagesOverReconnectsAndBeginsAnewForAnotherSource) {
  DetectionEncoder encoder(1, {}, {}, 1);
  FrameBuilder frame;
  const auto next = [&](Batch* batch) { return encoder.encode(frame.get(), kTime, kNow, batch); };
  const auto head = [&] {
    Batch batch;
    next(&batch);
    const std::string text(batch.bytes.text());
    return text.substr(0, text.find(",\"frame\""));
  };
  encoder.name_slot(0, "cam-1", 1, 7);
  EXPECT_TRUE(head().ends_with(R"("run":"00000001.7","epoch":1,"sequence":1)"));
  EXPECT_TRUE(next(nullptr).message);  // lost, as the ring is full
  encoder.name_slot(0, "cam-1", 2, 7);
  EXPECT_TRUE(head().ends_with(R"("run":"00000001.7","epoch":2,"sequence":3)"));
  encoder.name_slot(0, "cam-1", 1, 8);
  EXPECT_TRUE(head().ends_with(R"("run":"00000001.8","epoch":1,"sequence":1)"));
}

TEST(Detections, PassesOverMetaItDoesNotKnow) {
  FrameBuilder frame;
  NvDsObjectMeta& object = frame.add(0, 0, 10, 10);
  const std::string plain = encode(frame.get(), {});
  // Nothing may look into these: the addresses are no memory.
  GList unknown{reinterpret_cast<gpointer>(8), nullptr, nullptr};
  frame->frame_user_meta_list = &unknown;
  frame->display_meta_list = &unknown;
  object.obj_user_meta_list = &unknown;
  EXPECT_EQ(encode(frame.get(), {}), plain);
}

TEST(CanvasMap, StretchesBackToTheSource) {
  const auto box = CanvasMap({1920, 1080, false}, 640, 480).to_source({960, 540, 96, 108});
  ASSERT_TRUE(box);
  EXPECT_NEAR(box->left, 320, 1e-9);
  EXPECT_NEAR(box->top, 240, 1e-9);
  EXPECT_NEAR(box->width, 32, 1e-9);
  EXPECT_NEAR(box->height, 48, 1e-9);
}

TEST(CanvasMap, TakesAwayTheBarsOfPadding) {
  // 640x480 on 1920x1080 is 1440x1080 with bars of 240.
  const auto box = CanvasMap({1920, 1080, true}, 640, 480).to_source({240 + 225, 225, 450, 225});
  ASSERT_TRUE(box);
  EXPECT_NEAR(box->left, 100, 1e-9);
  EXPECT_NEAR(box->top, 100, 1e-9);
  EXPECT_NEAR(box->width, 200, 1e-9);
  EXPECT_NEAR(box->height, 100, 1e-9);
  EXPECT_FALSE(CanvasMap({1920, 1080, true}, 640, 480).to_source({0, 0, 240, 1080}));
}

TEST(CanvasMap, CutsBoxesAtTheEdge) {
  const auto box = CanvasMap({100, 100, false}, 100, 100).to_source({-10, 90, 200, 20});
  ASSERT_TRUE(box);
  EXPECT_EQ(box->left, 0);
  EXPECT_EQ(box->width, 100);
  EXPECT_EQ(box->top, 90);
  EXPECT_EQ(box->height, 10);
}

TEST(ByteBuffer, WritesDecimalsWithoutTrailingZeros) {
  const auto text = [](double value) {
    ByteBuffer out(1);
    out.append_decimal<2>(value);
    return std::string(out.text());
  };
  EXPECT_EQ(text(0), "0");
  EXPECT_EQ(text(0.004), "0");
  EXPECT_EQ(text(-0.004), "0");
  EXPECT_EQ(text(1.005001), "1.01");
  EXPECT_EQ(text(10.1), "10.1");
  EXPECT_EQ(text(-2.05), "-2.05");
  EXPECT_EQ(text(1234567.999), "1234568");
}

TEST(TimeText, FormatsAcrossSeconds) {
  TimeText time;
  EXPECT_EQ(time.format(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(time.format(999'999'999), "1970-01-01T00:00:00.999999Z");
  EXPECT_EQ(time.format(1'582'934'400'000'001'000), "2020-02-29T00:00:00.000001Z");
}

TEST(BatchRing, DropsTheOldestUnreadAndCountsIt) {
  int dropped = 0;
  BatchRing ring(2, [&](const Batch& batch) { dropped += static_cast<int>(batch.messages.size()); });
  for (int i = 0; i < 3; i++) {
    Batch* batch = ring.acquire();
    batch->messages.push_back({static_cast<uint32_t>(i), 0, 0, 0, 0, 0});
    ring.commit(batch);
  }
  EXPECT_EQ(dropped, 1);
  EXPECT_EQ(ring.waiting(), 2u);
  EXPECT_EQ(ring.take()->messages[0].token, 1u);
}

TEST(BatchRing, NeverTouchesWhatIsTaken) {
  BatchRing ring(1, [](const Batch&) { FAIL(); });
  Batch* batch = ring.acquire();
  batch->bytes.append("kept");
  ring.commit(batch);
  const Batch* taken = ring.take();
  EXPECT_EQ(ring.acquire(), nullptr);
  EXPECT_EQ(taken->bytes.text(), "kept");
  EXPECT_TRUE(ring.release(taken->id));
  EXPECT_FALSE(ring.release(taken->id));
  EXPECT_NE(ring.acquire(), nullptr);
}

TEST(BatchRing, KeepsOrderAndContentBetweenThreads) {
  constexpr int kBatches = 20'000;
  std::atomic<int> dropped = 0;
  std::atomic<bool> done = false;
  BatchRing ring(8, [&](const Batch&) { dropped++; });
  std::thread producer([&] {
    for (int i = 0; i < kBatches; i++) {
      Batch* batch = ring.acquire();
      if (batch == nullptr) {
        dropped++;
        continue;
      }
      batch->bytes.append_integer(i);
      batch->messages.push_back({static_cast<uint32_t>(i), 0, 0, 0, 0, 0});
      ring.commit(batch);
    }
    done = true;
  });
  int read = 0;
  int64_t last = -1;
  std::vector<const Batch*> held;
  for (bool finished = false; !finished;) {
    finished = done;
    while (const Batch* batch = ring.take()) {
      const int64_t value = batch->messages[0].token;
      EXPECT_GT(value, last);
      last = value;
      read++;
      held.push_back(batch);
      if (held.size() < 4) continue;
      for (const Batch* kept : held) {
        EXPECT_EQ(kept->bytes.text(), std::to_string(kept->messages[0].token));
        EXPECT_TRUE(ring.release(kept->id));
      }
      held.clear();
    }
    std::this_thread::yield();
  }
  producer.join();
  EXPECT_EQ(read + dropped, kBatches);
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace weir
