#include "infer/parser.h"

#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "warn_once.h"

namespace weir::standin {
namespace {

constexpr float kBoxNorm = 35.0f;

// The last match wins, as in nvinfer.
const NvDsInferLayerInfo* layer_named(const std::vector<NvDsInferLayerInfo>& layers, const char* part) {
  const NvDsInferLayerInfo* found = nullptr;
  for (const auto& layer : layers)
    if (std::strstr(layer.layerName, part) != nullptr) found = &layer;
  return found;
}

struct Grid {
  int width, height, stride_x, stride_y, area;
  float max_x, max_y;
};

void add_cell(const Grid& grid, const float* box, int cell, int klass, float confidence, Boxes& boxes) {
  const int column = cell % grid.width;
  const int row = cell / grid.width;
  const float cx = (column * grid.stride_x + 0.5f) / kBoxNorm;
  const float cy = (row * grid.stride_y + 0.5f) / kBoxNorm;
  const float* b = box + static_cast<ptrdiff_t>(4) * klass * grid.area + cell;
  const float x1 = std::clamp((b[0] - cx) * -kBoxNorm, 0.0f, grid.max_x);
  const float y1 = std::clamp((b[grid.area] - cy) * -kBoxNorm, 0.0f, grid.max_y);
  const float x2 = std::clamp((b[2 * grid.area] + cx) * kBoxNorm, 0.0f, grid.max_x);
  const float y2 = std::clamp((b[3 * grid.area] + cy) * kBoxNorm, 0.0f, grid.max_y);
  if (std::isnan(x1 + y1 + x2 + y2)) warn_once("nvinfer: the model gives boxes that are no numbers; dropped");
  if (!(x2 >= x1 && y2 >= y1)) return;  // also drops NaN
  boxes.push_back({static_cast<unsigned>(klass), x1, y1, x2 - x1, y2 - y1, confidence, 0});
}

}  // namespace

bool parse_detectnet(const std::vector<NvDsInferLayerInfo>& layers, const NvDsInferNetworkInfo& network,
                     const NvDsInferParseDetectionParams& params, Boxes& boxes) {
  const NvDsInferLayerInfo* bbox = layer_named(layers, "bbox");
  const NvDsInferLayerInfo* cov = layer_named(layers, "cov");
  if (bbox == nullptr || cov == nullptr || cov->inferDims.numDims != 3 || bbox->inferDims.numDims != 3) {
    std::fprintf(stderr, "nvinfer: no output layers named bbox and cov with three dimensions\n");
    return false;
  }
  const int channels = cov->inferDims.d[0];
  Grid grid{};
  grid.height = cov->inferDims.d[1];
  grid.width = cov->inferDims.d[2];
  grid.area = grid.width * grid.height;
  grid.stride_x = (network.width + grid.width - 1) / grid.width;
  grid.stride_y = (network.height + grid.height - 1) / grid.height;
  grid.max_x = network.width - 1.0f;
  grid.max_y = network.height - 1.0f;
  const int classes = std::min<int>(channels, params.numClassesConfigured);
  if (bbox->inferDims.numElements < static_cast<unsigned>(4 * classes * grid.area)) return false;
  const auto* coverage = static_cast<const float*>(cov->buffer);
  for (int c = 0; c < classes; c++)
    for (int cell = 0; cell < grid.area; cell++) {
      const float confidence = coverage[c * grid.area + cell];
      if (confidence >= params.perClassPreclusterThreshold[c])
        add_cell(grid, static_cast<const float*>(bbox->buffer), cell, c, confidence, boxes);
    }
  return true;
}

ParseFunction load_parser(const InferSettings& settings) {
  if (settings.parse_function.empty()) return parse_detectnet;
  if (settings.custom_lib.empty())
    throw std::runtime_error("parse-bbox-func-name is set without custom-lib-path");
  void* library = dlopen(settings.custom_lib.c_str(), RTLD_LAZY);  // for good: its code may stay referenced
  if (library == nullptr) throw std::runtime_error(std::string("custom-lib-path: ") + dlerror());
  using Symbol = bool (*)(const std::vector<NvDsInferLayerInfo>&, const NvDsInferNetworkInfo&,
                          const NvDsInferParseDetectionParams&, Boxes&);
  auto function = reinterpret_cast<Symbol>(dlsym(library, settings.parse_function.c_str()));
  if (function == nullptr)
    throw std::runtime_error("parse-bbox-func-name: " + settings.custom_lib + " has no function " +
                             settings.parse_function);
  return function;
}

}  // namespace weir::standin
