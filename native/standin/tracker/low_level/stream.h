// The targets of one stream, and how detections are given to them: the algorithms IOU and NvSORT.
#pragma once

#include <cstdint>
#include <vector>

#include "config.h"
#include "motion.h"
#include "nvdstracker.h"

namespace weir::standin {

enum class TargetState { kTentative, kActive, kInactive };

struct Target {
  uint64_t id;         // given when it becomes active, so that false alarms use up no ids
  NvMOTRect box;       // where it is: detected, or estimated
  NvMOTRect last_box;  // at its last detection
  BoxMotion motion;    // unless the state estimator is off
  NvMOTClassId class_id;
  TargetState state;
  uint32_t age;                      // inferred frames since its first detection, that one included
  uint32_t missed;                   // inferred frames since its last detection
  const NvMOTObjToTrack* detection;  // this frame's, else nullptr
};

// Hands out ids: a plain counter, or one of the low 32 bits below a prefix.
class IdSource {
 public:
  explicit IdSource(uint32_t prefix = 0) : prefix_(prefix) {}
  uint64_t next() { return (static_cast<uint64_t>(prefix_) << 32) + counter_++; }

 private:
  uint32_t prefix_;
  uint64_t counter_ = 0;
};

// Ages count inferred frames only. What a frame without inference shows depends on the state estimator.
// Without one (IOU) it changes no target and reports none: an object is absent from it and returns, same id,
// with the next inferred one. With one (NvSORT) targets move on as predicted, and those that the last
// inferred frame showed are reported without a detection. A target that an inferred frame does not show is in
// the shadow: never reported.
class Stream {
 public:
  void update(const TrackerConfig& config, const NvMOTObjToTrackList& objects, IdSource& ids);
  void clear() { targets_.clear(); }
  // Writes the active targets that were detected in the last update, or predicted in it.
  void report(NvMOTTrackedObjList& out) const;

 private:
  struct Pair {
    float score;
    uint32_t target;
    uint32_t detection;
  };
  // Which targets and detections a step of association is about, and how they are compared.
  struct Step {
    bool (*takes_target)(const Target& target);
    bool (*takes_detection)(const TrackerConfig& config, const NvMOTObjToTrack& detection);
    float (*score)(const TrackerConfig& config, const Target& target, const NvMOTObjToTrack& detection);
  };
  static const Step kGreedyStep;
  static const Step kCascade[];

  void predict(const TrackerConfig& config);
  void collect(const TrackerConfig& config, const NvMOTObjToTrackList& objects);
  void associate(const TrackerConfig& config);
  void associate(const TrackerConfig& config, const Step& step);
  void age_targets(const TrackerConfig& config, IdSource& ids);
  void start_targets(const TrackerConfig& config, IdSource& ids);
  bool overlaps_target(const TrackerConfig& config, const NvMOTObjToTrack& detection) const;

  std::vector<Target> targets_;
  bool predicted_ = false;  // whether the last update had nothing but predictions
  // Scratch, kept between frames so that none allocates.
  std::vector<const NvMOTObjToTrack*> detections_;  // an associated one becomes nullptr
  std::vector<Pair> pairs_;
};

}  // namespace weir::standin
