// The low-level configuration: NVIDIA's YAML file, of which the keys of IOU and NvSORT are acted upon.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::standin {

enum StateEstimator : uint32_t { kNoEstimator = 0, kSimpleBoxFilter = 1, kRegularBoxFilter = 2 };
enum AssociationMatcher : uint32_t { kGreedy = 0, kCascaded = 1 };

// Where NVIDIA's own default is unconfirmed, its IOU sample's value stands here; of the state estimators,
// that of its NvSORT sample (weights) and of its NvDCF sample for speed (variances).
struct TrackerConfig {
  float min_detector_confidence = 0;
  uint32_t max_targets_per_stream = 150;
  float min_iou_diff_for_new_target = 0.5f;
  uint32_t probation_age = 4;
  uint32_t max_shadow_tracking_age = 38;
  uint32_t early_termination_age = 1;
  bool use_unique_id = false;
  bool check_class_match = true;
  float min_score_overall = 0;
  float min_score_size = 0;
  float min_score_iou = 0;
  float weight_iou = 1;
  float weight_size = 0;
  uint32_t association_matcher = kGreedy;
  bool use_prediction = false;
  float tentative_detector_confidence = 0.5f;
  float min_score_tentative_iou = 0;
  uint32_t state_estimator = kNoEstimator;
  float noise_weight_location = 0.0301f;  // standard deviation per pixel of height
  float noise_weight_velocity = 0.0017f;
  bool use_aspect_ratio = false;
  float process_noise_location = 1.511f;  // pixels squared
  float process_noise_size = 1.3159f;
  float process_noise_velocity = 0.03f;
  float measurement_noise = 3.0283f;
};

struct LoadedConfig {
  TrackerConfig config;
  std::vector<std::string> warnings;
};

// Reads the text of a configuration over `base`; `name` stands in messages. With `live_only`, keys that
// can not change after start keep their value in `base`, with a warning.
// Throws std::runtime_error that says where, what was seen and what was expected.
LoadedConfig load_tracker_config(const std::string& text, const std::string& name, const TrackerConfig& base,
                                 bool live_only);

// Throws std::runtime_error when the file can not be read.
std::string read_text_file(const std::string& path);

}  // namespace weir::standin
