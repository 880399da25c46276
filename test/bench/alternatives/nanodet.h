// Boxes of NanoDet as scripts/model builds it, as somebody would write it who needs no more than that.
#pragma once

#include <algorithm>
#include <vector>

namespace bench {

struct Box {
  float left, top, right, bottom, score;
  int class_id;
};

inline float Overlap(const Box& a, const Box& b) {
  const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const float common = width * height;
  return common /
         ((a.right - a.left) * (a.bottom - a.top) + (b.right - b.left) * (b.bottom - b.top) - common);
}

// `scores` is [cells, classes], `boxes` [cells, 4]: left, top, right, bottom in pixels of the network.
inline std::vector<Box> Detect(const float* scores, const float* boxes, size_t cells, size_t classes,
                               float confidence, float iou) {
  std::vector<Box> found;
  for (size_t cell = 0; cell < cells; cell++) {
    const float* row = scores + cell * classes;
    const float* best = std::max_element(row, row + classes);
    if (*best < confidence) continue;
    const float* b = boxes + 4 * cell;
    found.push_back({b[0], b[1], b[2], b[3], *best, static_cast<int>(best - row)});
  }
  std::sort(found.begin(), found.end(), [](const Box& a, const Box& b) { return a.score > b.score; });
  std::vector<Box> kept;
  for (const Box& box : found) {
    const bool covered = std::any_of(kept.begin(), kept.end(), [&](const Box& other) {
      return other.class_id == box.class_id && Overlap(other, box) > iou;
    });
    if (!covered) kept.push_back(box);
  }
  return kept;
}

}  // namespace bench
