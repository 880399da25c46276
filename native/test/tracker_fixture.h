// What the tests of the low-level tracker and of the element share.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace tracker_test {

inline std::string library_path() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  return program.parent_path().parent_path() / "lib" / "libnvds_nvmultiobjecttracker.so";
}

// The values of NVIDIA's IOU sample.
inline const char* const kSample =
    "%YAML:1.0\n"
    "BaseConfig:\n"
    "  minDetectorConfidence: 0\n"
    "TargetManagement:\n"
    "  preserveStreamUpdateOrder: 0\n"
    "  maxTargetsPerStream: 150\n"
    "  minIouDiff4NewTarget: 0.5\n"
    "  probationAge: 4\n"
    "  maxShadowTrackingAge: 38\n"
    "  earlyTerminationAge: 1\n"
    "TrajectoryManagement:\n"
    "  useUniqueID: 0\n"
    "DataAssociator:\n"
    "  dataAssociatorType: 0\n"
    "  associationMatcherType: 0\n"
    "  checkClassMatch: 1\n"
    "  minMatchingScore4Overall: 0.0\n"
    "  minMatchingScore4SizeSimilarity: 0.0\n"
    "  minMatchingScore4Iou: 0.0\n"
    "  matchingScoreWeight4SizeSimilarity: 0.4\n"
    "  matchingScoreWeight4Iou: 0.6\n";

// The values of NVIDIA's NvSORT sample.
inline const char* const kNvSortSample =
    "%YAML:1.0\n"
    "BaseConfig:\n"
    "  minDetectorConfidence: 0.1345\n"
    "TargetManagement:\n"
    "  enableBboxUnClipping: 0\n"
    "  maxTargetsPerStream: 300\n"
    "  minIouDiff4NewTarget: 0.578\n"
    "  minTrackerConfidence: 0.8216\n"
    "  probationAge: 5\n"
    "  maxShadowTrackingAge: 26\n"
    "  earlyTerminationAge: 1\n"
    "TrajectoryManagement:\n"
    "  useUniqueID: 0\n"
    "DataAssociator:\n"
    "  dataAssociatorType: 0\n"
    "  associationMatcherType: 1\n"
    "  checkClassMatch: 1\n"
    "  usePrediction4Assoc: 1\n"
    "  minMatchingScore4Overall: 0.2543\n"
    "  minMatchingScore4SizeSimilarity: 0.4019\n"
    "  minMatchingScore4Iou: 0.2159\n"
    "  matchingScoreWeight4SizeSimilarity: 0.1365\n"
    "  matchingScoreWeight4Iou: 0.3836\n"
    "  tentativeDetectorConfidence: 0.2331\n"
    "  minMatchingScore4TentativeIou: 0.2867\n"
    "StateEstimator:\n"
    "  stateEstimatorType: 2\n"
    "  noiseWeightVar4Loc: 0.0301\n"
    "  noiseWeightVar4Vel: 0.0017\n"
    "  useAspectRatio: 1\n";

// The sample, or `text`, with one value replaced.
inline std::string with(const std::string& key, const std::string& value, std::string text = kSample) {
  const size_t at = text.find(key + ": ");
  EXPECT_NE(at, std::string::npos) << key;
  const size_t from = at + key.size() + 2;
  return text.replace(from, text.find('\n', from) - from, value);
}

class TempFile {
 public:
  explicit TempFile(const std::string& text) {
    char name[] = "/tmp/weir-tracker-XXXXXX";
    close(mkstemp(name));
    path_ = name;
    std::ofstream(path_) << text;
  }
  ~TempFile() { std::filesystem::remove(path_); }
  std::string& path() { return path_; }

 private:
  std::string path_;
};

}  // namespace tracker_test
