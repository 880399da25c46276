#include "config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <variant>

namespace weir::standin {
namespace {

using Field = std::variant<float TrackerConfig::*, uint32_t TrackerConfig::*, bool TrackerConfig::*>;

struct Key {
  const char* section;
  const char* name;
  Field field;
  double max;
  bool live;  // may change by NvMOT_UpdateParams
};

constexpr double kAnyAge = std::numeric_limits<int32_t>::max();
constexpr double kMostVariance = 1e9;   // of pixels
constexpr double kMostTargets = 10000;  // bounds what the element allocates for each stream

const Key kKeys[] = {
    {"BaseConfig", "minDetectorConfidence", &TrackerConfig::min_detector_confidence, 1, true},
    {"BaseConfig", "checkClassMatch", &TrackerConfig::check_class_match, 1, false},
    {"TargetManagement", "maxTargetsPerStream", &TrackerConfig::max_targets_per_stream, kMostTargets, false},
    {"TargetManagement", "minIouDiff4NewTarget", &TrackerConfig::min_iou_diff_for_new_target, 1, true},
    {"TargetManagement", "probationAge", &TrackerConfig::probation_age, kAnyAge, true},
    {"TargetManagement", "maxShadowTrackingAge", &TrackerConfig::max_shadow_tracking_age, kAnyAge, true},
    {"TargetManagement", "earlyTerminationAge", &TrackerConfig::early_termination_age, kAnyAge, true},
    {"TrajectoryManagement", "useUniqueID", &TrackerConfig::use_unique_id, 1, false},
    {"DataAssociator", "checkClassMatch", &TrackerConfig::check_class_match, 1, false},
    {"DataAssociator", "minMatchingScore4Overall", &TrackerConfig::min_score_overall, 1, true},
    {"DataAssociator", "minMatchingScore4SizeSimilarity", &TrackerConfig::min_score_size, 1, true},
    {"DataAssociator", "minMatchingScore4Iou", &TrackerConfig::min_score_iou, 1, true},
    {"DataAssociator", "matchingScoreWeight4Iou", &TrackerConfig::weight_iou, 1000, true},
    {"DataAssociator", "matchingScoreWeight4SizeSimilarity", &TrackerConfig::weight_size, 1000, true},
    {"DataAssociator", "associationMatcherType", &TrackerConfig::association_matcher, kCascaded, false},
    {"DataAssociator", "usePrediction4Assoc", &TrackerConfig::use_prediction, 1, true},
    {"DataAssociator", "tentativeDetectorConfidence", &TrackerConfig::tentative_detector_confidence, 1, true},
    {"DataAssociator", "minMatchingScore4TentativeIou", &TrackerConfig::min_score_tentative_iou, 1, true},
    {"StateEstimator", "stateEstimatorType", &TrackerConfig::state_estimator, kRegularBoxFilter, false},
    {"StateEstimator", "noiseWeightVar4Loc", &TrackerConfig::noise_weight_location, 100, false},
    {"StateEstimator", "noiseWeightVar4Vel", &TrackerConfig::noise_weight_velocity, 100, false},
    {"StateEstimator", "useAspectRatio", &TrackerConfig::use_aspect_ratio, 1, false},
    {"StateEstimator", "processNoiseVar4Loc", &TrackerConfig::process_noise_location, kMostVariance, false},
    {"StateEstimator", "processNoiseVar4Size", &TrackerConfig::process_noise_size, kMostVariance, false},
    {"StateEstimator", "processNoiseVar4Vel", &TrackerConfig::process_noise_velocity, kMostVariance, false},
    {"StateEstimator", "measurementNoiseVar4Detector", &TrackerConfig::measurement_noise, kMostVariance,
     false},
};

// What NVIDIA's library knows and this one does not act upon. The name "*" is every other key of the
// section. `harmless` is the value that asks for nothing beyond IOU and NvSORT and needs no warning, "*" if
// every value is.
struct IgnoredKey {
  const char* section;
  const char* name;
  const char* harmless;
};

const IgnoredKey kIgnored[] = {
    {"TargetManagement", "preserveStreamUpdateOrder", "*"},  // always preserved
    {"TargetManagement", "enableBboxUnClipping", "0"},
    {"TargetManagement", "minTrackerConfidence", "*"},  // boxes alone give no confidence below 1
    {"TargetManagement", "searchRegionPaddingScale", nullptr},
    {"TargetManagement", "outputTerminatedTracks", "0"},
    {"TargetManagement", "outputShadowTracks", "0"},
    {"TargetManagement", "terminatedTrackFilename", nullptr},
    {"TargetManagement", "maxTrajectoryBufferLength", nullptr},
    {"TargetManagement", "enablePastFrame", "0"},
    {"TrajectoryManagement", "enableReAssoc", "0"},
    {"TrajectoryManagement", "minMatchingScore4Overall", nullptr},
    {"TrajectoryManagement", "minTrackletMatchingScore", nullptr},
    {"TrajectoryManagement", "minMatchingScore4ReidSimilarity", nullptr},
    {"TrajectoryManagement", "matchingScoreWeight4TrackletSimilarity", nullptr},
    {"TrajectoryManagement", "matchingScoreWeight4ReidSimilarity", nullptr},
    {"TrajectoryManagement", "minTrajectoryLength4Projection", nullptr},
    {"TrajectoryManagement", "prepLength4TrajectoryProjection", nullptr},
    {"TrajectoryManagement", "trajectoryProjectionLength", nullptr},
    {"TrajectoryManagement", "maxAngle4TrackletMatching", nullptr},
    {"TrajectoryManagement", "minSpeedSimilarity4TrackletMatching", nullptr},
    {"TrajectoryManagement", "minBboxSizeSimilarity4TrackletMatching", nullptr},
    {"TrajectoryManagement", "maxTrackletMatchingTimeSearchRange", nullptr},
    {"TrajectoryManagement", "trajectoryProjectionProcessNoiseScale", nullptr},
    {"TrajectoryManagement", "trajectoryProjectionMeasurementNoiseScale", nullptr},
    {"TrajectoryManagement", "trackletSpacialSearchRegionScale", nullptr},
    {"TrajectoryManagement", "reidExtractionInterval", nullptr},
    {"DataAssociator", "dataAssociatorType", "0"},
    {"DataAssociator", "minMatchingScore4VisualSimilarity", nullptr},
    {"DataAssociator", "minMatchingScore4ReidSimilarity", nullptr},
    {"DataAssociator", "matchingScoreWeight4VisualSimilarity", nullptr},
    {"DataAssociator", "matchingScoreWeight4ReidSimilarity", nullptr},
    {"DataAssociator", "thresholdMahalanobis", nullptr},
    {"DataAssociator", "minMatchingScore4PeerAssocIou", nullptr},
    {"VisualTracker", "visualTrackerType", "0"},
    {"ReID", "reidType", "0"},
    {"Segmenter", "segmenterType", "0"},
    {"StateEstimator", "*", nullptr},
    {"VisualTracker", "*", nullptr},
    {"ReID", "*", nullptr},
    {"Segmenter", "*", nullptr},
    {"ObjectModelProjection", "*", nullptr},
    {"PoseEstimator", "*", nullptr},
    {"MultiViewAssociator", "*", nullptr},
    {"Communicator", "*", nullptr},
};

const Key* find_key(std::string_view section, std::string_view name) {
  const auto* found = std::find_if(std::begin(kKeys), std::end(kKeys),
                                   [&](const Key& k) { return k.section == section && k.name == name; });
  return found == std::end(kKeys) ? nullptr : found;
}

const IgnoredKey* find_ignored(std::string_view section, std::string_view name) {
  const auto* found = std::find_if(std::begin(kIgnored), std::end(kIgnored), [&](const IgnoredKey& k) {
    return k.section == section && (k.name == name || k.name == std::string_view("*"));
  });
  return found == std::end(kIgnored) ? nullptr : found;
}

class Loader {
 public:
  Loader(const std::string& name, const TrackerConfig& base, bool live_only)
      : name_(name), live_only_(live_only) {
    loaded_.config = base;
  }

  LoadedConfig load(const std::string& text) {
    const YAML::Node root = parse(text);
    if (root.IsNull()) fail(1, "the file is empty", "sections BaseConfig, TargetManagement, DataAssociator");
    if (!root.IsMap()) fail(1, "the top level is no map", "sections such as BaseConfig:");
    for (const auto& entry : root) read_section(entry.first, entry.second);
    if (!ignored_.empty()) warn("this tracker knows IOU and NvSORT and does not act upon " + ignored_);
    return std::move(loaded_);
  }

 private:
  [[noreturn]] void fail(int line, const std::string& seen, const std::string& expected) const {
    throw std::runtime_error(name_ + ":" + std::to_string(line) + ": " + seen + "; expected " + expected);
  }
  [[noreturn]] void fail(const YAML::Node& at, const std::string& seen, const std::string& expected) const {
    fail(at.Mark().line + 1, seen, expected);
  }
  void warn(const std::string& text) { loaded_.warnings.push_back(name_ + ": " + text); }

  // OpenCV, which reads these files in NVIDIA's library, wants "%YAML:1.0"; yaml-cpp rejects exactly that.
  YAML::Node parse(const std::string& text) const {
    if (text.rfind("%YAML:", 0) != 0) fail(1, "the first line is not a YAML header", "%YAML:1.0");
    try {
      const size_t end = text.find('\n');
      return YAML::Load(end == std::string::npos ? "" : text.substr(end));
    } catch (const YAML::Exception& e) {
      fail(e.mark.line + 1, e.msg, "YAML");
    }
  }

  void read_section(const YAML::Node& section, const YAML::Node& body) {
    if (!section.IsScalar()) fail(section, "a section's name is no word", "a name such as BaseConfig");
    if (body.IsNull()) return;
    if (!body.IsMap()) fail(body, section.Scalar() + " is no map", "key: value lines below it");
    for (const auto& entry : body) {
      if (!entry.first.IsScalar())
        fail(entry.first, "a key of " + section.Scalar() + " is no word", "a name");
      read_key(section.Scalar(), entry.first, entry.second);
    }
  }

  void read_key(const std::string& section, const YAML::Node& name, const YAML::Node& value) {
    const std::string full = section + "." + name.Scalar();
    if (const Key* key = find_key(section, name.Scalar()))
      assign(*key, full, value);
    else if (const IgnoredKey* ignored = find_ignored(section, name.Scalar()))
      note_ignored(*ignored, full, value);
    else
      warn("line " + std::to_string(name.Mark().line + 1) + ": " + full + " is not a key of the tracker");
  }

  void note_ignored(const IgnoredKey& key, const std::string& full, const YAML::Node& value) {
    const std::string harmless = key.harmless == nullptr ? "" : key.harmless;
    if (harmless == "*" || (value.IsScalar() && !harmless.empty() && value.Scalar() == harmless)) return;
    ignored_ += (ignored_.empty() ? "" : ", ") + full;
  }

  void assign(const Key& key, const std::string& full, const YAML::Node& value) {
    TrackerConfig read = loaded_.config;
    std::visit([&](auto field) { convert(key, full, value, read.*field); }, key.field);
    const bool changed =
        std::visit([&](auto field) { return read.*field != loaded_.config.*field; }, key.field);
    if (live_only_ && !key.live && changed)
      warn(full + " can not change while running; the old value stays");
    else
      loaded_.config = read;
  }

  double number(const Key& key, const std::string& full, const YAML::Node& value, const char* kind) const {
    double parsed = 0;
    if (value.IsScalar() && YAML::convert<double>::decode(value, parsed) && parsed >= 0 && parsed <= key.max)
      return parsed;
    std::ostringstream expected;
    expected << kind << " from 0 to " << static_cast<int64_t>(key.max);
    fail(value, full + " is " + shown(value), expected.str());
  }

  void convert(const Key& key, const std::string& full, const YAML::Node& value, float& out) const {
    out = static_cast<float>(number(key, full, value, "a number"));
  }

  void convert(const Key& key, const std::string& full, const YAML::Node& value, uint32_t& out) const {
    const double parsed = number(key, full, value, "a whole number");
    if (parsed != std::floor(parsed)) fail(value, full + " is " + shown(value), "a whole number");
    out = static_cast<uint32_t>(parsed);
  }

  void convert(const Key&, const std::string& full, const YAML::Node& value, bool& out) const {
    const std::string text = value.IsScalar() ? value.Scalar() : "";
    if (text == "1" || text == "0")
      out = text == "1";
    else if (text.empty() || !YAML::convert<bool>::decode(value, out))
      fail(value, full + " is " + shown(value), "0 or 1");
  }

  static std::string shown(const YAML::Node& value) {
    if (value.IsScalar()) return "\"" + value.Scalar() + "\"";
    return value.IsNull() ? "empty" : "a list or map";
  }

  const std::string& name_;
  bool live_only_;
  LoadedConfig loaded_;
  std::string ignored_;
};

}  // namespace

LoadedConfig load_tracker_config(const std::string& text, const std::string& name, const TrackerConfig& base,
                                 bool live_only) {
  return Loader(name, base, live_only).load(text);
}

std::string read_text_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    throw std::runtime_error(path + ": can not be read, or is empty; expected a %YAML:1.0 file");
  return text.str();
}

}  // namespace weir::standin
