#include <gst/gst.h>
#include <gtest/gtest.h>

#include <vector>

#include "pipeline/frame_clock.h"
#include "pipeline/sender_clock.h"

namespace weir {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSecond = 1000 * kMs;
constexpr int64_t kNow = 1'795'374'000 * kSecond;  // since 1970

using Bytes = std::vector<uint8_t>;

void put(Bytes& bytes, uint32_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(word >> shift));
}

uint64_t ntp(int64_t wall_ns) {
  const int64_t seconds = wall_ns / kSecond;
  const auto fraction = static_cast<uint64_t>((wall_ns % kSecond) * 4294967296.0 / kSecond);
  return static_cast<uint64_t>(seconds + 2'208'988'800) << 32 | fraction;
}

Bytes sender_report(uint32_t source, uint64_t ntp_time, uint32_t rtp_time) {
  Bytes bytes{0x80, 200, 0, 6};
  put(bytes, source);
  put(bytes, static_cast<uint32_t>(ntp_time >> 32));
  put(bytes, static_cast<uint32_t>(ntp_time));
  put(bytes, rtp_time);
  put(bytes, 10);
  put(bytes, 1000);
  return bytes;
}

TEST(SenderReport, IsFoundInACompoundPacketAndNowhereElse) {
  const Bytes report = sender_report(7, 0x0123456789abcdef, 4242);
  const auto found = sender_report_in(report.data(), report.size());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->source, 7u);
  EXPECT_EQ(found->ntp, 0x0123456789abcdefu);
  EXPECT_EQ(found->rtp_time, 4242u);
  Bytes second{0x81, 202, 0, 1, 0, 0, 0, 7};
  second.insert(second.end(), report.begin(), report.end());
  ASSERT_TRUE(sender_report_in(second.data(), second.size()));
  for (size_t size = 0; size < report.size(); size++)
    EXPECT_FALSE(sender_report_in(report.data(), size)) << size;
  Bytes other = report;
  other[1] = 201;
  EXPECT_FALSE(sender_report_in(other.data(), other.size()));
  Bytes version = report;
  version[0] = 0;
  EXPECT_FALSE(sender_report_in(version.data(), version.size()));
  Bytes too_long = other;
  too_long[2] = 0xff;
  EXPECT_FALSE(sender_report_in(too_long.data(), too_long.size()));
}

class SenderClockTest : public testing::Test {
 protected:
  void report(int64_t camera_ns, uint32_t rtp_time, int64_t wall_ns, uint32_t source = 7) {
    clock_.take(SenderReport{source, ntp(camera_ns), rtp_time}, wall_ns);
  }
  std::optional<int64_t> taken(uint32_t rtp_time, GstClockTime pts, int64_t now_ns = 0, uint32_t source = 7) {
    clock_.take(PacketWatch::Packet{1, rtp_time, source}, pts, now_ns);
    return clock_.taken(pts);
  }
  int64_t offset_ms() { return counters_.clock_offset_us.load() / 1000; }
  int64_t state() { return counters_.clock_state; }

  SlotCounters counters_;
  SenderClock clock_{counters_};
};

TEST_F(SenderClockTest, TellsWhenAUnitWasTaken) {
  EXPECT_FALSE(taken(90'000, 1));
  report(kNow, 180'000, kNow + 5 * kMs);
  EXPECT_EQ(state(), 1);
  EXPECT_FALSE(clock_.taken(1));  // came before the report
  EXPECT_NEAR(static_cast<double>(*taken(180'000, 2) - kNow), 0, 10);
  EXPECT_NEAR(static_cast<double>(*taken(180'000 + 9'000, 3, 100 * kMs) - kNow), 100.0 * kMs, 10);
  // Before the report, by its own time.
  EXPECT_NEAR(static_cast<double>(*taken(180'000 - 9'000, 4, 110 * kMs) - kNow), -100.0 * kMs, 10);
  report(kNow, 100, kNow);
  EXPECT_FALSE(clock_.taken(99));
  EXPECT_FALSE(clock_.taken(GST_CLOCK_TIME_NONE));
}

TEST_F(SenderClockTest, MindsNoWrapOfRtpTime) {
  report(kNow, 0xffff'ffff, kNow);
  EXPECT_NEAR(static_cast<double>(*taken(0xffff'ffff - 9'000, 1) - kNow), -100.0 * kMs, 10);
  EXPECT_NEAR(static_cast<double>(*taken(9'000 - 1, 2, 200 * kMs) - kNow), 100.0 * kMs, 10);
}

TEST_F(SenderClockTest, KnowsNothingOfAnotherSourceOrAfterAJump) {
  report(kNow, 1000, kNow);
  EXPECT_FALSE(taken(1000, 1, 0, 8));
  EXPECT_TRUE(taken(1000, 2, 0, 7));
  EXPECT_FALSE(taken(1000 + 3600 * 90'000, 3, 40 * kMs));
  EXPECT_FALSE(taken(1000 + 3600 * 90'000 + 3600, 4, 80 * kMs));
  report(kNow + kSecond, 1000 + 3600 * 90'000 + 90'000, kNow + kSecond);
  EXPECT_TRUE(taken(1000 + 3600 * 90'000 + 90'000, 5, kSecond));
}

TEST_F(SenderClockTest, BelievesNoAbsurdClock) {
  report(0, 1000, kNow);  // 1970
  EXPECT_EQ(state(), 2);
  EXPECT_FALSE(taken(1000, 1));
  EXPECT_EQ(offset_ms(), kNow / kMs);
  report(kNow + 3600 * kSecond, 1000, kNow);
  EXPECT_EQ(state(), 2);
  report(kNow - 3599 * kSecond, 1000, kNow);
  EXPECT_EQ(state(), 1);
  EXPECT_TRUE(taken(2000, 2));
  EXPECT_EQ(offset_ms(), 3'599'000);
}

TEST_F(SenderClockTest, MeasuresTheSkewByTheReportThatWasUnderWayTheShortest) {
  for (const int delay_ms : {40, 3, 250, 12}) report(kNow, 0, kNow + 2 * kSecond + delay_ms * kMs);
  EXPECT_EQ(offset_ms(), 2003);
  for (int i = 0; i < 8; i++) report(kNow, 0, kNow + 2 * kSecond + 20 * kMs);
  EXPECT_EQ(offset_ms(), 2020);
  // The clock was set.
  report(kNow, 0, kNow - 50 * kMs);
  EXPECT_EQ(offset_ms(), -50);
  EXPECT_EQ(get(counters_.sender_reports), 13u);
}

std::vector<double> counted(const Latencies& latencies, LatencyStage stage) {
  std::vector<double> all(Latencies::kNumbers);
  latencies.write(all.data());
  const auto begin = all.begin() + static_cast<int64_t>(static_cast<size_t>(stage) * Histogram::kNumbers);
  return {begin, begin + Histogram::kNumbers};
}

// How many were in which bucket.
double in(const Latencies& latencies, LatencyStage stage, int le_ms) {
  size_t bucket = 0;
  while (bucket < kBucketsMs.size() && kBucketsMs[bucket] != le_ms) bucket++;
  return counted(latencies, stage)[bucket];
}

TEST(Histogram, HasBucketsUpToAndIncludingTheirBounds) {
  Latencies latencies;
  for (const int64_t ns : {int64_t{-5}, int64_t{0}, kMs, kMs + 1000, 2 * kMs, 5001 * kMs})
    latencies.observe(LatencyStage::kDecoded, ns);
  const auto numbers = counted(latencies, LatencyStage::kDecoded);
  EXPECT_EQ(numbers[0], 3);
  EXPECT_EQ(numbers[1], 2);
  EXPECT_EQ(numbers[kBucketsMs.size()], 1);
  EXPECT_EQ(numbers.back(), 1000 + 1001 + 2000 + 5'001'000);
  EXPECT_EQ(counted(latencies, LatencyStage::kBatched), std::vector<double>(Histogram::kNumbers));
}

TEST(FrameClock, FollowsAFrameThroughTheStages) {
  FrameClock clock;
  Latencies latencies;
  clock.arrived(1000, 100 * kMs, kNow, kNow + 15 * kMs);
  clock.arrived(2000, 101 * kMs, {}, kNow + 16 * kMs);
  clock.decoded(1000, 104 * kMs);
  clock.batched(1000, 144 * kMs);
  clock.inferred(1000, 234 * kMs);
  EXPECT_EQ(clock.taken(1000), kNow);
  EXPECT_FALSE(clock.taken(2000));
  clock.written(1000, {.ns = static_cast<uint64_t>(kNow), .from_camera = true}, 235 * kMs, kNow + 150 * kMs,
                latencies);
  EXPECT_EQ(in(latencies, LatencyStage::kReceived, 20), 1);
  EXPECT_EQ(in(latencies, LatencyStage::kDecoded, 5), 1);
  EXPECT_EQ(in(latencies, LatencyStage::kBatched, 50), 1);
  EXPECT_EQ(in(latencies, LatencyStage::kInferred, 100), 1);
  EXPECT_EQ(in(latencies, LatencyStage::kWritten, 1), 1);
  EXPECT_EQ(in(latencies, LatencyStage::kTotal, 200), 1);
  // Without a camera's clock and without a detector.
  clock.decoded(2000, 102 * kMs);
  clock.written(2000, {.ns = static_cast<uint64_t>(kNow)}, 104 * kMs, kNow + kMs, latencies);
  EXPECT_EQ(in(latencies, LatencyStage::kReceived, 20), 1);
  EXPECT_EQ(in(latencies, LatencyStage::kWritten, 2), 1);
  EXPECT_EQ(in(latencies, LatencyStage::kTotal, 1), 1);
}

TEST(FrameClock, ForgetsWhatIsLongAgoAndWhoeverHadTheSlot) {
  FrameClock clock;
  for (GstClockTime pts = 0; pts < 200; pts++) clock.arrived(pts, 0, static_cast<int64_t>(pts), 0);
  EXPECT_FALSE(clock.taken(10));
  EXPECT_EQ(clock.taken(199), 199);
  clock.begin();
  EXPECT_FALSE(clock.taken(199));
  clock.arrived(GST_CLOCK_TIME_NONE, 0, 1, 0);
  EXPECT_FALSE(clock.taken(GST_CLOCK_TIME_NONE));
  Latencies latencies;
  clock.written(5, {.ns = 1}, 2, 3, latencies);
  EXPECT_EQ(in(latencies, LatencyStage::kTotal, 1), 1);
  EXPECT_EQ(in(latencies, LatencyStage::kWritten, 1), 0);
}

}  // namespace
}  // namespace weir
