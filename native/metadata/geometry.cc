#include "metadata/geometry.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace weir {

CanvasMap::CanvasMap(const Canvas& canvas, int source_width, int source_height)
    : width_(source_width), height_(source_height) {
  if (canvas.width <= 0 || canvas.height <= 0 || source_width <= 0 || source_height <= 0) return;
  int width = canvas.width;
  int height = canvas.height;
  if (canvas.padding) {
    // Whole pixels, as the muxer draws them: centred between black bars.
    height = static_cast<int>(int64_t{source_height} * canvas.width / source_width);
    if (height > canvas.height) {
      height = canvas.height;
      width = static_cast<int>(int64_t{source_width} * canvas.height / source_height);
    }
    width = std::max(width, 1);
    height = std::max(height, 1);
    const int bar_x = (canvas.width - width) / 2;
    const int bar_y = (canvas.height - height) / 2;
    offset_x_ = bar_x;
    offset_y_ = bar_y;
  }
  scale_x_ = width_ / width;
  scale_y_ = height_ / height;
}

std::optional<Box> CanvasMap::to_source(const Box& box) const {
  const double left = (box.left - offset_x_) * scale_x_;
  const double top = (box.top - offset_y_) * scale_y_;
  const double right = left + box.width * scale_x_;
  const double bottom = top + box.height * scale_y_;
  if (!std::isfinite(left) || !std::isfinite(top) || !std::isfinite(right) || !std::isfinite(bottom))
    return {};
  const Box cut{std::max(left, 0.0), std::max(top, 0.0), std::min(right, width_), std::min(bottom, height_)};
  if (!(cut.width > cut.left) || !(cut.height > cut.top)) return {};
  return Box{cut.left, cut.top, cut.width - cut.left, cut.height - cut.top};
}

}  // namespace weir
