#include "surface/batch_surface.h"

#include <algorithm>
#include <stdexcept>

namespace weir::standin {
namespace {

// Marks surfaces of ours: a surface of another allocator must not be read as one.
constexpr uintptr_t kMagic = 0x57454952;

struct BatchSurface {
  NvBufSurface surface{};
  std::vector<NvBufSurfaceParams> list;
  std::vector<std::unique_ptr<Picture>> pictures;
};

NvBufSurfaceParams describe(Picture* picture, guint width, guint height) {
  NvBufSurfaceParams p{};
  p.width = width;
  p.height = height;
  p.pitch = width;
  p.colorFormat = NVBUF_COLOR_FORMAT_NV12;
  p.layout = NVBUF_LAYOUT_PITCH;
  p.dataSize = width * height * 3 / 2;
  auto& planes = p.planeParams;
  planes.num_planes = 2;
  for (int i = 0; i < 2; i++) {
    planes.width[i] = i == 0 ? width : width / 2;
    planes.height[i] = i == 0 ? height : height / 2;
    planes.pitch[i] = width;
    planes.bytesPerPix[i] = i + 1;
    planes.psize[i] = planes.pitch[i] * planes.height[i];
  }
  planes.offset[1] = planes.psize[0];
  p._reserved[0] = picture;
  p._reserved[1] = reinterpret_cast<void*>(kMagic);
  return p;
}

}  // namespace

Placement place(int source_width, int source_height, int canvas_width, int canvas_height, bool padding) {
  if (!padding || source_width <= 0 || source_height <= 0) return {0, 0, canvas_width, canvas_height};
  int width = canvas_width;
  int height = static_cast<int>(static_cast<gint64>(source_height) * canvas_width / source_width);
  if (height > canvas_height) {
    height = canvas_height;
    width = static_cast<int>(static_cast<gint64>(source_width) * canvas_height / source_height);
  }
  return {(canvas_width - width) / 2, (canvas_height - height) / 2, width, height};
}

Picture::Picture(GstBuffer* buffer, const GstVideoInfo& info, const Placement& placement)
    : placement_(placement) {
  if (!gst_video_frame_map(&frame_, &info, buffer, GST_MAP_READ))
    throw std::runtime_error("the picture cannot be mapped for reading");
}

Picture::~Picture() { gst_video_frame_unmap(&frame_); }

GstMemory* new_batch_memory(std::vector<std::unique_ptr<Picture>> pictures, guint batch_size,
                            guint canvas_width, guint canvas_height) {
  auto batch = std::make_unique<BatchSurface>();
  batch->pictures = std::move(pictures);
  for (auto& picture : batch->pictures)
    batch->list.push_back(describe(picture.get(), canvas_width, canvas_height));
  auto& surface = batch->surface;
  surface.batchSize = batch_size;
  surface.numFilled = batch->list.size();
  surface.memType = NVBUF_MEM_SYSTEM;
  surface.surfaceList = batch->list.data();
  void* data = &surface;
  return gst_memory_new_wrapped(GstMemoryFlags(0), data, sizeof(NvBufSurface), 0, sizeof(NvBufSurface),
                                batch.release(), [](gpointer b) { delete static_cast<BatchSurface*>(b); });
}

const Picture* picture_of(const NvBufSurfaceParams& surface) {
  if (surface._reserved[1] != reinterpret_cast<void*>(kMagic)) return nullptr;
  return static_cast<const Picture*>(surface._reserved[0]);
}

MappedBatch::MappedBatch(GstBuffer* buffer) : buffer_(buffer) {
  if (!gst_buffer_map(buffer, &map_, GST_MAP_READ)) {
    buffer_ = nullptr;
    return;
  }
  if (map_.size == sizeof(NvBufSurface)) surface_ = reinterpret_cast<const NvBufSurface*>(map_.data);
}

MappedBatch::~MappedBatch() {
  if (buffer_ != nullptr) gst_buffer_unmap(buffer_, &map_);
}

const Picture* MappedBatch::picture(guint slot) const {
  if (surface_ == nullptr || slot >= surface_->numFilled) return nullptr;
  return picture_of(surface_->surfaceList[slot]);
}

}  // namespace weir::standin
