// Which access units others are decoded with, read from the units' own bytes.
#pragma once

#include <gst/gst.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

// One stream, one thread. Units are byte streams (Annex B) of one picture each, as the parsers are asked for.
class References {
 public:
  // As `SourceVariant::codec`. Of other codecs than H264 and H265 every unit is taken for a reference.
  explicit References(std::string_view codec);

  // Whether another unit may be decoded with this one: H.264, 7.4.1, nal_ref_idc; H.265, 7.4.2.2, sub-layer
  // non-reference pictures of the highest sub-layer. When in doubt, true. To be told of every unit, in order.
  bool is_reference(GstBuffer* unit);

 private:
  enum class Codec { kH264, kH265, kOther };
  enum class Verdict { kReference, kLeaf, kUnknown };

  // Of a unit that begins here; up to kMostHeader bytes of it are there.
  Verdict look(const uint8_t* unit, size_t size);
  Verdict look_h265(const uint8_t* unit, size_t size);

  const Codec codec_;
  int highest_layer_ = -1;  // H.265: no parameter set has said yet
};

}  // namespace weir
