// Draws the objects and display metas of a batch on one picture.
#pragma once

#include <string>

#include "canvas.h"
#include "mask.h"
#include "nvdsmeta.h"

namespace weir::standin {

struct PaintOptions {
  bool boxes = true;
  bool texts = true;
  // Drawn when display_text is set.
  NvOSD_TextParams clock = {};
};

// One thread only.
class Painter {
 public:
  void paint(Canvas& canvas, const NvDsBatchMeta& batch, const PaintOptions& options);

 private:
  void draw_text(Canvas& canvas, const NvOSD_TextParams& text);

  TextMasks texts_;
};

}  // namespace weir::standin
