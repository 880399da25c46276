// What nvinfer does to parsed boxes before they become objects: thresholds, clustering, top k.
#pragma once

#include "infer/parser.h"

namespace weir::standin {

// Returns the boxes that stay, class by class, in nvinfer's order.
Boxes cluster(Boxes boxes, const InferSettings& settings);

float intersection_over_union(const NvDsInferObjectDetectionInfo& a, const NvDsInferObjectDetectionInfo& b);

}  // namespace weir::standin
