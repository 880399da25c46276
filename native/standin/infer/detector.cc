#include "infer/detector.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "infer/cluster.h"

namespace weir::standin {
namespace {

const InferSettings& supported(const InferSettings& s) {
  if (s.process_mode != 1)
    throw std::runtime_error("process-mode 2 (secondary) is not implemented by the stand-in");
  if (s.network_type != 0)
    throw std::runtime_error("network-type " + std::to_string(s.network_type) +
                             " is not implemented by the stand-in; expected 0 (detector)");
  if (s.onnx_file.empty())
    throw std::runtime_error("onnx-file is not set; the stand-in runs ONNX models only");
  return s;
}

std::string shape_text(const NetworkShape& s) {
  return std::to_string(s.channels) + ";" + std::to_string(s.height) + ";" + std::to_string(s.width);
}

}  // namespace

Detector::Detector(InferSettings settings)
    : settings_(std::move(settings)),
      model_(supported(settings_).onnx_file),
      shape_(network_shape()),
      preprocessor_(settings_, shape_),
      parse_(load_parser(settings_)) {
  load_labels();
  for (const auto& c : settings_.classes) {
    pre_thresholds_.push_back(static_cast<float>(c.pre_cluster_threshold));
    post_thresholds_.push_back(static_cast<float>(c.post_cluster_threshold));
  }
  try_once();
}

NetworkShape Detector::network_shape() const {
  const auto& dims = model_.input().dims;
  const int c = settings_.nhwc ? 3 : 1, h = settings_.nhwc ? 1 : 2, w = settings_.nhwc ? 2 : 3;
  NetworkShape model{static_cast<int>(dims[c]), static_cast<int>(dims[h]), static_cast<int>(dims[w])};
  const auto& set = settings_.infer_dims;
  const NetworkShape asked{set[0], set[1], set[2]};
  const bool given = asked.channels > 0 && asked.height > 0 && asked.width > 0;
  const bool fixed = model.channels > 0 && model.height > 0 && model.width > 0;
  if (!given && !fixed)
    throw std::runtime_error("model " + settings_.onnx_file + " leaves its input size open; set infer-dims");
  auto differs = [](int a, int b) { return a > 0 && a != b; };
  if (given && (differs(model.channels, asked.channels) || differs(model.height, asked.height) ||
                differs(model.width, asked.width)))
    throw std::runtime_error("infer-dims is " + shape_text(asked) + "; model " + settings_.onnx_file +
                             " takes " + shape_text(model));
  return given ? asked : model;
}

void Detector::load_labels() {
  if (settings_.label_file.empty()) return;
  std::ifstream in(settings_.label_file);
  if (!in) throw std::runtime_error("labelfile-path " + settings_.label_file + " cannot be read");
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    labels_.push_back(line);
  }
}

const char* Detector::label(int class_id) const {
  if (class_id < 0 || static_cast<size_t>(class_id) >= labels_.size()) return nullptr;
  return labels_[class_id].c_str();
}

std::vector<NvDsInferLayerInfo> Detector::layers_of(const Outputs& outputs) const {
  std::vector<NvDsInferLayerInfo> layers;
  for (size_t i = 0; i < outputs.list.size(); i++) {
    const ModelOutput& out = outputs.list[i];
    NvDsInferLayerInfo layer{};
    layer.dataType = FLOAT;
    layer.layerName = out.name.c_str();
    layer.buffer = out.data;
    layer.bindingIndex = static_cast<int>(i) + 1;
    layer.inferDims.numElements = 1;
    for (size_t d = 1; d < out.dims.size() && d <= NVDSINFER_MAX_DIMS; d++) {
      layer.inferDims.d[layer.inferDims.numDims++] = out.dims[d];
      layer.inferDims.numElements *= out.dims[d];
    }
    layers.push_back(layer);
  }
  return layers;
}

// nvinfer's filters, in its order. Returns false for a detection that is dropped.
bool Detector::keep(Detection& d, int canvas_width, int canvas_height) const {
  const auto& filtered = settings_.filter_out_classes;
  if (std::find(filtered.begin(), filtered.end(), d.class_id) != filtered.end()) return false;
  const ClassSettings& c = settings_.classes[d.class_id];
  if (d.box.width < c.detected_min_w || d.box.height < c.detected_min_h) return false;
  if (c.detected_max_w > 0 && d.box.width > c.detected_max_w) return false;
  if (c.detected_max_h > 0 && d.box.height > c.detected_max_h) return false;
  const float top = c.roi_top_offset, bottom = canvas_height - c.roi_bottom_offset;
  if (!settings_.crop_to_roi) {
    const bool above = c.roi_top_offset > 0 && d.box.top < top;
    const bool below = c.roi_bottom_offset > 0 && d.box.top + d.box.height > bottom;
    return !above && !below;
  }
  const float low = std::max(d.box.top, top), high = std::min(d.box.top + d.box.height, bottom);
  d.box.width = std::min(d.box.width, canvas_width - d.box.left);
  d.box.top = low;
  d.box.height = high - low;
  return d.box.height > 0 && d.box.width > 0;
}

std::optional<Boxes> Detector::infer(std::vector<float>& tensor) const {
  const std::vector<int64_t> dims =
      settings_.nhwc ? std::vector<int64_t>{1, shape_.height, shape_.width, shape_.channels}
                     : std::vector<int64_t>{1, shape_.channels, shape_.height, shape_.width};
  const auto outputs = model_.run(tensor.data(), dims);
  const auto layers = layers_of(*outputs);
  const NvDsInferNetworkInfo network{static_cast<unsigned>(shape_.width),
                                     static_cast<unsigned>(shape_.height),
                                     static_cast<unsigned>(shape_.channels)};
  NvDsInferParseDetectionParams params{static_cast<unsigned>(settings_.num_classes), pre_thresholds_,
                                       post_thresholds_, params.perClassPreclusterThreshold};
  Boxes boxes;
  if (!parse_(layers, network, params, boxes)) return {};
  return boxes;
}

// A model the parser cannot read is found at the start, not on every frame.
void Detector::try_once() const {
  std::vector<float> grey(static_cast<size_t>(shape_.channels) * shape_.height * shape_.width);
  if (infer(grey)) return;
  throw std::runtime_error("model " + settings_.onnx_file + ": the parser does not take its outputs");
}

std::vector<Detection> Detector::detect(const Picture& picture, int canvas_width, int canvas_height) const {
  thread_local std::vector<float> tensor;
  const Fit fit = preprocessor_.fill(picture, canvas_width, canvas_height, tensor);
  std::optional<Boxes> boxes = infer(tensor);
  if (!boxes) {
    std::fprintf(stderr, "nvinfer: the parser failed on a frame; it has no objects\n");
    return {};
  }
  std::vector<Detection> found;
  for (const auto& box : cluster(std::move(*boxes), settings_)) {
    Detection d{static_cast<int>(box.classId), box.detectionConfidence, box.rotation_angle, {}};
    d.box.left = std::max(0.0f, (box.left - fit.offset_left) / fit.ratio_x + fit.source.left);
    d.box.top = std::max(0.0f, (box.top - fit.offset_top) / fit.ratio_y + fit.source.top);
    d.box.width = box.width / fit.ratio_x;
    d.box.height = box.height / fit.ratio_y;
    if (keep(d, canvas_width, canvas_height)) found.push_back(d);
  }
  return found;
}

}  // namespace weir::standin
