// Network outputs to boxes: a custom library's function, or nvinfer's default (DetectNet_v2).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "infer/config.h"
#include "infer/preprocess.h"
#include "nvdsinfer_custom_impl.h"

namespace weir::standin {

using Boxes = std::vector<NvDsInferObjectDetectionInfo>;
using ParseFunction = std::function<bool(const std::vector<NvDsInferLayerInfo>&, const NvDsInferNetworkInfo&,
                                         const NvDsInferParseDetectionParams&, Boxes&)>;

// The function that `settings` names. Throws std::runtime_error when library or symbol is missing.
ParseFunction load_parser(const InferSettings& settings);

// Layers named "*bbox*" and "*cov*". Boxes are in network pixels.
bool parse_detectnet(const std::vector<NvDsInferLayerInfo>& layers, const NvDsInferNetworkInfo& network,
                     const NvDsInferParseDetectionParams& params, Boxes& boxes);

}  // namespace weir::standin
