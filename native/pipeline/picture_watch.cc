#include "pipeline/picture_watch.h"

#include <cstring>
#include <utility>

namespace weir {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMillisecond = 1'000'000;
constexpr int kRowStep = 4;

// FNV-1a, eight bytes at a time.
constexpr uint64_t kPrime = 0x100000001b3;
constexpr uint64_t kBasis = 0xcbf29ce484222325;

uint64_t mix(uint64_t hash, const uint8_t* row, size_t size) {
  for (; size >= sizeof(uint64_t); row += sizeof(uint64_t), size -= sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, row, sizeof(word));
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 32;  // a product's high bits know of the low ones, not the other way round
  }
  for (; size > 0; row++, size--) hash = (hash ^ *row) * kPrime;
  return hash;
}

bool is_system_memory(const GstCaps* caps) {
  const GstCapsFeatures* features = gst_caps_get_features(caps, 0);
  return features == nullptr || gst_caps_features_is_equal(features, GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY);
}

}  // namespace

void PictureAge::look(uint64_t sample, int64_t now_ns) {
  if (!first_) {
    first_ = sample;
    return;
  }
  const bool moves = std::exchange(first_, std::nullopt) != sample;
  const bool known = last_.has_value();
  const bool changed = moves || last_ != sample;
  last_ = sample;
  if (changed) changed_ns_ = now_ns;
  if (known) age_ms_ = (now_ns - changed_ns_) / kMillisecond;
  next_ns_ = now_ns + kSecond;
}

uint64_t sample_of(const GstVideoFrame& frame) {
  const auto* rows = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  const auto stride = static_cast<ptrdiff_t>(GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0));
  const auto width = static_cast<size_t>(GST_VIDEO_FRAME_COMP_WIDTH(&frame, 0)) *
                     static_cast<size_t>(GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, 0));
  uint64_t hash = kBasis;
  for (gint row = 0; row < GST_VIDEO_FRAME_COMP_HEIGHT(&frame, 0); row += kRowStep)
    hash = mix(hash, rows + row * stride, width);
  return hash;
}

void PictureWatch::set_format(const GstCaps* caps) {
  readable_ = is_system_memory(caps) && gst_video_info_from_caps(&info_, caps) &&
              !GST_VIDEO_FORMAT_INFO_IS_COMPLEX(info_.finfo);
}

void PictureWatch::take(GstBuffer* picture, int64_t now_ns) {
  if (!readable_ || !age_.is_due(now_ns)) return;
  GstVideoFrame frame;
  if (!gst_video_frame_map(&frame, &info_, picture, GST_MAP_READ)) return;
  age_.look(sample_of(frame), now_ns);
  gst_video_frame_unmap(&frame);
  counters_.picture_age_ms.store(age_.ms(), std::memory_order_relaxed);
}

}  // namespace weir
