// Reads a rectangle of the mux's canvas as RGB rows of any size, straight from the decoder's I420 or NV12
// picture: crop, letterbox, scaling and colour conversion in one pass.
#pragma once

#include <cstdint>
#include <vector>

#include "surface/batch_surface.h"

namespace weir::standin {

struct Rect {
  float left = 0;
  float top = 0;
  float width = 0;
  float height = 0;
};

// Bilinear with half-pixel centres, BT.601 limited range. Canvas outside the picture reads as black.
class RowSampler {
 public:
  RowSampler(const Picture& picture, const Rect& region, int out_width, int out_height);

  // Row y of the output; each of r, g, b takes out_width bytes.
  void row(int y, uint8_t* r, uint8_t* g, uint8_t* b);

 private:
  struct Tap {
    int index;        // left or upper sample
    uint16_t weight;  // of the right or lower one, 0..256
  };
  struct Axis {
    std::vector<Tap> luma;
    std::vector<Tap> chroma;
    int first = 0;  // outputs [first, last) lie on the picture
    int last = 0;
  };

  static Axis make_axis(double origin, double step, int outputs, int samples, double lower, double upper);
  void blend_luma(const Tap& tap);
  void blend_chroma(const Tap& tap);

  const GstVideoFrame& frame_;
  int out_width_;
  Axis x_;
  Axis y_;
  std::vector<uint16_t> luma_;
  std::vector<uint16_t> u_;
  std::vector<uint16_t> v_;
};

}  // namespace weir::standin
