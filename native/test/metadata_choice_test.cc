// Which objects and frames become messages.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "metadata/detections.h"
#include "metadata_frame.h"

namespace weir {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// Shows frames to an encoder of one stream.
class Shown {
 public:
  explicit Shown(MessageOptions options) : encoder_(1, {}, std::move(options)) {
    encoder_.name_slot(0, "cam-1", 1, 1);
  }

  FrameCount operator()(const FrameBuilder& frame, int64_t after_ns = 0) {
    now_ += after_ns;
    Batch batch;
    const FrameCount count = encoder_.encode(frame.get(), kTime, now_, &batch);
    EXPECT_EQ(batch.messages.size(), count.message ? 1u : 0u);
    return count;
  }
  FrameCount lost(const FrameBuilder& frame) { return encoder_.encode(frame.get(), kTime, now_, nullptr); }
  void reconnect() { encoder_.name_slot(0, "cam-1", 2, 1); }

 private:
  DetectionEncoder encoder_;
  int64_t now_ = kNow;
};

NvDsObjectMeta& add(FrameBuilder& frame, uint64_t id, int class_id, float left = 0, float confidence = 0.5f) {
  NvDsObjectMeta& object = frame.add(left, 0, 100, 50);
  object.object_id = id;
  object.class_id = class_id;
  object.confidence = confidence;
  return object;
}

TEST(Choice, TakesObjectsByClassConfidenceAndTrack) {
  FrameBuilder frame;
  add(frame, 1, 0);
  add(frame, 2, 1);
  add(frame, UNTRACKED_OBJECT_ID, 1);
  add(frame, 3, 2, 0, 0.2f);
  const auto objects = [&](MessageOptions options) {
    const FrameCount count = Shown(std::move(options))(frame);
    EXPECT_EQ(count.objects + count.left_out, 4u);
    return count.objects;
  };
  EXPECT_EQ(objects({}), 4u);
  EXPECT_EQ(objects({.classes = {1, 7}}), 2u);
  EXPECT_EQ(objects({.min_confidence = 0.5}), 3u);
  EXPECT_EQ(objects({.tracked_only = true}), 3u);
  EXPECT_EQ(objects({.classes = {1}, .tracked_only = true}), 1u);
}

TEST(Choice, JudgesATrackWithoutDetectionByItsLastOne) {
  Shown shown({.min_confidence = 0.5});
  for (const float detected : {0.4f, 0.6f}) {
    FrameBuilder seen;
    add(seen, 1, 0, 0, detected);
    shown(seen);
    for (int i = 0; i < 3; i++) {
      FrameBuilder carried;
      add(carried, 1, 0, 0, -0.1f);
      EXPECT_EQ(shown(carried).objects, detected < 0.5f ? 0u : 1u) << detected << " frame " << i;
    }
  }
}

TEST(Choice, TakesEveryNthFrame) {
  Shown shown({.every = 3});
  FrameBuilder frame;
  std::string taken;
  for (int i = 0; i < 7; i++) taken += shown(frame).message ? 'x' : '.';
  EXPECT_EQ(taken, "x..x..x");
}

TEST(Choice, SpeaksOfTracksThatComeGoOrChangeClass) {
  Shown shown({.on_change = OnChange{.moved = 0.1, .heartbeat_ns = 10 * kSecond}});
  FrameBuilder one, two, other, empty;
  add(one, 1, 0);
  add(two, 2, 0);
  add(two, 1, 0);
  add(other, 1, 5);
  EXPECT_TRUE(shown(empty).message);
  EXPECT_FALSE(shown(empty).message);
  EXPECT_TRUE(shown(one).message);
  EXPECT_FALSE(shown(one).message);
  EXPECT_TRUE(shown(two).message);
  EXPECT_TRUE(shown(one).message);
  EXPECT_TRUE(shown(other).message);
  EXPECT_TRUE(shown(empty).message);
}

TEST(Choice, SpeaksOfTracksThatMovedSinceTheLastMessage) {
  Shown shown({.on_change = OnChange{.moved = 0.1, .heartbeat_ns = 10 * kSecond}});
  const auto at = [&](float left) {
    FrameBuilder frame;
    add(frame, 1, 0, left);
    return shown(frame).message;
  };
  EXPECT_TRUE(at(0));
  EXPECT_FALSE(at(6));
  EXPECT_TRUE(at(12));  // of 100 pixels, since 0
  EXPECT_FALSE(at(3));
  EXPECT_TRUE(at(1));
}

TEST(Choice, SpeaksOfUntrackedObjectsByTheirNumberPerClass) {
  Shown shown({.on_change = OnChange{.moved = 0.1, .heartbeat_ns = 10 * kSecond}});
  const auto with = [&](std::initializer_list<int> classes, float left) {
    FrameBuilder frame;
    for (const int class_id : classes) add(frame, UNTRACKED_OBJECT_ID, class_id, left++);
    return shown(frame).message;
  };
  EXPECT_TRUE(with({0, 0, 1}, 0));
  EXPECT_FALSE(with({1, 0, 0}, 300));
  EXPECT_TRUE(with({0, 1, 1}, 300));
  EXPECT_TRUE(with({0, 1}, 300));
}

TEST(Choice, IsNotSilentForLongerThanItsHeartbeat) {
  Shown shown({.on_change = OnChange{.moved = 0.1, .heartbeat_ns = 10 * kSecond}});
  FrameBuilder frame;
  EXPECT_TRUE(shown(frame).message);
  EXPECT_FALSE(shown(frame, 10 * kSecond - 1).message);
  EXPECT_TRUE(shown(frame, 1).message);
  EXPECT_FALSE(shown(frame, 1).message);
}

TEST(Choice, SpeaksAgainAfterALossAndAReconnect) {
  Shown shown({.on_change = OnChange{.moved = 0.1, .heartbeat_ns = 10 * kSecond}});
  FrameBuilder frame;
  EXPECT_TRUE(shown.lost(frame).message);
  EXPECT_TRUE(shown(frame).message);
  EXPECT_FALSE(shown(frame).message);
  shown.reconnect();
  EXPECT_TRUE(shown(frame).message);
}

}  // namespace
}  // namespace weir
