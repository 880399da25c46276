#include "pipeline/packet_watch.h"

namespace weir {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
// Pictures sent out of order go back by a few of their intervals.
constexpr int64_t kMostReordering = kSecond;
constexpr int64_t kMostAhead = 2 * kSecond;
// Numbers further on, or further back, are those of a sender that began anew.
constexpr int kMostLost = 3000;
constexpr int kMostLate = 100;

}  // namespace

bool is_jump(int64_t step_ns, int64_t passed_ns) {
  return step_ns < -kMostReordering || step_ns > passed_ns + kMostAhead;
}

std::optional<PacketWatch::Packet> PacketWatch::parse(const uint8_t* header, size_t size) {
  if (size < 12) return {};
  const auto word = [header](size_t at) {
    return static_cast<uint32_t>(header[at]) << 24 | static_cast<uint32_t>(header[at + 1]) << 16 |
           static_cast<uint32_t>(header[at + 2]) << 8 | header[at + 3];
  };
  return Packet{static_cast<uint16_t>(header[2] << 8 | header[3]), word(4), word(8)};
}

void PacketWatch::set_clock_rate(int rate) {
  if (rate > 0) clock_rate_ = rate;
}

void PacketWatch::take(const Packet& packet, int64_t now_ns) {
  add(counters_.packets);
  if (!last_ || last_->source != packet.source) {
    last_ = packet;
    last_step_ns_ = now_ns;
    return;
  }
  follow_time(packet, now_ns);
  follow_sequence(packet);
}

// The differences of unsigned numbers, taken as signed ones, do not mind a wrap.
void PacketWatch::follow_sequence(const Packet& packet) {
  const auto ahead = static_cast<int16_t>(packet.sequence - last_->sequence);
  if (ahead <= 0 && ahead >= -kMostLate) return;
  if (ahead > 1 && ahead <= kMostLost) add(counters_.packets_lost, ahead - 1);
  last_->sequence = packet.sequence;
}

void PacketWatch::follow_time(const Packet& packet, int64_t now_ns) {
  if (packet.time == last_->time) return;
  const int64_t ticks = static_cast<int32_t>(packet.time - last_->time);
  if (is_jump(ticks * kSecond / clock_rate_, now_ns - last_step_ns_)) add(counters_.timestamp_jumps);
  last_->time = packet.time;
  last_step_ns_ = now_ns;
}

void UnitTimes::take(int64_t time_ns, int64_t duration_ns) {
  if (last_ns_ && is_jump(time_ns - *last_ns_, duration_ns_)) add(counters_.timestamp_jumps);
  last_ns_ = time_ns;
  duration_ns_ = duration_ns;
}

}  // namespace weir
