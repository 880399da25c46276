// What a batch buffer of the stand-in holds: an NvBufSurface in NVIDIA's geometry whose surfaces refer to
// the decoder's own pictures. Nothing is scaled or copied until somebody samples a picture.
#pragma once

#include <gst/video/video.h>

#include <memory>
#include <vector>

#include "nvbufsurface.h"

namespace weir::standin {

// Where a picture lies on the mux's canvas, in canvas pixels. Without padding it fills the canvas.
struct Placement {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
  bool operator==(const Placement&) const = default;
};

// The placement nvstreammux gives a picture: stretched, or (padding) centred with black bars.
Placement place(int source_width, int source_height, int canvas_width, int canvas_height, bool padding);

// One decoded picture, mapped for reading for as long as it lives.
class Picture {
 public:
  // Takes a reference on `buffer`. Throws std::runtime_error when it cannot be mapped.
  Picture(GstBuffer* buffer, const GstVideoInfo& info, const Placement& placement);
  ~Picture();
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  const GstVideoFrame& frame() const { return frame_; }
  const Placement& placement() const { return placement_; }
  int width() const { return GST_VIDEO_FRAME_WIDTH(&frame_); }
  int height() const { return GST_VIDEO_FRAME_HEIGHT(&frame_); }

 private:
  GstVideoFrame frame_;
  Placement placement_;
};

// Wraps the pictures into one memory; mapping it yields an NvBufSurface with one surface per picture, each
// canvas_width × canvas_height, NV12.
GstMemory* new_batch_memory(std::vector<std::unique_ptr<Picture>> pictures, guint batch_size,
                            guint canvas_width, guint canvas_height);

// The picture behind a surface; nullptr where the surface is not the stand-in's.
const Picture* picture_of(const NvBufSurfaceParams& surface);

// A mapped batch buffer; empty when the buffer holds no NvBufSurface.
class MappedBatch {
 public:
  explicit MappedBatch(GstBuffer* buffer);
  ~MappedBatch();
  MappedBatch(const MappedBatch&) = delete;
  MappedBatch& operator=(const MappedBatch&) = delete;

  const NvBufSurface* surface() const { return surface_; }
  // nullptr when slot is out of range.
  const Picture* picture(guint slot) const;

 private:
  GstBuffer* buffer_;
  GstMapInfo map_ = GST_MAP_INFO_INIT;
  const NvBufSurface* surface_ = nullptr;
};

}  // namespace weir::standin
