#include "corrupt.h"

#include <array>

namespace camsim {
namespace {

using Packet = std::vector<uint8_t>;

constexpr size_t kHeader = 12;

uint8_t Byte(Random& random) { return static_cast<uint8_t>(random.Below(256)); }

/** Replaces the payload by a NAL unit header of `type` and `rest`. */
void SetPayload(Packet& packet, bool h265, uint8_t type, std::initializer_list<uint8_t> rest) {
  packet.resize(kHeader);
  if (h265) {
    packet.push_back(static_cast<uint8_t>(type << 1));
    packet.push_back(1);
  } else {
    packet.push_back(static_cast<uint8_t>(0x60 | type));
  }
  packet.insert(packet.end(), rest);
}

void RandomBytes(Packet& packet, bool, Random& random) {
  const uint64_t count = 1 + random.Below(16);
  for (uint64_t i = 0; i < count; ++i) packet[random.Below(packet.size())] = Byte(random);
}

void Truncate(Packet& packet, bool, Random& random) { packet.resize(1 + random.Below(packet.size() - 1)); }

/** An aggregation packet whose unit claims more, or less, than there is. */
void BadLength(Packet& packet, bool h265, Random& random) {
  SetPayload(packet, h265, h265 ? 48 : 24, {Byte(random), Byte(random), Byte(random), Byte(random)});
}

/** Reserved and forbidden ones among them. */
void BadNalType(Packet& packet, bool, Random& random) { packet[kHeader] = Byte(random); }

/** A fragmentation unit with a start bit, an end bit, both, or neither, and nothing in it. */
void EmptyFragment(Packet& packet, bool h265, Random& random) {
  SetPayload(packet, h265, h265 ? 49 : 28, {});
  if (random.Below(4) > 0) packet.push_back(Byte(random));
}

/** Version, padding, extension and the count of sources lie. */
void BadHeader(Packet& packet, bool, Random& random) {
  packet[0] = Byte(random);
  packet.back() = Byte(random);
}

}  // namespace

void Corrupt(Packet& packet, bool h265, Random& random) {
  constexpr std::array kWays{RandomBytes, Truncate, BadLength, BadNalType, EmptyFragment, BadHeader};
  if (packet.size() <= kHeader) packet.resize(kHeader + 1);
  kWays[random.Below(kWays.size())](packet, h265, random);
}

}  // namespace camsim
