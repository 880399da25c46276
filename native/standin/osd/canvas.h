// Draws on a mapped I420 or NV12 picture. Everything is clipped to the picture.
#pragma once

#include <gst/video/video.h>

#include <cstdint>

#include "mask.h"
#include "nvll_osd_struct.h"

namespace weir::standin {

// Right and bottom are outside.
struct Area {
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;

  bool empty() const { return left >= right || top >= bottom; }
  int width() const { return right - left; }
  int height() const { return bottom - top; }
  Area within(const Area& other) const;
};

class Canvas {
 public:
  explicit Canvas(GstVideoFrame& frame);

  Area area() const { return {0, 0, width_, height_}; }
  void fill(const Area& area, const NvOSD_ColorParams& colour);
  void blend(const Mask& mask, int left, int top, const NvOSD_ColorParams& colour);

 private:
  struct Plane {
    uint8_t* data;
    int stride;
    int step;  // bytes from one sample to the next
    uint8_t* at(int x, int y) const { return data + y * stride + x * step; }
  };
  struct Ink {
    uint8_t yuv[3];
    int alpha;  // 0 to 255
  };

  Ink ink(const NvOSD_ColorParams& colour) const;
  template <typename Coverage>
  void draw(const Area& area, const Ink& ink, Coverage coverage);

  Plane planes_[3];
  int width_;
  int height_;
  double kr_ = 0.299;
  double kb_ = 0.114;
  int offset_[GST_VIDEO_MAX_COMPONENTS];
  int scale_[GST_VIDEO_MAX_COMPONENTS];
};

}  // namespace weir::standin
