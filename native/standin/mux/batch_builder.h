// Makes the batch buffer: the pictures as an NvBufSurface and an NvDsBatchMeta with one frame each.
#pragma once

#include <map>

#include "mux/batcher.h"
#include "nvdsmeta.h"

namespace weir::standin {

class BatchBuilder {
 public:
  struct Canvas {
    guint width = 0;
    guint height = 0;
    guint batch_size = 1;
  };

  // Takes the pictures. The buffer carries no timestamp yet.
  GstBuffer* build(MuxBatch batch, const Canvas& canvas);
  // The pad's frame numbers start again at 0.
  void reset_numbers(guint pad) { next_number_.erase(pad); }

 private:
  void add_frame(NvDsBatchMeta* meta, const MuxFrame& frame, guint slot, const Canvas& canvas);

  std::map<guint, gint> next_number_;
};

}  // namespace weir::standin
