// Notices pictures that keep coming and show the same.
#pragma once

#include <gst/video/video.h>

#include <cstdint>
#include <optional>

#include "pipeline/counters.h"

namespace weir {

// Since when a picture is what it is, told by samples of it. One streaming thread.
class PictureAge {
 public:
  // Whether the next picture is to be looked at: two neighbours once a second. One alone would always see the
  // same of a scene that repeats itself every second.
  bool is_due(int64_t now_ns) const { return now_ns >= next_ns_; }
  // Of a picture that was due.
  void look(uint64_t sample, int64_t now_ns);
  // -1 before two looks.
  int64_t ms() const { return age_ms_; }

 private:
  std::optional<uint64_t> first_;  // of the pair
  std::optional<uint64_t> last_;   // pair's second
  int64_t changed_ns_ = 0;
  int64_t next_ns_ = INT64_MIN;
  int64_t age_ms_ = -1;
};

// Of every fourth row of the first plane.
uint64_t sample_of(const GstVideoFrame& frame);

// Keeps SlotCounters::picture_age_ms. Pictures the CPU cannot read are not looked at: it stays -1.
class PictureWatch {
 public:
  explicit PictureWatch(SlotCounters& counters) : counters_(counters) {}
  void set_format(const GstCaps* caps);
  void take(GstBuffer* picture, int64_t now_ns);

 private:
  SlotCounters& counters_;
  bool readable_ = false;
  GstVideoInfo info_{};
  PictureAge age_;
};

}  // namespace weir
