#include <gtest/gtest.h>

#include <vector>

#include "pipeline/packet_guard.h"

namespace weir {
namespace {

using Packet = std::vector<uint8_t>;

// Byte by byte: GCC 12 takes insert() for a write out of bounds.
Packet joined(const Packet& first, const Packet& rest) {
  Packet all;
  all.reserve(first.size() + rest.size());
  for (const Packet& part : {first, rest})
    for (const uint8_t byte : part) all.push_back(byte);
  return all;
}

Packet rtp(uint8_t first, const Packet& rest) {
  return joined({first, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7}, rest);
}

bool harmful(Payload payload, const Packet& packet) {
  return is_harmful(payload, packet.data(), packet.size());
}

TEST(PacketGuard, KnowsThePayloadByItsName) {
  EXPECT_EQ(payload_of("H264"), Payload::kH264);
  EXPECT_EQ(payload_of("H265"), Payload::kH265);
  EXPECT_EQ(payload_of("JPEG"), Payload::kOther);
}

TEST(PacketGuard, StopsFragmentsShorterThanTheirHeaders) {
  EXPECT_TRUE(harmful(Payload::kH264, rtp(0x80, {0x7c})));
  EXPECT_TRUE(harmful(Payload::kH264, rtp(0x80, {0x7c, 0x05})));
  EXPECT_FALSE(harmful(Payload::kH264, rtp(0x80, {0x7c, 0x05, 0x11})));
  EXPECT_TRUE(harmful(Payload::kH264, rtp(0x80, {0x7d, 0x05, 0, 1})));
  EXPECT_FALSE(harmful(Payload::kH264, rtp(0x80, {0x7d, 0x05, 0, 1, 0x11})));
  EXPECT_TRUE(harmful(Payload::kH265, rtp(0x80, {49 << 1, 1})));
  EXPECT_TRUE(harmful(Payload::kH265, rtp(0x80, {49 << 1, 1, 0x13})));
  EXPECT_FALSE(harmful(Payload::kH265, rtp(0x80, {49 << 1, 1, 0x13, 0x11})));
}

TEST(PacketGuard, StopsUnitsWithoutContent) {
  EXPECT_TRUE(harmful(Payload::kH264, rtp(0x80, {})));
  EXPECT_TRUE(harmful(Payload::kH264, rtp(0x80, {0x65})));
  EXPECT_FALSE(harmful(Payload::kH264, rtp(0x80, {0x65, 0x88})));
  EXPECT_TRUE(harmful(Payload::kH265, rtp(0x80, {0x26, 1})));
  EXPECT_FALSE(harmful(Payload::kH265, rtp(0x80, {0x26, 1, 0xaf})));
}

TEST(PacketGuard, CountsSourcesExtensionAndPaddingAsNoContent) {
  const Packet fragment{0x7c, 0x05, 0x11};
  const Packet source = joined({0, 0, 0, 9}, fragment);
  EXPECT_FALSE(harmful(Payload::kH264, rtp(0x81, source)));
  EXPECT_TRUE(harmful(Payload::kH264, rtp(0x82, source)));
  Packet extended = joined({0xbe, 0xde, 0, 1, 1, 2, 3, 4}, fragment);
  EXPECT_FALSE(harmful(Payload::kH264, rtp(0x90, extended)));
  extended[3] = 200;
  EXPECT_TRUE(harmful(Payload::kH264, rtp(0x90, extended)));
  EXPECT_TRUE(harmful(Payload::kH264, rtp(0x90, {0xbe})));
  EXPECT_FALSE(harmful(Payload::kH264, rtp(0xa0, {0x7c, 0x05, 0x11, 0, 2})));
  EXPECT_TRUE(harmful(Payload::kH264, rtp(0xa0, {0x7c, 0x05, 0x11, 0, 3})));
  EXPECT_TRUE(harmful(Payload::kH264, rtp(0xa0, {0x7c, 0x05, 0x11, 0, 9})));
}

TEST(PacketGuard, StopsWhatIsNoRtp) {
  EXPECT_TRUE(harmful(Payload::kH264, {0x80, 96, 0}));
  EXPECT_TRUE(harmful(Payload::kH264, rtp(0x40, {0x65, 0x88})));
  EXPECT_FALSE(harmful(Payload::kOther, {}));
}

}  // namespace
}  // namespace weir
