// A camera's wall clock, as its sender reports tell it.
#pragma once

#include <gst/gst.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

#include "pipeline/counters.h"
#include "pipeline/packet_watch.h"

namespace weir {

// RFC 3550, 6.4.1.
struct SenderReport {
  uint32_t source;
  uint64_t ntp;  // seconds since 1900, 32 bits of them and 32 of a fraction
  uint32_t rtp_time;
};

// The first in a compound packet; nothing where there is none, or what there is is cut off.
std::optional<SenderReport> sender_report_in(const uint8_t* packet, size_t size);

// What SlotCounters::clock_state says.
enum class ClockState : int64_t { kUnknown, kBelieved, kAbsurd };

// Reports come on a thread of their own; packets and units on the source's.
class SenderClock {
 public:
  explicit SenderClock(SlotCounters& counters);

  // `wall_ns`: this machine's time, since 1970. Nothing but a network lies between the two clocks here, so
  // that the least difference of the last reports is how far the camera's is behind ours.
  void take(const SenderReport& report, int64_t wall_ns);

  // Ticks of RTP time per second.
  void set_clock_rate(int rate);
  // A packet out of the jitter buffer.
  void take(const PacketWatch::Packet& packet, GstClockTime pts, int64_t now_ns);
  // When what has this time was taken, since 1970; nothing where the clock is not known, or absurd.
  std::optional<int64_t> taken(GstClockTime pts) const;

 private:
  struct Mapping {
    uint32_t source;
    uint32_t rtp_time;
    int64_t taken_ns;
  };
  struct Unit {
    GstClockTime pts = GST_CLOCK_TIME_NONE;
    std::optional<int64_t> taken_ns;
  };
  // Units the parser may hold back, and reports that are compared.
  static constexpr size_t kUnits = 32;
  static constexpr size_t kReports = 8;

  void measure(int64_t offset_ns);
  std::optional<Mapping> mapping();
  void forget(uint32_t source);

  SlotCounters& counters_;
  std::mutex mutex_;
  std::optional<Mapping> mapping_;
  std::array<int64_t, kReports> offsets_{};
  size_t reports_ = 0;
  // Of the source's thread.
  int clock_rate_ = 90'000;
  std::optional<PacketWatch::Packet> last_;
  int64_t last_step_ns_ = 0;
  std::array<Unit, kUnits> units_{};
  size_t next_ = 0;
};

}  // namespace weir
