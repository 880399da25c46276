#include "surface/sampler.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace weir::standin {
namespace {

// Position of a sample centre as two neighbours and a weight; positions beyond the edge repeat it.
std::pair<int, uint16_t> tap_at(double position, int samples) {
  const double clamped = std::clamp(position, 0.0, static_cast<double>(samples - 1));
  int index = std::min(static_cast<int>(clamped), std::max(0, samples - 2));
  return {index, static_cast<uint16_t>(std::lround((clamped - index) * 256))};
}

void blend(const uint8_t* upper, const uint8_t* lower, int weight, int count, uint16_t* out) {
  for (int i = 0; i < count; i++)
    out[i] = static_cast<uint16_t>(upper[i] * (256 - weight) + lower[i] * weight);
}

void blend_pairs(const uint8_t* upper, const uint8_t* lower, int weight, int count, uint16_t* u,
                 uint16_t* v) {
  for (int i = 0; i < count; i++) {
    u[i] = static_cast<uint16_t>(upper[2 * i] * (256 - weight) + lower[2 * i] * weight);
    v[i] = static_cast<uint16_t>(upper[2 * i + 1] * (256 - weight) + lower[2 * i + 1] * weight);
  }
}

inline uint8_t clamp_byte(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

}  // namespace

RowSampler::Axis RowSampler::make_axis(double origin, double step, int outputs, int samples, double lower,
                                       double upper) {
  Axis axis;
  const int chroma_samples = (samples + 1) / 2;
  const double scale = samples / (upper - lower);
  axis.first = outputs;
  for (int i = 0; i < outputs; i++) {
    const double canvas = origin + (i + 0.5) * step;
    if (canvas >= lower && canvas < upper) {
      axis.first = std::min(axis.first, i);
      axis.last = i + 1;
    }
    const double centre = (canvas - lower) * scale;
    const auto [luma, luma_weight] = tap_at(centre - 0.5, samples);
    const auto [chroma, chroma_weight] = tap_at(centre / 2 - 0.5, chroma_samples);
    axis.luma.push_back({luma, luma_weight});
    axis.chroma.push_back({chroma, chroma_weight});
  }
  axis.first = std::min(axis.first, axis.last);
  return axis;
}

RowSampler::RowSampler(const Picture& picture, const Rect& region, int out_width, int out_height)
    : frame_(picture.frame()), out_width_(out_width) {
  const Placement& p = picture.placement();
  x_ = make_axis(region.left, region.width / out_width, out_width, picture.width(), p.left, p.left + p.width);
  y_ = make_axis(region.top, region.height / out_height, out_height, picture.height(), p.top,
                 p.top + p.height);
  // One more than the picture has, so that a one-pixel picture has a right neighbour of weight 0.
  luma_.resize(picture.width() + 1);
  u_.resize((picture.width() + 1) / 2 + 1);
  v_.resize(u_.size());
}

void RowSampler::blend_luma(const Tap& tap) {
  const auto* plane = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, 0));
  const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, 0);
  const uint8_t* upper = plane + static_cast<ptrdiff_t>(tap.index) * stride;
  blend(upper, tap.weight == 0 ? upper : upper + stride, tap.weight, static_cast<int>(luma_.size()) - 1,
        luma_.data());
}

void RowSampler::blend_chroma(const Tap& tap) {
  const int count = static_cast<int>(u_.size()) - 1;
  auto rows = [&](int plane) {
    const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, plane);
    const auto* data = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, plane));
    const uint8_t* upper = data + static_cast<ptrdiff_t>(tap.index) * stride;
    return std::pair{upper, tap.weight == 0 ? upper : upper + stride};
  };
  if (GST_VIDEO_FRAME_FORMAT(&frame_) == GST_VIDEO_FORMAT_NV12) {
    const auto [upper, lower] = rows(1);
    blend_pairs(upper, lower, tap.weight, count, u_.data(), v_.data());
    return;
  }
  const auto [u_upper, u_lower] = rows(1);
  const auto [v_upper, v_lower] = rows(2);
  blend(u_upper, u_lower, tap.weight, count, u_.data());
  blend(v_upper, v_lower, tap.weight, count, v_.data());
}

void RowSampler::row(int y, uint8_t* r, uint8_t* g, uint8_t* b) {
  for (uint8_t* out : {r, g, b}) std::memset(out, 0, out_width_);
  if (y < y_.first || y >= y_.last) return;
  blend_luma(y_.luma[y]);
  blend_chroma(y_.chroma[y]);
  auto across = [](const std::vector<uint16_t>& line, const Tap& tap) {
    return static_cast<int>(line[tap.index] * (256u - tap.weight) + line[tap.index + 1] * tap.weight);
  };
  for (int x = x_.first; x < x_.last; x++) {
    // 16 fractional bits in, 8.8 fixed-point BT.601 coefficients: the sums stay within 32 bits.
    const int luma = (across(luma_, x_.luma[x]) >> 8) - (16 << 8);
    const int cb = (across(u_, x_.chroma[x]) >> 8) - (128 << 8);
    const int cr = (across(v_, x_.chroma[x]) >> 8) - (128 << 8);
    const int base = 298 * luma + (1 << 15);
    r[x] = clamp_byte((base + 409 * cr) >> 16);
    g[x] = clamp_byte((base - 100 * cb - 208 * cr) >> 16);
    b[x] = clamp_byte((base + 516 * cb) >> 16);
  }
}

}  // namespace weir::standin
