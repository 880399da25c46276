// From the muxer's canvas back to the pixels of the camera's picture.
#pragma once

#include <optional>

namespace weir {

// nvstreammux width, height, enable-padding. Width or height 0: boxes are in source pixels already.
struct Canvas {
  int width = 0;
  int height = 0;
  bool padding = false;
};

struct Box {
  double left;
  double top;
  double width;
  double height;
};

class CanvasMap {
 public:
  CanvasMap(const Canvas& canvas, int source_width, int source_height);

  // The box in source pixels, cut at the picture's edge. Nothing where a number is not finite or no part of
  // the box lies in the picture.
  std::optional<Box> to_source(const Box& box) const;

 private:
  double width_;
  double height_;
  double offset_x_ = 0;
  double offset_y_ = 0;
  double scale_x_ = 1;
  double scale_y_ = 1;
};

}  // namespace weir
