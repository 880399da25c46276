#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gst_ptr.h"
#include "random.h"
#include "stats.h"
#include "token_bucket.h"

namespace camsim {

/** What a camera's packets suffer on their way. Any thread. */
class PacketFaults {
 public:
  using Clock = std::chrono::steady_clock;
  using Packets = std::vector<GstPtr<GstBuffer>>;
  /** Packets of one media that wait until others have overtaken them. */
  struct Late {
    GstPtr<GstBuffer> packet;
    int overtaken_by;
  };
  using Held = std::deque<Late>;

  /** The same name, the same chance. */
  explicit PacketFaults(const std::string& name);

  void Seed(uint64_t seed);
  /** The fraction of packets that never come. */
  void SetLoss(double fraction);
  /** The fraction of packets that come `distance` packets late. */
  void SetReorder(double fraction, int distance);
  /** Packets take up to so long, each as it pleases, but keep their order. */
  void SetJitter(std::chrono::nanoseconds most) { jitter_ = most; }
  void SetCorrupt(double fraction);
  /** What does not fit is lost; 0: everything fits. */
  void SetRate(double bytes_per_second);
  /** Sender reports tell a time that is so many seconds off. */
  void SetNtpOffset(int64_t seconds) { ntp_offset_ = seconds; }
  /** Nothing is sent, neither media nor reports. */
  void Silence(bool on) { silent_ = on; }
  void SilenceReports(bool on) { no_reports_ = on; }

  bool Silent() const { return silent_; }
  bool DropsReports() const { return silent_ || no_reports_; }
  int64_t NtpOffset() const { return ntp_offset_; }

  /** Appends to `out` what is to be sent now that `packet` has come. */
  void Pass(GstPtr<GstBuffer> packet, bool h265, Clock::time_point now, Held& held, Packets& out);
  bool Jitters() const { return jitter_.load().count() > 0; }
  /** How long the next packet is under way. */
  std::chrono::nanoseconds Delay();
  PacketStats Stats() const;

 private:
  bool Loses(GstBuffer* packet, Clock::time_point now);
  void Send(GstPtr<GstBuffer> packet, Packets& out);

  std::atomic<bool> silent_{false};
  std::atomic<bool> no_reports_{false};
  std::atomic<int64_t> ntp_offset_{0};
  std::atomic<std::chrono::nanoseconds> jitter_{std::chrono::nanoseconds(0)};

  mutable std::mutex mutex_;
  Random random_;
  double loss_ = 0;
  double reorder_ = 0;
  int distance_ = 1;
  double corrupt_ = 0;
  std::optional<TokenBucket> bucket_;
  PacketStats stats_;
};

}  // namespace camsim
