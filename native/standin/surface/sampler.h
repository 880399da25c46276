// Reads a rectangle of the mux's canvas as RGB rows of any size, straight from the decoder's I420 or NV12
// picture: crop, letterbox, scaling and colour conversion in one pass.
#pragma once

#include <cstdint>
#include <vector>

#include "surface/batch_surface.h"
#include "surface/row_kernels.h"

namespace weir::standin {

struct Rect {
  float left = 0;
  float top = 0;
  float width = 0;
  float height = 0;
  bool operator==(const Rect&) const = default;
};

// Bilinear with half-pixel centres, BT.601 limited range. Canvas outside the picture reads as black. Made
// once and aimed at one picture after the other: only pictures that lie otherwise than the last cost an
// allocation.
class RowSampler {
 public:
  explicit RowSampler(const RowKernels& kernels = best_kernels()) : kernels_(kernels) {}

  // The rows that follow are those of `region`, in canvas pixels. `picture` must outlive them.
  void aim(const Picture& picture, const Rect& region, int out_width, int out_height);

  // Row y of the output; each of r, g, b takes out_width bytes.
  void row(int y, uint8_t* r, uint8_t* g, uint8_t* b);

 private:
  struct Axis {
    Taps luma;
    Taps chroma;
    int first = 0;  // outputs [first, last) lie on the picture
    int last = 0;
  };
  struct Geometry {
    int width = 0;
    int height = 0;
    Placement placement;
    Rect region;
    int out_width = 0;
    int out_height = 0;
    bool operator==(const Geometry&) const = default;
  };

  static void lay_out(Axis& axis, double origin, double step, int outputs, int samples, double lower,
                      double upper);
  void plan(const Geometry& geometry);
  void blend_luma(int y);
  void blend_chroma(int y);

  const RowKernels& kernels_;
  const GstVideoFrame* frame_ = nullptr;
  Geometry geometry_;
  Axis x_;
  Axis y_;
  std::vector<uint16_t> luma_;
  std::vector<uint16_t> u_;
  std::vector<uint16_t> v_;
};

}  // namespace weir::standin
