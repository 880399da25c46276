#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tracker_library.h"

namespace {

using namespace tracker_test;

std::string with_sort(const std::string& key, const std::string& value, std::string text = kNvSortSample) {
  return with(key, value, std::move(text));
}

float overlap(const NvMOTRect& a, const NvMOTRect& b) {
  const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return width * height / (a.width * a.height + b.width * b.height - width * height);
}

TEST(NvSort, TakesNvidiasSampleWithoutAWord) {
  Library library(kNvSortSample);
  EXPECT_EQ(library.status, NvMOTStatus_OK);
  EXPECT_EQ(library.printed, "");
  EXPECT_EQ(library.query.numTransforms, 0) << "boxes only";
}

TEST(NvSort, CarriesAnObjectOfConstantVelocityThroughFifteenFramesWithoutInference) {
  Library library(kNvSortSample);
  std::vector<Seen> seen;
  for (int n = 0; n < 30; n++) seen = library.frame({box(100.0f + 4 * n, 200.0f - 2 * n)});
  ASSERT_EQ(seen.size(), 1u);
  const uint64_t id = seen[0].id;
  for (int n = 30; n < 45; n++) {
    seen = library.frame({}, 0, false);
    ASSERT_EQ(seen.size(), 1u) << n;
    EXPECT_EQ(seen[0].id, id);
    EXPECT_GT(overlap(seen[0].box, box(100.0f + 4 * n, 200.0f - 2 * n).bbox), 0.8f) << n;
  }
  seen = library.frame({box(100 + 4 * 45, 200 - 2 * 45)});
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].id, id);
}

TEST(NvSort, FollowsAnObjectThatIsDetectedOnceInFifteenFrames) {
  Library library(with_sort("minMatchingScore4Iou", "0", with_sort("minMatchingScore4Overall", "0")));
  std::vector<uint64_t> ids;
  int reported = 0;
  for (int n = 0; n < 15 * 12; n++) {
    const bool inferred = n % 15 == 0;
    const NvMOTObjToTrack object = box(100.0f + 2 * n);
    const auto seen =
        library.frame(inferred ? std::vector{object} : std::vector<NvMOTObjToTrack>{}, 0, inferred);
    for (const Seen& each : seen) {
      reported++;
      if (ids.empty() || ids.back() != each.id) ids.push_back(each.id);
      if (n >= 15 * 7) {
        EXPECT_GT(overlap(each.box, object.bbox), 0.8f) << n;
      }
    }
  }
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(reported, 15 * 12 - 15 * 5)
      << "from the first inferred frame after its probation on, every frame";
}

TEST(NvSort, ReportsNoShadow) {
  Library library(kNvSortSample);
  const uint64_t id = library.frames(6, {box(100)}).at(0).id;
  EXPECT_TRUE(library.frame({}).empty()) << "the detector looked and saw nothing";
  EXPECT_TRUE(library.frame({}, 0, false).empty()) << "nor is it predicted in view";
  const auto seen = library.frame({box(100)});
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].id, id);
}

TEST(NvSort, ReportsNoTargetOnProbationBetweenDetections) {
  Library library(kNvSortSample);
  library.frames(5, {box(100)});
  EXPECT_TRUE(library.frame({}, 0, false).empty());
  EXPECT_EQ(library.frame({box(100)}).size(), 1u);
}

TEST(NvSort, KeepsIdsOfObjectsThatCrossUnseen) {
  Library library(kNvSortSample);
  const auto right = [](int n) { return box(100.0f + 5 * n, 100); };
  const auto left = [](int n) { return box(400.0f - 5 * n, 120); };
  std::vector<Seen> seen;
  for (int n = 0; n < 22; n++) seen = library.frame({right(n), left(n)});
  ASSERT_EQ(seen.size(), 2u);
  const uint64_t ids[] = {seen[0].id, seen[1].id};
  for (int n = 22; n < 38; n++) EXPECT_EQ(library.frame({}, 0, false).size(), 2u);  // they meet at n = 30
  seen = library.frame({left(38), right(38)});
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].id, ids[0]);
  EXPECT_NEAR(seen[0].x, right(38).bbox.x, 5);
  EXPECT_EQ(seen[1].id, ids[1]);
  EXPECT_NEAR(seen[1].x, left(38).bbox.x, 5);
}

TEST(NvSort, SmoothsWhatTheDetectorShakes) {
  Library library(kNvSortSample);
  double shaken = 0, smoothed = 0;
  for (int n = 0; n < 200; n++) {
    const float truth = 100.0f + 2 * n, error = n % 2 == 0 ? 4.0f : -4.0f;
    const auto seen = library.frame({box(truth + error)});
    if (seen.empty()) continue;
    shaken += std::abs(error);
    smoothed += std::abs(seen[0].x - truth);
  }
  EXPECT_LT(smoothed, shaken / 2);
}

TEST(NvSort, LetsWeakDetectionsFeedActiveTargetsAndStartNone) {
  Library library(kNvSortSample);
  const uint64_t id = library.frames(6, {box(100)}).at(0).id;
  for (int i = 0; i < 20; i++) {
    const auto seen = library.frame({box(100, 100, 0, 0.2f), box(400, 100, 0, 0.2f)});
    ASSERT_EQ(seen.size(), 1u) << i;
    EXPECT_EQ(seen[0].id, id);
  }
  library.frame({});
  EXPECT_TRUE(library.frame({box(100, 100, 0, 0.2f)}).empty()) << "a shadow needs a strong one";
}

TEST(NvSort, GivesStrongDetectionsToProvenTargetsFirst) {
  Library library(with_sort("minIouDiff4NewTarget", "1"));
  const uint64_t id = library.frames(6, {box(100)}).at(0).id;
  library.frame({box(100), box(106)});  // the second starts a target on probation
  const auto seen = library.frame({box(106)});
  ASSERT_EQ(seen.size(), 1u) << "the one on probation fits better, and yet";
  EXPECT_EQ(seen[0].id, id);
}

TEST(NvSort, MatchesAgainstTheLastPlaceWithoutPrediction) {
  for (const bool predicts : {true, false}) {
    Library library(with_sort("usePrediction4Assoc", predicts ? "1" : "0"));
    uint64_t id = 0;
    for (int n = 0; n < 20; n++)
      for (const Seen& seen : library.frame({box(100.0f + 6 * n)})) id = seen.id;
    for (int n = 20; n < 35; n++) library.frame({}, 0, false);
    const auto seen = library.frame({box(100 + 6 * 35)});  // 96 pixels from where it was, of 50
    EXPECT_EQ(seen.size(), predicts ? 1u : 0u);
    for (const Seen& each : seen) EXPECT_EQ(each.id, id);
  }
}

TEST(NvSort, TakesTheSimpleEstimatorToo) {
  Library library(with_sort("stateEstimatorType", "1") +
                  "  processNoiseVar4Loc: 1.5\n  processNoiseVar4Size: 1.3\n  processNoiseVar4Vel: 0.03\n"
                  "  measurementNoiseVar4Detector: 3\n");
  EXPECT_EQ(library.printed, "");
  for (int n = 0; n < 40; n++) library.frame({box(100.0f + 3 * n)});
  std::vector<Seen> seen;
  for (int n = 40; n < 55; n++) seen = library.frame({}, 0, false);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_NEAR(seen[0].x, 100 + 3 * 54, 6);
  EXPECT_NEAR(seen[0].box.width, 50, 0.5);
}

TEST(NvSort, RefusesHostileNumbersAndSaysWhy) {
  const struct {
    const char* key;
    const char* value;
    const char* message;
  } cases[] = {
      {"stateEstimatorType", "3", "a whole number from 0 to 2"},
      {"stateEstimatorType", "1.5", "a whole number"},
      {"associationMatcherType", "2", "a whole number from 0 to 1"},
      {"noiseWeightVar4Loc", "-0.1", "a number from 0 to 100"},
      {"noiseWeightVar4Vel", ".nan", "a number from 0 to 100"},
      {"noiseWeightVar4Vel", ".inf", "a number from 0 to 100"},
      {"noiseWeightVar4Loc", "1e300", "a number from 0 to 100"},
      {"useAspectRatio", "maybe", "0 or 1"},
      {"tentativeDetectorConfidence", "[1]", "a number from 0 to 1"},
      {"minMatchingScore4TentativeIou", "2", "a number from 0 to 1"},
  };
  for (const auto& bad : cases) {
    Library library(with_sort(bad.key, bad.value));
    EXPECT_EQ(library.status, NvMOTStatus_Error) << bad.key << ": " << bad.value;
    EXPECT_NE(library.printed.find(bad.key), std::string::npos) << library.printed;
    EXPECT_NE(library.printed.find(std::string("expected ") + bad.message), std::string::npos)
        << library.printed;
  }
}

TEST(NvSort, KeepsToFiniteBoxesWhateverTheNoiseAndTheDetections) {
  for (const char* weight : {"0", "0.0000001", "100"})
    for (const char* type : {"1", "2"}) {
      const std::string config = with_sort("stateEstimatorType", type, with_sort("probationAge", "0"));
      Library library(
          with_sort("noiseWeightVar4Loc", weight, with_sort("noiseWeightVar4Vel", weight, config)) +
          "  processNoiseVar4Loc: 0\n  processNoiseVar4Vel: 1e9\n  measurementNoiseVar4Detector: 0\n");
      ASSERT_EQ(library.status, NvMOTStatus_OK) << library.printed;
      const float sizes[] = {1e-30f, 1e-3f, 50, 1e6f, 1e18f};
      for (int n = 0; n < 300; n++) {
        NvMOTObjToTrack odd = box(n % 7 == 0 ? FLT_MAX : -1e6f * (n % 3));
        odd.bbox.width = sizes[n % 5];
        odd.bbox.height = sizes[(n / 2) % 5];
        for (const Seen& seen : library.frame({odd, box(100)}, 0, n % 3 != 0)) {
          ASSERT_TRUE(std::isfinite(seen.box.x) && std::isfinite(seen.box.y)) << n;
          ASSERT_TRUE(seen.box.width > 0 && std::isfinite(seen.box.width)) << n;
          ASSERT_TRUE(seen.box.height > 0 && std::isfinite(seen.box.height)) << n;
        }
      }
    }
}

TEST(NvSort, ShrinksToNothingGracefully) {
  Library library(kNvSortSample);
  for (int n = 0; n < 20; n++) {
    NvMOTObjToTrack shrinking = box(100);
    shrinking.bbox.height = 80.0f - 3 * n;
    library.frame({shrinking});
  }
  for (int n = 0; n < 200; n++)
    for (const Seen& seen : library.frame({}, 0, false)) ASSERT_GE(seen.box.height, 1) << n;
}

}  // namespace
