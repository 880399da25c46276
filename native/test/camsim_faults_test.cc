#include <gst/gst.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <set>
#include <string>
#include <vector>

#include "corrupt.h"
#include "fault.h"
#include "packet_faults.h"
#include "timeline.h"
#include "token_bucket.h"

namespace camsim {
namespace {

using std::chrono::milliseconds;
using Bytes = std::vector<uint8_t>;
using Time = TokenBucket::Clock::time_point;

Bytes Packet(uint16_t sequence, size_t size = 100) {
  Bytes packet(size, 0x65);
  packet[0] = 0x80;
  packet[1] = 96;
  packet[2] = static_cast<uint8_t>(sequence >> 8);
  packet[3] = static_cast<uint8_t>(sequence);
  return packet;
}

/** The numbers of the packets that come out when packets 0 to count - 1 go in. */
std::vector<int> Pass(PacketFaults& faults, int count, size_t size = 100, Time now = {}) {
  PacketFaults::Held held;
  PacketFaults::Packets out;
  for (int i = 0; i < count; ++i) {
    const Bytes bytes = Packet(static_cast<uint16_t>(i), size);
    faults.Pass(GstPtr<GstBuffer>(gst_buffer_new_memdup(bytes.data(), bytes.size())), false, now, held, out);
  }
  std::vector<int> numbers;
  for (const auto& packet : out) {
    uint8_t number[2];
    gst_buffer_extract(packet.get(), 2, number, 2);
    numbers.push_back(number[0] << 8 | number[1]);
  }
  return numbers;
}

TEST(CamsimPackets, PassUntouchedWithoutFaults) {
  PacketFaults faults("cam1");
  EXPECT_EQ(Pass(faults, 3), (std::vector{0, 1, 2}));
  EXPECT_EQ(faults.Stats().sent, 3U);
}

TEST(CamsimPackets, AreLostAtTheGivenRateTheSameForTheSameSeed) {
  PacketFaults faults("cam1");
  faults.SetLoss(0.25);
  faults.Seed(7);
  const auto first = Pass(faults, 4000);
  faults.Seed(7);
  EXPECT_EQ(Pass(faults, 4000), first);
  faults.Seed(8);
  EXPECT_NE(Pass(faults, 4000), first);
  EXPECT_NEAR(static_cast<double>(first.size()), 3000, 120);
  EXPECT_EQ(faults.Stats().sent + faults.Stats().lost, 12000U);
}

TEST(CamsimPackets, ComeLateByTheGivenDistance) {
  PacketFaults faults("cam1");
  faults.SetReorder(0.1, 2);
  const auto numbers = Pass(faults, 1000);
  EXPECT_GE(numbers.size(), 990U);
  EXPECT_EQ(std::set(numbers.begin(), numbers.end()).size(), numbers.size());
  int late = 0;
  for (size_t i = 1; i < numbers.size(); ++i) late += numbers[i] < numbers[i - 1];
  EXPECT_GT(late, 50);
  EXPECT_NEAR(static_cast<double>(faults.Stats().reordered), 100, 40);
}

TEST(CamsimPackets, AreLostWhereTheRateIsExceeded) {
  PacketFaults faults("cam1");
  faults.SetRate(1e6);  // a tenth of a second's worth fits at once
  const auto later = TokenBucket::Clock::now() + std::chrono::hours(1);
  EXPECT_EQ(Pass(faults, 200, 1000, later).size(), 100U);
}

TEST(CamsimPackets, AreSpoiltInEveryWayAndNeverEmpty) {
  Random random(1);
  std::set<size_t> sizes;
  std::set<int> types;
  std::set<int> versions;
  for (int i = 0; i < 5000; ++i) {
    for (const bool h265 : {false, true}) {
      Bytes packet = Packet(0, 60);
      Corrupt(packet, h265, random);
      ASSERT_GT(packet.size(), 0U);
      sizes.insert(packet.size());
      versions.insert(packet[0] >> 6);
      if (packet.size() > 12) types.insert(packet[12]);
    }
  }
  EXPECT_EQ(versions.size(), 4U);
  EXPECT_GT(sizes.size(), 55U);
  EXPECT_EQ(types.size(), 256U);
}

TEST(CamsimPackets, OfAnySizeCanBeSpoilt) {
  Random random(1);
  for (size_t size = 1; size < 40; ++size) {
    for (int i = 0; i < 100; ++i) {
      Bytes packet(size, 1);
      Corrupt(packet, i % 2 == 0, random);
      EXPECT_GT(packet.size(), 0U);
    }
  }
}

TEST(CamsimTokenBucket, LetsItsRateThrough) {
  const Time start{};
  TokenBucket bucket(20000, start);
  size_t passed = 0;
  for (int ms = 0; ms <= 10000; ms += 10) {
    const size_t now = bucket.Available(start + milliseconds(ms));
    bucket.Take(now);
    passed += now;
  }
  EXPECT_NEAR(static_cast<double>(passed), 200000, 1000);
}

TEST(CamsimTimeline, NeverDrifts) {
  Timeline timeline(30);
  const Time start{};
  timeline.Start(start, 5);
  for (int i = 0; i < 30 * 3600; ++i) timeline.Advance();
  EXPECT_EQ(timeline.Due(), start + std::chrono::hours(1));
  EXPECT_EQ(timeline.Pts(), 5 + 3600 * GST_SECOND);
}

TEST(CamsimTimeline, ChangesItsRateAtTheNextFrame) {
  Timeline timeline(10);
  const Time start{};
  timeline.Start(start, 0);
  timeline.Advance();
  timeline.SetRate(50);
  EXPECT_EQ(timeline.Pts(), 100 * GST_MSECOND);
  timeline.Advance();
  EXPECT_EQ(timeline.Pts(), 120 * GST_MSECOND);
  EXPECT_EQ(timeline.Due(), start + milliseconds(120));
}

TEST(CamsimTimeline, NeverStampsAFrameEarlierThanTheLast) {
  Timeline timeline(10);
  timeline.Start(Time{}, GST_SECOND);
  timeline.Advance();
  timeline.Move(Time{} + milliseconds(50), 0);
  EXPECT_EQ(timeline.Pts(), 1100 * GST_MSECOND);
  timeline.Move(Time{} + milliseconds(60), 3 * GST_SECOND);
  EXPECT_EQ(timeline.Pts(), 3 * GST_SECOND);
}

TEST(CamsimFault, IsWrittenAsItWasRead) {
  const std::string json = R"({"kind":"loss","fraction":0.125,"seconds":2,"seed":9007199254740991})";
  EXPECT_EQ(ParseFault(YAML::Load(json)).Json(), json);
}

TEST(CamsimFault, OfEveryKindHasAHelp) {
  const std::string help = FaultHelp();
  for (const auto& kind : FaultKinds()) {
    EXPECT_NE(help.find(std::string("  ") + kind.name + ": "), std::string::npos) << kind.name;
    EXPECT_NE(kind.begin, nullptr) << kind.name;
  }
}

}  // namespace
}  // namespace camsim
