#include "pipeline/packet_guard.h"

#include <optional>

namespace weir {
namespace {

constexpr size_t kFixedHeader = 12;

struct Bytes {
  const uint8_t* data;
  size_t size;
};

// RFC 3550, 5.1 and 5.3.1: sources, extension, padding.
std::optional<Bytes> payload_in(const uint8_t* packet, size_t size) {
  if (size <= kFixedHeader || packet[0] >> 6 != 2) return {};
  size_t begin = kFixedHeader + 4 * static_cast<size_t>(packet[0] & 0x0f);
  if ((packet[0] & 0x10) != 0) {
    if (begin + 4 > size) return {};
    begin += 4 + 4 * static_cast<size_t>(packet[begin + 2] << 8 | packet[begin + 3]);
  }
  const size_t padding = (packet[0] & 0x20) != 0 ? packet[size - 1] : 0;
  if (begin + padding >= size) return {};
  return Bytes{packet + begin, size - begin - padding};
}

// Headers and a byte of content. RFC 6184, 5.8; RFC 7798, 4.4.3.
size_t least_h264(uint8_t first) {
  constexpr int kFragmentA = 28;
  constexpr int kFragmentB = 29;
  const int type = first & 0x1f;
  if (type == kFragmentA) return 3;
  return type == kFragmentB ? 5 : 2;
}

size_t least_h265(uint8_t first) {
  constexpr int kFragment = 49;
  return (first >> 1 & 0x3f) == kFragment ? 4 : 3;
}

}  // namespace

Payload payload_of(std::string_view encoding_name) {
  if (encoding_name == "H264") return Payload::kH264;
  return encoding_name == "H265" ? Payload::kH265 : Payload::kOther;
}

bool is_harmful(Payload payload, const uint8_t* packet, size_t size) {
  if (payload == Payload::kOther) return false;
  const auto bytes = payload_in(packet, size);
  if (!bytes) return true;
  const uint8_t first = bytes->data[0];
  return bytes->size < (payload == Payload::kH264 ? least_h264(first) : least_h265(first));
}

}  // namespace weir
