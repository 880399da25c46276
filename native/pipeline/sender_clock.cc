#include "pipeline/sender_clock.h"

#include <algorithm>
#include <cstdlib>

namespace weir {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kFrom1900To1970 = 2'208'988'800;
// A clock further off was never set, or is set to another zone: it says nothing.
constexpr int64_t kAbsurd = 3'600 * kSecond;

constexpr size_t kHeader = 4;
constexpr size_t kReport = 28;
constexpr uint8_t kSenderReport = 200;

uint32_t word(const uint8_t* bytes) {
  return static_cast<uint32_t>(bytes[0]) << 24 | static_cast<uint32_t>(bytes[1]) << 16 |
         static_cast<uint32_t>(bytes[2]) << 8 | bytes[3];
}

int64_t since_1970(uint64_t ntp) {
  const auto seconds = static_cast<int64_t>(ntp >> 32);
  const auto fraction = static_cast<int64_t>(((ntp & 0xffff'ffff) * kSecond) >> 32);
  return (seconds - kFrom1900To1970) * kSecond + fraction;
}

}  // namespace

std::optional<SenderReport> sender_report_in(const uint8_t* packet, size_t size) {
  for (size_t at = 0; at + kHeader <= size;) {
    if (packet[at] >> 6 != 2) return {};
    const uint8_t* report = packet + at;
    const size_t length = kHeader * (static_cast<size_t>(report[2] << 8 | report[3]) + 1);
    if (report[1] == kSenderReport && length >= kReport && at + kReport <= size)
      return SenderReport{word(report + 4), uint64_t{word(report + 8)} << 32 | word(report + 12),
                          word(report + 16)};
    at += length;
  }
  return {};
}

SenderClock::SenderClock(SlotCounters& counters) : counters_(counters) {
  counters.clock_offset_us.store(0, std::memory_order_relaxed);
  counters.clock_state.store(static_cast<int64_t>(ClockState::kUnknown), std::memory_order_relaxed);
}

void SenderClock::take(const SenderReport& report, int64_t wall_ns) {
  const int64_t taken = since_1970(report.ntp);
  const int64_t offset = wall_ns - taken;
  std::lock_guard lock(mutex_);
  add(counters_.sender_reports);
  measure(offset);
  const bool absurd = std::abs(offset) >= kAbsurd;
  counters_.clock_state.store(static_cast<int64_t>(absurd ? ClockState::kAbsurd : ClockState::kBelieved),
                              std::memory_order_relaxed);
  mapping_.reset();
  if (!absurd) mapping_ = Mapping{report.source, report.rtp_time, taken};
}

// A clock that was set begins anew: what was measured before says nothing of it.
void SenderClock::measure(int64_t offset_ns) {
  const size_t known = std::min(reports_, kReports);
  const auto least = [&](size_t count) {
    return *std::min_element(offsets_.begin(), offsets_.begin() + count);
  };
  if (known > 0 && std::abs(offset_ns - least(known)) > 2 * kSecond) reports_ = 0;
  offsets_[reports_++ % kReports] = offset_ns;
  counters_.clock_offset_us.store(least(std::min(reports_, kReports)) / 1000, std::memory_order_relaxed);
}

void SenderClock::set_clock_rate(int rate) {
  if (rate > 0) clock_rate_ = rate;
}

std::optional<SenderClock::Mapping> SenderClock::mapping() {
  std::lock_guard lock(mutex_);
  return mapping_;
}

// RTP time began anew: it means nothing before the next report.
void SenderClock::forget(uint32_t source) {
  std::lock_guard lock(mutex_);
  if (mapping_ && mapping_->source == source) mapping_.reset();
}

void SenderClock::take(const PacketWatch::Packet& packet, GstClockTime pts, int64_t now_ns) {
  const bool same = last_ && last_->source == packet.source;
  if (same && last_->time == packet.time) return;
  if (same) {
    const int64_t ticks = static_cast<int32_t>(packet.time - last_->time);
    if (is_jump(ticks * kSecond / clock_rate_, now_ns - last_step_ns_)) forget(packet.source);
  }
  last_ = packet;
  last_step_ns_ = now_ns;
  const auto known = mapping();
  Unit unit{.pts = pts, .taken_ns = {}};
  if (known && known->source == packet.source) {
    const int64_t ticks = static_cast<int32_t>(packet.time - known->rtp_time);
    unit.taken_ns = known->taken_ns + ticks * kSecond / clock_rate_;
  }
  units_[next_] = unit;
  next_ = (next_ + 1) % kUnits;
}

std::optional<int64_t> SenderClock::taken(GstClockTime pts) const {
  if (pts == GST_CLOCK_TIME_NONE) return {};
  for (size_t back = 1; back <= kUnits; back++) {
    const Unit& unit = units_[(next_ + kUnits - back) % kUnits];
    if (unit.pts == pts) return unit.taken_ns;
  }
  return {};
}

}  // namespace weir
