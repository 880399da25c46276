#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "access_units.h"
#include "camera_factory.h"
#include "config.h"
#include "media_tap.h"
#include "packet_faults.h"
#include "stats.h"
#include "timeline.h"

namespace camsim {

/**
 * One RTSP camera. Frames are numbered on and on; frame n shows the file's frame n modulo its length. The
 * number stands still while nobody plays, and then moves on to the next key frame, so that a client who comes
 * gets a picture at once. All clients share one stream: a later one joins in the middle, as with a real
 * camera.
 *
 * Any thread. The mutex is never held while calling into the RTSP server.
 */
class Camera : public std::enable_shared_from_this<Camera> {
 public:
  using Clock = Timeline::Clock;

  Camera(const CameraConfig& config, std::shared_ptr<const AccessUnits> units);

  /** `/<id>`. */
  std::string Path() const { return "/" + config_.id; }
  const std::string& Id() const { return config_.id; }
  const CameraConfig& Config() const { return config_; }

  /** Answers at Path() from now on. `wake` is called when the next Tick() must come early. */
  void Mount(GstRTSPMountPoints* mounts, std::function<void()> wake);

  /** Sends what is due; returns when to come again, which is time_point::max() while nobody plays. */
  Clock::time_point Tick(Clock::time_point now);

  /** No frame is due while paused; RTCP goes on. */
  void SetPaused(bool paused);

  // Faults: what they do to clients is told by fault_kinds.cc, how they are done by camera_faults.cc.
  void Freeze(bool on);
  /** The latest key frame again and again. */
  void Repeat(bool on);
  /** No key frame for so long after a client has come; 0: no fault. */
  void DelayKeys(double seconds);
  /** Frames per second. */
  void SetRate(double fps);
  /** Other pictures, from their next key frame on. False: in another codec, so who watches cannot go on. */
  bool Show(std::shared_ptr<const AccessUnits> units);
  /** RTP time goes further, or back. */
  void JumpTime(double seconds);
  /** For media made from now on; none: the server's choice. */
  void SetSsrc(std::optional<uint32_t> ssrc);
  /** Media made from now on begin so long before RTP time wraps; none: at random. */
  void WrapTimeIn(std::optional<double> seconds);
  /** Asked before each frame: the fault for which the network is full, or null. */
  void SetCongestion(std::function<const char*()> congestion);
  /** What the link does to TCP, for those whose packets come by UDP. */
  void BlackholeUdp(bool on);
  void ThrottleUdp(double bytes_per_second);
  /** Requests for the stream are answered so; GST_RTSP_STS_OK: no fault. */
  void SetStatus(GstRTSPStatusCode status) { status_ = status; }
  GstRTSPStatusCode Status() const { return status_; }
  PacketFaults& Packets() { return *packets_; }

  /** Those who watch get nothing more, and who comes now begins anew. */
  void Forsake();

  void ViewerPlays(const void* client, bool udp);
  void ViewerLeaves(const void* client);

  CameraStats Stats() const;
  /** What it shows now. */
  std::shared_ptr<const AccessUnits> Units() const;

 private:
  enum class Phase {
    kIdle,       // no media
    kPreparing,  // a client has described the stream: the media waits for a picture
    kReady,      // the media has had a picture to describe; none is sent until somebody plays
    kPlaying,
    kSuspended,  // every client has paused
  };

  void OnMedia(GstRTSPMedia* media);
  void SetUp(GstElement* payloader) const;
  void OnState(GstRTSPMedia* media, GstState state);
  void OnEnding(GstRTSPMedia* media);
  void OnUnprepared(GstRTSPMedia* media);
  void DropMedia();
  void BeIdle();
  void OnNeedData(GstElement* source);

  bool Sending() const { return phase_ == Phase::kPlaying && !paused_ && !frozen_; }
  GstClockTime RunningTime() const { return gst_element_get_current_running_time(source_.get()); }
  Clock::time_point DeliverDelayed(Clock::time_point now);
  void DelayKeysNow();
  /** For SetPaused and Freeze: `held` is one of the flags Sending() asks. Takes the lock. */
  void Hold(bool& held, bool on);
  void Resume();
  void BeginRun();
  void SendDue();
  const char* Withhold(uint64_t frame);
  void SkipToKey(const AccessUnits& units, const char* fault);
  void ApplyUdpLimits();
  bool Push(uint64_t frame, GstClockTime pts);

  const CameraConfig config_;
  std::function<void()> wake_;
  GObjectPtr<GstRTSPMediaFactory> factory_;
  const std::shared_ptr<PacketFaults> packets_;
  std::atomic<GstRTSPStatusCode> status_{GST_RTSP_STS_OK};

  mutable std::mutex mutex_;
  std::shared_ptr<const AccessUnits> units_;
  Phase phase_ = Phase::kIdle;
  std::function<const char*()> congestion_;
  bool paused_ = false;
  bool frozen_ = false;
  bool repeating_ = false;
  const char* gap_ = nullptr;  // the fault for which frames are missing, until the next key frame
  double late_key_ = 0;        // seconds
  Clock::time_point no_key_until_;
  std::optional<uint32_t> ssrc_;
  std::optional<double> wrap_in_;
  bool udp_blackhole_ = false;
  double udp_bytes_per_second_ = 0;
  bool run_claimed_ = false;       // the client that began the run has been told its first frame
  GstRTSPMedia* media_ = nullptr;  // compared, never used
  std::shared_ptr<MediaTap> tap_;
  GstPtr<GstElement> source_;
  GstClockTime described_ = 0;  // time stamp of the picture that describes the stream
  Timeline timeline_;
  uint64_t next_frame_;
  uint64_t key_frame_ = 0;  // the latest one sent
  CameraStats stats_;
};

}  // namespace camsim
