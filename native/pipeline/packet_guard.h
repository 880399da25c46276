// Packets that would crash a depayloader are lost before they reach it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

enum class Payload { kOther, kH264, kH265 };

// By the encoding-name of RTP caps.
Payload payload_of(std::string_view encoding_name);

// rtph264depay and rtph265depay of GStreamer 1.22 take the length of a fragment as at least that of its
// headers: a shorter one becomes a copy of 4 GiB. True for those, and for packets without a payload or with a
// header that claims more than there is.
bool is_harmful(Payload payload, const uint8_t* packet, size_t size);

}  // namespace weir
