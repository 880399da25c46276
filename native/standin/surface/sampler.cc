#include "surface/sampler.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace weir::standin {
namespace {

// Position of a sample centre as two neighbours and a weight; positions beyond the edge repeat it.
void add_tap(Taps& taps, double position, int samples) {
  const double clamped = std::clamp(position, 0.0, static_cast<double>(samples - 1));
  const int index = std::min(static_cast<int>(clamped), std::max(0, samples - 2));
  taps.index.push_back(index);
  taps.weight.push_back(static_cast<int32_t>(std::lround((clamped - index) * 256)));
}

void empty(Taps& taps) {
  taps.index.clear();
  taps.weight.clear();
}

}  // namespace

void RowSampler::lay_out(Axis& axis, double origin, double step, int outputs, int samples, double lower,
                         double upper) {
  const int chroma_samples = (samples + 1) / 2;
  const double scale = samples / (upper - lower);
  empty(axis.luma);
  empty(axis.chroma);
  axis.first = outputs;
  axis.last = 0;
  for (int i = 0; i < outputs; i++) {
    const double canvas = origin + (i + 0.5) * step;
    if (canvas >= lower && canvas < upper) {
      axis.first = std::min(axis.first, i);
      axis.last = i + 1;
    }
    const double centre = (canvas - lower) * scale;
    add_tap(axis.luma, centre - 0.5, samples);
    add_tap(axis.chroma, centre / 2 - 0.5, chroma_samples);
  }
  axis.first = std::min(axis.first, axis.last);
}

void RowSampler::plan(const Geometry& g) {
  const Placement& p = g.placement;
  lay_out(x_, g.region.left, g.region.width / g.out_width, g.out_width, g.width, p.left, p.left + p.width);
  lay_out(y_, g.region.top, g.region.height / g.out_height, g.out_height, g.height, p.top, p.top + p.height);
  // One more than the picture has, so that a one-pixel picture has a right neighbour of weight 0.
  luma_.resize(g.width + 1);
  u_.resize((g.width + 1) / 2 + 1);
  v_.resize(u_.size());
  geometry_ = g;
}

void RowSampler::aim(const Picture& picture, const Rect& region, int out_width, int out_height) {
  frame_ = &picture.frame();
  const Geometry wanted{picture.width(), picture.height(), picture.placement(),
                        region,          out_width,        out_height};
  if (!(wanted == geometry_)) plan(wanted);
}

void RowSampler::blend_luma(int y) {
  const int weight = y_.luma.weight[y];
  const auto* plane = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(frame_, 0));
  const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(frame_, 0);
  const uint8_t* upper = plane + static_cast<ptrdiff_t>(y_.luma.index[y]) * stride;
  kernels_.blend(upper, weight == 0 ? upper : upper + stride, weight, static_cast<int>(luma_.size()) - 1,
                 luma_.data());
}

void RowSampler::blend_chroma(int y) {
  const int count = static_cast<int>(u_.size()) - 1;
  const int weight = y_.chroma.weight[y];
  auto rows = [&](int plane) {
    const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(frame_, plane);
    const auto* data = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(frame_, plane));
    const uint8_t* upper = data + static_cast<ptrdiff_t>(y_.chroma.index[y]) * stride;
    return std::pair{upper, weight == 0 ? upper : upper + stride};
  };
  if (GST_VIDEO_FRAME_FORMAT(frame_) == GST_VIDEO_FORMAT_NV12) {
    const auto [upper, lower] = rows(1);
    kernels_.blend_pairs(upper, lower, weight, count, u_.data(), v_.data());
    return;
  }
  const auto [u_upper, u_lower] = rows(1);
  const auto [v_upper, v_lower] = rows(2);
  kernels_.blend(u_upper, u_lower, weight, count, u_.data());
  kernels_.blend(v_upper, v_lower, weight, count, v_.data());
}

void RowSampler::row(int y, uint8_t* r, uint8_t* g, uint8_t* b) {
  const bool on_picture = y >= y_.first && y < y_.last;
  const int first = on_picture ? x_.first : 0, last = on_picture ? x_.last : 0;
  for (uint8_t* out : {r, g, b}) {
    std::memset(out, 0, first);
    std::memset(out + last, 0, geometry_.out_width - last);
  }
  if (!on_picture) return;
  blend_luma(y);
  blend_chroma(y);
  kernels_.colour({luma_.data(), u_.data(), v_.data()}, x_.luma, x_.chroma, first, last, r, g, b);
}

}  // namespace weir::standin
