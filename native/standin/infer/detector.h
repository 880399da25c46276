// One detector: model, preprocessing, parsing and filters. detect() may be called by several threads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "infer/config.h"
#include "infer/ort.h"
#include "infer/parser.h"
#include "infer/preprocess.h"

namespace weir::standin {

// A detection in canvas pixels.
struct Detection {
  int class_id;
  float confidence;
  float rotation;  // radians
  Rect box;
};

class Detector {
 public:
  // Loads model, labels and parser. Throws std::runtime_error naming file and reason.
  explicit Detector(InferSettings settings);

  const InferSettings& settings() const { return settings_; }
  // nullptr where the labels file has no line for the class.
  const char* label(int class_id) const;

  std::vector<Detection> detect(const Picture& picture, int canvas_width, int canvas_height) const;

 private:
  NetworkShape network_shape() const;
  void load_labels();
  void try_once() const;
  // Nothing where the parser fails.
  std::optional<Boxes> infer(std::vector<float>& tensor) const;
  std::vector<NvDsInferLayerInfo> layers_of(const Outputs& outputs) const;
  bool keep(Detection& detection, int canvas_width, int canvas_height) const;

  InferSettings settings_;
  Model model_;
  NetworkShape shape_;
  Preprocessor preprocessor_;
  ParseFunction parse_;
  std::vector<std::string> labels_;
  std::vector<float> pre_thresholds_;
  std::vector<float> post_thresholds_;
};

}  // namespace weir::standin
