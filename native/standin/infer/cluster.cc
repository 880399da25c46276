#include "infer/cluster.h"

#include <algorithm>

#include "warn_once.h"

namespace weir::standin {
namespace {

// Builds of nvinfer have no OpenCV: group rectangles becomes NMS with these values, whatever the file says.
constexpr float kGroupIou = 0.5f;
constexpr int kGroupTopK = 20;

void sort_by_confidence(Boxes& boxes) {
  std::stable_sort(boxes.begin(), boxes.end(), [](const auto& a, const auto& b) {
    return a.detectionConfidence > b.detectionConfidence;
  });
}

Boxes suppress(Boxes boxes, float threshold) {
  sort_by_confidence(boxes);
  Boxes kept;
  for (const auto& box : boxes)
    if (std::all_of(kept.begin(), kept.end(),
                    [&](const auto& k) { return intersection_over_union(box, k) <= threshold; }))
      kept.push_back(box);
  return kept;
}

void keep_top(Boxes& boxes, int count) {
  if (count < 0) return;
  sort_by_confidence(boxes);
  if (boxes.size() > static_cast<size_t>(count)) boxes.resize(count);
}

void drop_below(Boxes& boxes, const ClassSettings& c, bool strictly_greater) {
  std::erase_if(boxes, [&](const auto& b) {
    return strictly_greater ? !(b.detectionConfidence > c.post_cluster_threshold)
                            : b.detectionConfidence < c.post_cluster_threshold;
  });
}

Boxes cluster_class(Boxes boxes, ClusterMode mode, const ClassSettings& c) {
  if (c.min_boxes > 0 && (mode == ClusterMode::kDbscan || mode == ClusterMode::kHybrid))
    warn_once("nvinfer: DBSCAN (minBoxes above 0) is not implemented; boxes pass unclustered");
  switch (mode) {
    case ClusterMode::kGroup:
      boxes = suppress(std::move(boxes), kGroupIou);
      drop_below(boxes, c, true);
      keep_top(boxes, kGroupTopK);
      break;
    case ClusterMode::kNms:
    case ClusterMode::kHybrid:
      boxes = suppress(std::move(boxes), c.nms_iou_threshold);
      drop_below(boxes, c, true);
      keep_top(boxes, c.topk);
      break;
    case ClusterMode::kDbscan:
      drop_below(boxes, c, false);
      keep_top(boxes, c.topk);
      break;
    case ClusterMode::kNone:
      keep_top(boxes, c.topk);
      break;
  }
  return boxes;
}

}  // namespace

float intersection_over_union(const NvDsInferObjectDetectionInfo& a, const NvDsInferObjectDetectionInfo& b) {
  const float width = std::min(a.left + a.width, b.left + b.width) - std::max(a.left, b.left);
  const float height = std::min(a.top + a.height, b.top + b.height) - std::max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const float shared = width * height;
  const float joined = a.width * a.height + b.width * b.height - shared;
  return joined > 0 ? shared / joined : 0;
}

Boxes cluster(Boxes boxes, const InferSettings& settings) {
  std::vector<Boxes> by_class(settings.classes.size());
  for (const auto& box : boxes)
    if (box.classId < by_class.size() &&
        box.detectionConfidence >= settings.classes[box.classId].pre_cluster_threshold)
      by_class[box.classId].push_back(box);
  boxes.clear();
  for (size_t c = 0; c < by_class.size(); c++) {
    if (by_class[c].empty()) continue;
    for (const auto& box : cluster_class(std::move(by_class[c]), settings.cluster_mode, settings.classes[c]))
      boxes.push_back(box);
  }
  return boxes;
}

}  // namespace weir::standin
