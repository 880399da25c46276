#include "stream.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace weir::standin {
namespace {

float area(const NvMOTRect& box) { return box.width * box.height; }

float iou(const NvMOTRect& a, const NvMOTRect& b) {
  const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const float common = width * height;
  return common / (area(a) + area(b) - common);
}

float size_similarity(const NvMOTRect& a, const NvMOTRect& b) {
  return std::min(area(a), area(b)) / std::max(area(a), area(b));
}

bool usable(const NvMOTRect& box) {
  return std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(area(box)) && box.width > 0 &&
         box.height > 0;
}

// Detectors that give no confidence write a negative one.
bool confident(const TrackerConfig& config, float confidence) {
  return confidence < 0 || confidence >= config.min_detector_confidence;
}

bool classes_match(const TrackerConfig& config, const Target& target, const NvMOTObjToTrack& detection) {
  return !config.check_class_match || target.class_id == detection.classId;
}

// Where a detection of the target is looked for.
const NvMOTRect& expected(const TrackerConfig& config, const Target& target) {
  return config.use_prediction ? target.box : target.last_box;
}

// 0 when the two can not be the same object: a score must exceed its minimum, or boxes that do not touch
// would match by their size alone.
float matching_score(const TrackerConfig& config, const Target& target, const NvMOTObjToTrack& detection) {
  if (!classes_match(config, target, detection)) return 0;
  const NvMOTRect& box = expected(config, target);
  const float overlap = iou(box, detection.bbox);
  if (overlap <= config.min_score_iou) return 0;
  const float size = size_similarity(box, detection.bbox);
  if (size <= config.min_score_size) return 0;
  const float score = config.weight_iou * overlap + config.weight_size * size;
  return score > config.min_score_overall ? score : 0;
}

float overlap_score(const TrackerConfig& config, const Target& target, const NvMOTObjToTrack& detection,
                    float least) {
  if (!classes_match(config, target, detection)) return 0;
  const float overlap = iou(expected(config, target), detection.bbox);
  return overlap > least ? overlap : 0;
}

// A cascade tells weak detections from the rest: they may confirm a target, not start one.
bool is_weak(const TrackerConfig& config, const NvMOTObjToTrack& detection) {
  return config.association_matcher == kCascaded && detection.confidence >= 0 &&
         detection.confidence < config.tentative_detector_confidence;
}

bool is_strong(const TrackerConfig& config, const NvMOTObjToTrack& detection) {
  return !is_weak(config, detection);
}

bool is_finite(const NvMOTRect& box) {
  return std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(box.width) &&
         std::isfinite(box.height);
}

void activate_if_due(const TrackerConfig& config, Target& target, IdSource& ids) {
  if (target.state == TargetState::kTentative && target.age > config.probation_age) {
    target.state = TargetState::kActive;
    target.id = ids.next();
  }
}

void see(const TrackerConfig& config, Target& target, const NvMOTRect& box) {
  target.box = box;
  if (config.state_estimator != kNoEstimator) {
    target.motion.correct(config, box);
    target.box = target.motion.box();
  }
  target.last_box = target.box;
}

bool terminated(const TrackerConfig& config, const Target& target) {
  if (target.missed == 0) return false;
  if (target.state == TargetState::kTentative) return target.missed >= config.early_termination_age;
  return target.missed > config.max_shadow_tracking_age;
}

}  // namespace

const Stream::Step Stream::kGreedyStep = {
    [](const Target&) { return true; },
    [](const TrackerConfig&, const NvMOTObjToTrack&) { return true; },
    matching_score,
};

// What is known best goes first. Weak detections are for targets that were there a moment ago, by overlap
// alone; a target on probation takes what strong detections are left.
const Stream::Step Stream::kCascade[] = {
    {[](const Target& target) { return target.state != TargetState::kTentative; }, is_strong, matching_score},
    {[](const Target& target) { return target.state == TargetState::kActive; }, is_weak,
     [](const TrackerConfig& config, const Target& target, const NvMOTObjToTrack& detection) {
       return overlap_score(config, target, detection, config.min_score_tentative_iou);
     }},
    {[](const Target& target) { return target.state == TargetState::kTentative; }, is_strong,
     [](const TrackerConfig& config, const Target& target, const NvMOTObjToTrack& detection) {
       return overlap_score(config, target, detection, config.min_score_iou);
     }},
};

void Stream::update(const TrackerConfig& config, const NvMOTObjToTrackList& objects, IdSource& ids) {
  for (Target& target : targets_) target.detection = nullptr;
  predict(config);
  predicted_ = !objects.detectionDone && config.state_estimator != kNoEstimator;
  if (!objects.detectionDone) return;
  collect(config, objects);
  associate(config);
  age_targets(config, ids);
  start_targets(config, ids);
}

void Stream::predict(const TrackerConfig& config) {
  if (config.state_estimator == kNoEstimator) return;
  for (Target& target : targets_) {
    target.motion.predict(config);
    target.box = target.motion.box();
  }
}

void Stream::collect(const TrackerConfig& config, const NvMOTObjToTrackList& objects) {
  detections_.clear();
  for (uint32_t i = 0; i < objects.numFilled; i++) {
    const NvMOTObjToTrack& object = objects.list[i];
    if (object.doTracking && usable(object.bbox) && confident(config, object.confidence))
      detections_.push_back(&object);
  }
}

void Stream::associate(const TrackerConfig& config) {
  if (config.association_matcher == kGreedy) return associate(config, kGreedyStep);
  for (const Step& step : kCascade) associate(config, step);
}

// Greedy: the best pair first. Ties go to the older target and the earlier detection, so that the same
// input always gives the same ids.
void Stream::associate(const TrackerConfig& config, const Step& step) {
  pairs_.clear();
  for (uint32_t t = 0; t < targets_.size(); t++) {
    if (targets_[t].detection != nullptr || !step.takes_target(targets_[t])) continue;
    for (uint32_t d = 0; d < detections_.size(); d++) {
      if (detections_[d] == nullptr || !step.takes_detection(config, *detections_[d])) continue;
      if (const float score = step.score(config, targets_[t], *detections_[d]); score > 0)
        pairs_.push_back({score, t, d});
    }
  }
  std::sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) {
    return std::tie(b.score, a.target, a.detection) < std::tie(a.score, b.target, b.detection);
  });
  for (const Pair& pair : pairs_) {
    if (targets_[pair.target].detection != nullptr || detections_[pair.detection] == nullptr) continue;
    targets_[pair.target].detection = std::exchange(detections_[pair.detection], nullptr);
  }
}

void Stream::age_targets(const TrackerConfig& config, IdSource& ids) {
  for (Target& target : targets_) {
    target.age++;
    if (target.detection != nullptr) {
      see(config, target, target.detection->bbox);
      target.class_id = target.detection->classId;
      target.missed = 0;
      if (target.state == TargetState::kInactive) target.state = TargetState::kActive;
      activate_if_due(config, target, ids);
    } else {
      target.missed++;
      if (target.state == TargetState::kActive) target.state = TargetState::kInactive;
    }
  }
  std::erase_if(targets_, [&](const Target& target) { return terminated(config, target); });
}

void Stream::start_targets(const TrackerConfig& config, IdSource& ids) {
  for (const NvMOTObjToTrack* detection : detections_) {
    if (targets_.size() >= config.max_targets_per_stream) return;
    if (detection == nullptr || is_weak(config, *detection) || overlaps_target(config, *detection)) continue;
    const NvMOTRect& box = detection->bbox;
    targets_.push_back({0, box, box, {}, detection->classId, TargetState::kTentative, 1, 0, detection});
    targets_.back().motion.start(config, box);
    activate_if_due(config, targets_.back(), ids);
  }
}

// A second box on an object that already has a target is a duplicate. Where classes are compared, a target
// of another class is another object.
bool Stream::overlaps_target(const TrackerConfig& config, const NvMOTObjToTrack& detection) const {
  return std::any_of(targets_.begin(), targets_.end(), [&](const Target& target) {
    return classes_match(config, target, detection) &&
           iou(target.box, detection.bbox) > config.min_iou_diff_for_new_target;
  });
}

void Stream::report(NvMOTTrackedObjList& out) const {
  out.numFilled = 0;
  for (const Target& target : targets_) {
    if (target.state != TargetState::kActive || (target.detection == nullptr && !predicted_)) continue;
    if (!is_finite(target.box)) continue;  // boxes near the end of what a float holds
    if (out.numFilled == out.numAllocated) return;
    NvMOTTrackedObj& object = out.list[out.numFilled++];
    object = {};
    object.classId = target.class_id;
    object.trackingId = target.id;
    object.bbox = target.box;
    object.confidence = 1;  // boxes alone give no measure
    object.age = target.age;
    object.associatedObjectIn = const_cast<NvMOTObjToTrack*>(target.detection);
  }
}

}  // namespace weir::standin
