// Detections to metadata, filled as nvinfer fills it.
#pragma once

#include "infer/detector.h"
#include "nvdsmeta.h"

namespace weir::standin {

void attach_detections(NvDsBatchMeta* batch, NvDsFrameMeta* frame, const std::vector<Detection>& detections,
                       const Detector& detector, guint unique_id);

}  // namespace weir::standin
