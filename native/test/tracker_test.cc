#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tracker_library.h"

namespace {

using namespace tracker_test;

TEST(LowLevelTracker, ReportsATargetOnceItsAgeExceedsTheProbation) {
  Library library(kSample);
  EXPECT_EQ(library.printed, "");
  for (int i = 0; i < 4; i++) EXPECT_TRUE(library.frame({box(100)}).empty()) << i;
  EXPECT_EQ(library.frame({box(100)}).size(), 1u);
}

TEST(LowLevelTracker, ReportsAtOnceWithoutProbation) {
  Library library(with("probationAge", "0"));
  EXPECT_EQ(library.frame({box(100)}).size(), 1u);
}

TEST(LowLevelTracker, DropsATentativeTargetThatIsMissedOnce) {
  Library library(kSample);
  library.frames(3, {box(100)});
  library.frame({});
  EXPECT_TRUE(library.frames(4, {box(100)}).empty());
  EXPECT_EQ(library.frame({box(100)}).size(), 1u);
}

TEST(LowLevelTracker, FollowsAMovingBoxWithOneId) {
  Library library(kSample);
  std::vector<Seen> seen;
  for (int i = 0; i < 60; i++) {
    seen = library.frame({box(100.0f + 10 * i)});
    if (i >= 4) {
      ASSERT_EQ(seen.size(), 1u) << i;
      EXPECT_EQ(seen[0].id, 0u);
      EXPECT_EQ(seen[0].x, 100.0f + 10 * i);
    }
  }
}

TEST(LowLevelTracker, MatchesAShadowAgainUnderItsOldId) {
  Library library(kSample);
  const uint64_t id = library.frames(5, {box(100)}).at(0).id;
  for (int i = 0; i < 38; i++) EXPECT_TRUE(library.frame({}).empty());
  const auto seen = library.frame({box(110)});
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].id, id);
}

TEST(LowLevelTracker, TerminatesAShadowThatIsMissedForLonger) {
  Library library(kSample);
  const uint64_t id = library.frames(5, {box(100)}).at(0).id;
  for (int i = 0; i < 39; i++) library.frame({});
  EXPECT_TRUE(library.frames(4, {box(100)}).empty());
  const auto seen = library.frame({box(100)});
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_NE(seen[0].id, id);
}

TEST(LowLevelTracker, AgesNothingOnFramesWithoutInference) {
  Library library(kSample);
  library.frames(4, {box(100)});
  for (int i = 0; i < 10; i++) EXPECT_TRUE(library.frame({}, 0, false).empty());
  const auto active = library.frame({box(100)});
  ASSERT_EQ(active.size(), 1u) << "the tentative target survived";
  for (int i = 0; i < 200; i++) library.frame({}, 0, false);
  const auto later = library.frame({box(100)});
  ASSERT_EQ(later.size(), 1u) << "so did the active one";
  EXPECT_EQ(later[0].id, active[0].id);
}

TEST(LowLevelTracker, GivesABoxOfAnotherClassAnotherId) {
  Library library(kSample);
  const uint64_t person = library.frames(5, {box(100, 100, 0)}).at(0).id;
  EXPECT_TRUE(library.frame({box(100, 100, 1)}).empty());
  const auto bag = library.frames(4, {box(100, 100, 1)});
  ASSERT_EQ(bag.size(), 1u);
  EXPECT_NE(bag[0].id, person);
  EXPECT_EQ(bag[0].class_id, 1);
}

TEST(LowLevelTracker, KeepsTheIdAcrossClassesWhenTheyAreNotChecked) {
  Library library(with("checkClassMatch", "0"));
  const uint64_t id = library.frames(5, {box(100, 100, 0)}).at(0).id;
  const auto seen = library.frame({box(100, 100, 1)});
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].id, id);
  EXPECT_EQ(seen[0].class_id, 1);
}

TEST(LowLevelTracker, KeepsIdsOfObjectsThatCross) {
  Library library(with("probationAge", "0"));
  // Two rows far enough apart to tell, near enough to overlap when they pass.
  std::vector<Seen> seen = library.frame({box(100, 100), box(400, 150)});
  const uint64_t right = seen[0].id, left = seen[1].id;
  for (int i = 1; i <= 60; i++) {
    seen = library.frame({box(100 + 5 * i, 100), box(400 - 5 * i, 150)});
    ASSERT_EQ(seen.size(), 2u) << i;
    EXPECT_EQ(seen[0].id, right);
    EXPECT_EQ(seen[0].x, 100 + 5 * i);
    EXPECT_EQ(seen[1].id, left);
  }
}

TEST(LowLevelTracker, StartsNoSecondTargetOnAnObject) {
  Library library(with("probationAge", "0"));
  library.frame({box(100)});
  EXPECT_EQ(library.frame({box(100), box(104)}).size(), 1u);
  EXPECT_EQ(library.frame({box(100), box(145)}).size(), 2u) << "a small overlap is another object";
}

TEST(LowLevelTracker, DoesNotMatchBoxesThatDoNotTouch) {
  Library library(with("probationAge", "0"));
  const uint64_t id = library.frame({box(100)}).at(0).id;
  EXPECT_NE(library.frame({box(300)}).at(0).id, id) << "equal size alone is no match";
}

TEST(LowLevelTracker, KeepsStreamsApart) {
  Library library(kSample);
  const NvMOTStreamId second = 1ull << 32;
  library.frames(4, {box(100)}, 0);
  library.frames(2, {box(100)}, second);
  const auto first_seen = library.frame({box(100)}, 0);
  EXPECT_EQ(first_seen.size(), 1u);
  EXPECT_TRUE(library.frames(2, {box(100)}, second).empty());
  const auto second_seen = library.frame({box(100)}, second);
  ASSERT_EQ(second_seen.size(), 1u);
  EXPECT_NE(second_seen[0].id, first_seen[0].id);
}

TEST(LowLevelTracker, ForgetsARemovedStreamAndNoOther) {
  Library library(kSample);
  const NvMOTStreamId second = 1ull << 32;
  const uint64_t first_id = library.frames(5, {box(100)}, 0).at(0).id;
  const uint64_t second_id = library.frames(5, {box(100)}, second).at(0).id;
  library.remove(second);
  EXPECT_EQ(library.frame({box(100)}, 0).at(0).id, first_id);
  EXPECT_TRUE(library.frame({box(100)}, second).empty());
  const auto again = library.frames(4, {box(100)}, second);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_NE(again[0].id, second_id) << "numbering goes on";
}

TEST(LowLevelTracker, ForgetsTargetsOnReset) {
  Library library(kSample);
  library.frames(5, {box(100)});
  EXPECT_TRUE(library.frame({box(100)}, 0, true, true).empty());
}

TEST(LowLevelTracker, HoldsNoMoreTargetsThanConfigured) {
  Library library(with("maxTargetsPerStream", "3", with("probationAge", "0")));
  EXPECT_EQ(library.query.maxTargetsPerStream, 3u);
  EXPECT_EQ(library.frame({box(0), box(100), box(200), box(300), box(400)}).size(), 3u);
}

TEST(LowLevelTracker, IgnoresDetectionsBelowTheConfidence) {
  Library library(with("minDetectorConfidence", "0.5", with("probationAge", "0")));
  EXPECT_EQ(library.frame({box(0, 0, 0, 0.4f), box(200, 0, 0, 0.6f)}).size(), 1u);
  EXPECT_EQ(library.frame({box(400, 0, 0, -0.1f)}).size(), 1u) << "negative: the detector gave none";
}

TEST(LowLevelTracker, IgnoresBoxesWithoutArea) {
  Library library(with("probationAge", "0"));
  NvMOTObjToTrack flat = box(0), broken = box(100);
  flat.bbox.height = 0;
  broken.bbox.x = NAN;
  EXPECT_TRUE(library.frame({flat, broken}).empty());
}

TEST(LowLevelTracker, PutsARandomHalfAboveUniqueIds) {
  Library library(with("useUniqueID", "1", with("probationAge", "0")));
  const auto first = library.frame({box(0), box(200)}, 0);
  const auto second = library.frame({box(0)}, 1ull << 32);
  EXPECT_NE(first[0].id >> 32, 0u);
  EXPECT_EQ(first[0].id >> 32, first[1].id >> 32);
  EXPECT_EQ(first[1].id - first[0].id, 1u);
  EXPECT_NE(first[0].id >> 32, second[0].id >> 32);
}

TEST(LowLevelTracker, AsksForNoPictures) {
  Library library(kSample);
  EXPECT_EQ(library.query_status, NvMOTStatus_OK);
  EXPECT_EQ(library.query.numTransforms, 0);
  EXPECT_EQ(library.query.batchMode, NvMOTBatchMode_Batch);
  EXPECT_EQ(library.query.maxShadowTrackingAge, 38u);
}

TEST(LowLevelTracker, TakesTheKeysThatMayChangeLater) {
  Library library(kSample);
  library.frames(2, {box(100)});
  EXPECT_EQ(library.update(with("probationAge", "2")), NvMOTStatus_OK);
  EXPECT_EQ(library.frame({box(100)}).size(), 1u);
  testing::internal::CaptureStderr();
  EXPECT_EQ(library.update(with("maxTargetsPerStream", "3")), NvMOTStatus_OK);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("maxTargetsPerStream can not change"),
            std::string::npos);
  testing::internal::CaptureStderr();
  EXPECT_EQ(library.update("nonsense"), NvMOTStatus_Error);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("%YAML:1.0"), std::string::npos);
  EXPECT_EQ(library.frame({box(100)}).size(), 1u) << "a refused update changes nothing";
}

struct BadConfig {
  std::string text;
  std::string message;
};

TEST(LowLevelTracker, RefusesBadConfigurationsAndSaysWhy) {
  const BadConfig cases[] = {
      {"", ": can not be read, or is empty; expected a %YAML:1.0 file"},
      {"BaseConfig:\n", ":1: the first line is not a YAML header; expected %YAML:1.0"},
      {"%YAML:1.0\n",
       ":1: the file is empty; expected sections BaseConfig, TargetManagement, DataAssociator"},
      {"%YAML:1.0\n- 1\n", ":1: the top level is no map; expected sections such as BaseConfig:"},
      {"%YAML:1.0\nBaseConfig: 3\n", ":2: BaseConfig is no map; expected key: value lines below it"},
      {with("probationAge", "-1"),
       ":8: TargetManagement.probationAge is \"-1\"; expected a whole number from 0 to 2147483647"},
      {with("probationAge", "2.5"), ":8: TargetManagement.probationAge is \"2.5\"; expected a whole number"},
      {with("minIouDiff4NewTarget", "much"),
       ":7: TargetManagement.minIouDiff4NewTarget is \"much\"; expected a number from 0 to 1"},
      {with("checkClassMatch", "2"), ":16: DataAssociator.checkClassMatch is \"2\"; expected 0 or 1"},
  };
  for (const BadConfig& bad : cases) {
    Library library(bad.text);
    EXPECT_EQ(library.status, NvMOTStatus_Error) << bad.message;
    EXPECT_EQ(library.response.customConfigStatus, NvMOTConfigStatus_Invalid);
    EXPECT_EQ(library.printed, "nvmultiobjecttracker: error: " + library.path() + bad.message + "\n");
  }
}

TEST(LowLevelTracker, WarnsOnceOfWhatItDoesNotActUpon) {
  Library library(std::string(kSample) +
                  "  thresholdMahalanobis: 12\nReID:\n  reidType: 2\nMine:\n  key: 1\n");
  EXPECT_EQ(library.status, NvMOTStatus_OK);
  const std::string start = "stand-in: " + library.path() + ": ";
  EXPECT_EQ(
      library.printed,
      start + "line 26: Mine.key is not a key of the tracker\n" + start +
          "this tracker knows IOU and NvSORT and does not act upon DataAssociator.thresholdMahalanobis, "
          "ReID.reidType\n");
}

}  // namespace
