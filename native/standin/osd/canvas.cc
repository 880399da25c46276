#include "canvas.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace weir::standin {
namespace {

// `alpha` is 0 to 255 × 255, the product of a colour's opacity and a coverage.
void mix(uint8_t& sample, uint8_t ink, int alpha) {
  constexpr int kFull = 255 * 255;
  const int change = (ink - sample) * alpha;
  sample = static_cast<uint8_t>(sample + (change + (change < 0 ? -kFull / 2 : kFull / 2)) / kFull);
}

uint8_t to_sample(double value) { return static_cast<uint8_t>(std::clamp(std::lround(value), 0l, 255l)); }

double unit(double value) { return std::isfinite(value) ? std::clamp(value, 0.0, 1.0) : 0.0; }

}  // namespace

Area Area::within(const Area& other) const {
  return {std::max(left, other.left), std::max(top, other.top), std::min(right, other.right),
          std::min(bottom, other.bottom)};
}

Canvas::Canvas(GstVideoFrame& frame)
    : width_(GST_VIDEO_FRAME_WIDTH(&frame)), height_(GST_VIDEO_FRAME_HEIGHT(&frame)) {
  for (int i = 0; i < 3; i++)
    planes_[i] = {static_cast<uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(&frame, i)),
                  GST_VIDEO_FRAME_COMP_STRIDE(&frame, i), GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, i)};
  const GstVideoColorimetry& colorimetry = frame.info.colorimetry;
  gst_video_color_matrix_get_Kr_Kb(colorimetry.matrix, &kr_, &kb_);
  const auto range =
      colorimetry.range == GST_VIDEO_COLOR_RANGE_UNKNOWN ? GST_VIDEO_COLOR_RANGE_16_235 : colorimetry.range;
  gst_video_color_range_offsets(range, frame.info.finfo, offset_, scale_);
}

Canvas::Ink Canvas::ink(const NvOSD_ColorParams& colour) const {
  const double red = unit(colour.red), green = unit(colour.green), blue = unit(colour.blue);
  const double y = kr_ * red + (1 - kr_ - kb_) * green + kb_ * blue;
  return {{to_sample(offset_[0] + scale_[0] * y),
           to_sample(offset_[1] + scale_[1] * (blue - y) / (2 * (1 - kb_))),
           to_sample(offset_[2] + scale_[2] * (red - y) / (2 * (1 - kr_)))},
          static_cast<int>(std::lround(unit(colour.alpha) * 255))};
}

// `coverage(x, y)` is 0 to 255 inside of `area`. A chroma sample takes the mean of the four pixels it is
// shared by, so that thin bands at odd places keep their colour.
template <typename Coverage>
void Canvas::draw(const Area& area, const Ink& ink, Coverage coverage) {
  for (int y = area.top; y < area.bottom; y++)
    for (int x = area.left; x < area.right; x++)
      mix(*planes_[0].at(x, y), ink.yuv[0], ink.alpha * coverage(x, y));
  const auto covered = [&](int x, int y) {
    const bool inside = x >= area.left && x < area.right && y >= area.top && y < area.bottom;
    return inside ? static_cast<int>(coverage(x, y)) : 0;
  };
  for (int y = area.top / 2; y < (area.bottom + 1) / 2; y++)
    for (int x = area.left / 2; x < (area.right + 1) / 2; x++) {
      const int sum = covered(2 * x, 2 * y) + covered(2 * x + 1, 2 * y) + covered(2 * x, 2 * y + 1) +
                      covered(2 * x + 1, 2 * y + 1);
      for (int i = 1; i < 3; i++) mix(*planes_[i].at(x, y), ink.yuv[i], ink.alpha * sum / 4);
    }
}

void Canvas::fill(const Area& wanted, const NvOSD_ColorParams& colour) {
  const Area area = wanted.within(this->area());
  if (!area.empty()) draw(area, ink(colour), [](int, int) { return 255; });
}

void Canvas::blend(const Mask& mask, int left, int top, const NvOSD_ColorParams& colour) {
  const Area area = Area{left, top, left + mask.width(), top + mask.height()}.within(this->area());
  if (!area.empty()) draw(area, ink(colour), [&](int x, int y) { return mask.at(x - left, y - top); });
}

}  // namespace weir::standin
