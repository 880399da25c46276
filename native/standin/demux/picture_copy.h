// Turns a slot of a batch into a system-memory I420 picture of the canvas's size.
#pragma once

#include "surface/batch_surface.h"

namespace weir::standin {

class PictureCopier {
 public:
  PictureCopier() = default;
  ~PictureCopier();
  PictureCopier(const PictureCopier&) = delete;
  PictureCopier& operator=(const PictureCopier&) = delete;

  // Shares the decoder's memory where nothing needs to change; scales and letterboxes otherwise.
  // `out` describes I420 of the canvas's size.
  GstBuffer* make(const Picture& picture, const GstVideoInfo& out);

 private:
  void prepare(const Picture& picture, const GstVideoInfo& out);

  GstVideoConverter* converter_ = nullptr;
  GstVideoInfo in_{};
  GstVideoInfo out_{};
  Placement placement_{};
};

}  // namespace weir::standin
