#include "pipeline/references.h"

#include <algorithm>

namespace weir {
namespace {

constexpr size_t kStartCode = 3;
constexpr size_t kMostHeader = 3;
// What stands before a picture's first slice is short, save for messages of the camera's maker.
constexpr size_t kChunk = 512;

// Where the next start code 00 00 01 is, from `at` on; `size` when there is none.
size_t start_code(const uint8_t* bytes, size_t size, size_t at) {
  for (; at + kStartCode <= size; at++)
    if (bytes[at] == 0 && bytes[at + 1] == 0 && bytes[at + 2] == 1) return at;
  return size;
}

}  // namespace

References::References(std::string_view codec)
    : codec_(codec == "H264"   ? Codec::kH264
             : codec == "H265" ? Codec::kH265
                               : Codec::kOther) {}

// Chunk by chunk: mapping a unit of several memories would copy all of it.
bool References::is_reference(GstBuffer* unit) {
  if (codec_ == Codec::kOther) return true;
  uint8_t chunk[kChunk];
  constexpr size_t kLeast = kStartCode + kMostHeader;
  for (size_t offset = 0;;) {
    const size_t size = gst_buffer_extract(unit, offset, chunk, kChunk);
    const bool last = size < kChunk;
    size_t at = start_code(chunk, size, 0);
    for (; at < size; at = start_code(chunk, size, at + kStartCode)) {
      if (!last && at + kLeast > size) break;
      const size_t begin = at + kStartCode;
      const Verdict verdict = look(chunk + begin, std::min(kMostHeader, size - begin));
      if (verdict != Verdict::kUnknown) return verdict == Verdict::kReference;
    }
    if (last) return true;
    // A start code, or what follows it, may reach into the next chunk.
    offset += at < size ? at : size - (kStartCode - 1);
  }
}

References::Verdict References::look(const uint8_t* unit, size_t size) {
  if (size == 0) return Verdict::kUnknown;
  if (codec_ == Codec::kH265) return look_h265(unit, size);
  const int type = unit[0] & 0x1f;
  const bool slice = type == 1 || type == 2 || type == 5;
  if (!slice) return Verdict::kUnknown;
  return (unit[0] & 0x60) == 0 ? Verdict::kLeaf : Verdict::kReference;
}

// Table 7-1: of the types below 16 the even ones are not referred to within their sub-layer.
References::Verdict References::look_h265(const uint8_t* unit, size_t size) {
  constexpr int kSequenceParameters = 33;
  if (size < 2) return Verdict::kUnknown;
  const int type = unit[0] >> 1 & 0x3f;
  const int layer = (unit[0] & 1) << 5 | unit[1] >> 3;
  const int sub_layer = (unit[1] & 7) - 1;
  if (layer != 0) return Verdict::kUnknown;
  if (type == kSequenceParameters && size > 2) {
    const int most = unit[2] >> 1 & 7;  // sps_max_sub_layers_minus1
    highest_layer_ = std::max(highest_layer_, most);
  }
  if (type >= 32) return Verdict::kUnknown;
  if (highest_layer_ >= 0) highest_layer_ = std::max(highest_layer_, sub_layer);
  const bool leaf = type < 16 && type % 2 == 0 && sub_layer == highest_layer_;
  return leaf ? Verdict::kLeaf : Verdict::kReference;
}

}  // namespace weir
