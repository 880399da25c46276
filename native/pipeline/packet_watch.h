// What a source's times and packets say of the way they came: jumps and losses.
#pragma once

#include <cstdint>
#include <optional>

#include "pipeline/counters.h"

namespace weir {

// Whether time did not simply go on: back, save for pictures sent out of order, or ahead of what has passed.
// Less than what has passed is no jump: a stream may pause.
bool is_jump(int64_t step_ns, int64_t passed_ns);

// One streaming thread.
class PacketWatch {
 public:
  explicit PacketWatch(SlotCounters& counters) : counters_(counters) {}

  struct Packet {
    uint16_t sequence;
    uint32_t time;
    uint32_t source;
  };
  // What the start of an RTP packet says; nothing when it is too short.
  static std::optional<Packet> parse(const uint8_t* header, size_t size);

  // Ticks of `Packet::time` per second.
  void set_clock_rate(int rate);
  // In the order they leave the jitter buffer.
  void take(const Packet& packet, int64_t now_ns);

 private:
  void follow_sequence(const Packet& packet);
  void follow_time(const Packet& packet, int64_t now_ns);

  SlotCounters& counters_;
  int clock_rate_ = 90'000;
  std::optional<Packet> last_;
  int64_t last_step_ns_ = 0;  // when its time began
};

// Times of access units, for sources without packets. One streaming thread.
class UnitTimes {
 public:
  explicit UnitTimes(SlotCounters& counters) : counters_(counters) {}
  // `duration_ns` of the unit, 0 where unknown.
  void take(int64_t time_ns, int64_t duration_ns);

 private:
  SlotCounters& counters_;
  std::optional<int64_t> last_ns_;
  int64_t duration_ns_ = 0;
};

}  // namespace weir
