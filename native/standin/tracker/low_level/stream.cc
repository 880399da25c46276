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

// 0 when the two can not be the same object: a score must exceed its minimum, or boxes that do not touch
// would match by their size alone.
float matching_score(const TrackerConfig& config, const Target& target, const NvMOTObjToTrack& detection) {
  if (!classes_match(config, target, detection)) return 0;
  const float overlap = iou(target.box, detection.bbox);
  if (overlap <= config.min_score_iou) return 0;
  const float size = size_similarity(target.box, detection.bbox);
  if (size <= config.min_score_size) return 0;
  const float score = config.weight_iou * overlap + config.weight_size * size;
  return score > config.min_score_overall ? score : 0;
}

void activate_if_due(const TrackerConfig& config, Target& target, IdSource& ids) {
  if (target.state == TargetState::kTentative && target.age > config.probation_age) {
    target.state = TargetState::kActive;
    target.id = ids.next();
  }
}

bool terminated(const TrackerConfig& config, const Target& target) {
  if (target.missed == 0) return false;
  if (target.state == TargetState::kTentative) return target.missed >= config.early_termination_age;
  return target.missed > config.max_shadow_tracking_age;
}

}  // namespace

void Stream::update(const TrackerConfig& config, const NvMOTObjToTrackList& objects, IdSource& ids) {
  for (Target& target : targets_) target.detection = nullptr;
  if (!objects.detectionDone) return;
  collect(config, objects);
  associate(config);
  age_targets(config, ids);
  start_targets(config, ids);
}

void Stream::collect(const TrackerConfig& config, const NvMOTObjToTrackList& objects) {
  detections_.clear();
  for (uint32_t i = 0; i < objects.numFilled; i++) {
    const NvMOTObjToTrack& object = objects.list[i];
    if (object.doTracking && usable(object.bbox) && confident(config, object.confidence))
      detections_.push_back(&object);
  }
}

// Greedy: the best pair first. Ties go to the older target and the earlier detection, so that the same
// input always gives the same ids.
void Stream::associate(const TrackerConfig& config) {
  pairs_.clear();
  for (uint32_t t = 0; t < targets_.size(); t++)
    for (uint32_t d = 0; d < detections_.size(); d++)
      if (const float score = matching_score(config, targets_[t], *detections_[d]); score > 0)
        pairs_.push_back({score, t, d});
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
      target.box = target.detection->bbox;
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
    if (detection == nullptr || overlaps_target(config, *detection)) continue;
    targets_.push_back({0, detection->bbox, detection->classId, TargetState::kTentative, 1, 0, detection});
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
    if (target.state != TargetState::kActive || target.detection == nullptr) continue;
    if (out.numFilled == out.numAllocated) return;
    NvMOTTrackedObj& object = out.list[out.numFilled++];
    object = {};
    object.classId = target.class_id;
    object.trackingId = target.id;
    object.bbox = target.box;
    object.confidence = 1;  // IOU has no measure of its own
    object.age = target.age;
    object.associatedObjectIn = const_cast<NvMOTObjToTrack*>(target.detection);
  }
}

}  // namespace weir::standin
