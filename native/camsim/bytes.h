#pragma once

#include <gst/gst.h>

namespace camsim {

/** The start of a buffer, mapped to be written: for packets, whose header is a memory of its own. */
class HeadMap {
 public:
  explicit HeadMap(GstBuffer* buffer) {
    mapped_ = gst_buffer_map_range(buffer, 0, 1, &map_, GST_MAP_READWRITE);
    buffer_ = buffer;
  }
  ~HeadMap() {
    if (mapped_) gst_buffer_unmap(buffer_, &map_);
  }
  HeadMap(const HeadMap&) = delete;
  HeadMap& operator=(const HeadMap&) = delete;

  /** Where `size` bytes at `offset` are, or null when the buffer is not that long. */
  guint8* At(gsize offset, gsize size) const {
    return mapped_ && offset + size <= map_.size ? map_.data + offset : nullptr;
  }

 private:
  GstBuffer* buffer_;
  GstMapInfo map_{};
  bool mapped_;
};

}  // namespace camsim
