#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "delay_line.h"
#include "gst_ptr.h"
#include "packet_faults.h"

namespace camsim {

/**
 * Sees all packets of one media as they leave it, does to them what the camera's packet faults say, and hides
 * the picture that is there only to describe the stream. Any thread.
 */
class MediaTap {
 public:
  using Clock = DelayLine::Clock;

  /** `wake` is called when Deliver() must come early. */
  MediaTap(std::shared_ptr<PacketFaults> faults, bool h265, std::function<void()> wake)
      : faults_(std::move(faults)), h265_(h265), wake_(std::move(wake)) {}

  /** Media of this type tell their tap, if they have one, when they are set up. */
  static GType MediaType();
  static void Attach(GstRTSPMedia* media, GstElement* payloader, std::shared_ptr<MediaTap> tap);

  /** Packets of pictures stamped so, or earlier, are not sent; the others are numbered without a gap. */
  void Hide(GstClockTime pts) { hidden_until_ = pts; }
  /** RTP time goes so many ticks further, or back, from now on. */
  void Jump(uint32_t ticks) { shift_ += ticks; }
  /** Sends delayed packets that are due; returns when to come again, time_point::max() when none waits. */
  Clock::time_point Deliver(Clock::time_point now);

 private:
  using Handle = std::shared_ptr<MediaTap>;
  using Packets = PacketFaults::Packets;

  static gboolean OnSetup(GstRTSPMedia* media, GstElement* rtpbin);
  static void OnPad(GstElement* rtpbin, GstPad* pad, gpointer self);
  template <GstPadProbeReturn (MediaTap::*Method)(GstPad*, GstPadProbeInfo*)>
  static void Probe(GstPad* pad, int type, Handle tap);
  static void InitClass(gpointer klass, gpointer);

  GstPadProbeReturn OnPayload(GstPad* pad, GstPadProbeInfo* info);
  GstPadProbeReturn OnRtp(GstPad* pad, GstPadProbeInfo* info);
  GstPadProbeReturn OnRtcp(GstPad* pad, GstPadProbeInfo* info);
  void Take(GstPtr<GstBuffer> packet, Packets& out);
  GstFlowReturn Send(GstPad* pad, Packets packets);
  std::shared_ptr<DelayLine> Line(GstPad* pad);

  const std::shared_ptr<PacketFaults> faults_;
  const bool h265_;
  const std::function<void()> wake_;
  std::atomic<GstClockTime> hidden_until_{0};
  std::atomic<uint32_t> shift_{0};
  std::mutex mutex_;
  std::shared_ptr<DelayLine> line_;
  // The streaming thread's:
  uint16_t hidden_ = 0;
  PacketFaults::Held held_;
};

}  // namespace camsim
