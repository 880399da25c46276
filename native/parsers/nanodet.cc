// nvinfer's custom parser of NanoDet as scripts/model builds it: the network decodes its own boxes.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <optional>

#include "nvdsinfer_custom_impl.h"

namespace {

using Layers = std::vector<NvDsInferLayerInfo>;

constexpr unsigned kBoxSides = 4;

// One row per cell.
struct Table {
  const float* values;
  unsigned rows;
  unsigned columns;
};

struct Best {
  unsigned class_id;
  float score;
};

// A wrong model fails on every frame, and nvinfer reports each of them: ours says once what is wrong.
bool Fail(const char* problem, const char* layer) {
  static std::atomic_flag reported = ATOMIC_FLAG_INIT;
  if (!reported.test_and_set()) {
    std::fprintf(stderr,
                 "NvDsInferParseCustomNanoDet: output layer '%s' %s; expected float outputs 'scores' "
                 "[cells, classes] and 'boxes' [cells, 4]: use a NanoDet model built by this project\n",
                 layer, problem);
  }
  return false;
}

const NvDsInferLayerInfo* FindLayer(const Layers& layers, const char* name) {
  auto named = [name](const auto& l) {
    return l.layerName != nullptr && std::strcmp(l.layerName, name) == 0;
  };
  auto found = std::find_if(layers.begin(), layers.end(), named);
  return found == layers.end() ? nullptr : &*found;
}

std::optional<Table> ReadTable(const Layers& layers, const char* name) {
  const NvDsInferLayerInfo* layer = FindLayer(layers, name);
  const char* problem = nullptr;
  if (layer == nullptr) {
    problem = "is missing";
  } else if (layer->buffer == nullptr) {
    problem = "has no data";
  } else if (layer->dataType != FLOAT) {
    problem = "is not of type float";
  } else if (layer->inferDims.numDims != 2) {
    problem = "does not have two dimensions";
  }
  if (problem != nullptr) {
    Fail(problem, name);
    return std::nullopt;
  }
  return Table{static_cast<const float*>(layer->buffer), layer->inferDims.d[0], layer->inferDims.d[1]};
}

// The best class of a cell alone, so that a van is not reported as car and truck by one cell.
std::optional<Best> BestClass(const float* scores, unsigned classes, const std::vector<float>& thresholds) {
  std::optional<Best> best;
  for (unsigned c = 0; c < classes; ++c) {
    // Comparisons with NaN are false: such a score is never taken.
    if (scores[c] >= thresholds[c] && (!best || scores[c] > best->score)) best = Best{c, scores[c]};
  }
  return best;
}

std::optional<NvDsInferObjectDetectionInfo> MakeObject(const float* box, Best best,
                                                       const NvDsInferNetworkInfo& network) {
  if (!std::all_of(box, box + kBoxSides, [](float side) { return std::isfinite(side); })) return std::nullopt;
  const auto width = static_cast<float>(network.width);
  const auto height = static_cast<float>(network.height);
  const float left = std::clamp(box[0], 0.0f, width);
  const float top = std::clamp(box[1], 0.0f, height);
  const float right = std::clamp(box[2], 0.0f, width);
  const float bottom = std::clamp(box[3], 0.0f, height);
  if (right <= left || bottom <= top) return std::nullopt;
  // Releases differ in the fields they have behind these.
  NvDsInferObjectDetectionInfo object{};
  object.classId = best.class_id;
  object.left = left;
  object.top = top;
  object.width = right - left;
  object.height = bottom - top;
  object.detectionConfidence = best.score;
  return object;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) bool NvDsInferParseCustomNanoDet(
    std::vector<NvDsInferLayerInfo> const& layers, NvDsInferNetworkInfo const& network,
    NvDsInferParseDetectionParams const& params, std::vector<NvDsInferObjectDetectionInfo>& objects) {
  const auto scores = ReadTable(layers, "scores");
  const auto boxes = ReadTable(layers, "boxes");
  if (!scores || !boxes) return false;
  if (boxes->columns != kBoxSides) return Fail("does not have four columns", "boxes");
  if (boxes->rows != scores->rows) return Fail("has another number of rows than 'scores'", "boxes");
  const auto& thresholds = params.perClassPreclusterThreshold;
  const unsigned classes =
      std::min({scores->columns, params.numClassesConfigured, static_cast<unsigned>(thresholds.size())});
  for (unsigned row = 0; row < scores->rows; ++row) {
    const auto best = BestClass(scores->values + size_t{row} * scores->columns, classes, thresholds);
    if (!best) continue;
    const auto object = MakeObject(boxes->values + size_t{row} * kBoxSides, *best, network);
    if (object) objects.push_back(*object);
  }
  return true;
}

#ifdef CHECK_CUSTOM_PARSE_FUNC_PROTOTYPE
CHECK_CUSTOM_PARSE_FUNC_PROTOTYPE(NvDsInferParseCustomNanoDet);
#endif
