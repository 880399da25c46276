#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "access_units.h"
#include "config.h"

namespace camsim {

/** An unbroken span of sent frames: from the first client's PLAY until the last client is gone. */
struct Run {
  uint64_t first_frame;
  uint64_t frames;
};

/** What one client that plays can decode. */
struct Viewer {
  const void* client;
  /** Exact for the client that began the run; for a later one the first key frame after its PLAY. */
  uint64_t first_frame;
};

struct CameraStats {
  std::string id;
  uint64_t file_frames = 0;
  uint64_t frames_sent = 0;
  uint64_t frames_dropped = 0;
  std::deque<Run> runs;
  std::vector<Viewer> viewers;
};

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
  using Clock = std::chrono::steady_clock;

  Camera(const CameraConfig& config, std::shared_ptr<const AccessUnits> units);

  /** `/<id>`. */
  std::string Path() const { return "/" + config_.id; }
  const std::string& Id() const { return config_.id; }

  /** Answers at Path() from now on. `wake` is called when the next Tick() must come early. */
  void Mount(GstRTSPMountPoints* mounts, std::function<void()> wake);

  /** Sends what is due; returns when to come again, which is time_point::max() while nobody plays. */
  Clock::time_point Tick(Clock::time_point now);

  /** No frame is due while paused; RTCP goes on. */
  void SetPaused(bool paused);

  void ViewerPlays(const void* client);
  void ViewerLeaves(const void* client);

  CameraStats Stats() const;

 private:
  enum class Phase {
    kIdle,       // no media
    kPreparing,  // a client has described the stream: the media waits for a picture
    kReady,      // the media holds the first picture back until somebody plays
    kPlaying,
    kSuspended,  // every client has paused
  };
  /** Frame times are counted from here: rounding never adds up. */
  struct Anchor {
    uint64_t frame;
    GstClockTime pts;
    Clock::time_point time;
  };

  void OnMedia(GstRTSPMedia* media);
  void OnState(GstRTSPMedia* media, GstState state);
  void OnUnprepared(GstRTSPMedia* media);
  void OnNeedData(GstElement* source);

  bool Sending() const { return phase_ == Phase::kPlaying && !paused_; }
  uint64_t Nanoseconds(uint64_t frames) const;
  Clock::time_point Due() const;
  void MoveAnchor(Clock::time_point now);
  bool Push();
  void Count(bool pushed);

  const CameraConfig config_;
  const std::shared_ptr<const AccessUnits> units_;
  uint64_t fps_numerator_;
  uint64_t fps_denominator_;
  std::function<void()> wake_;

  mutable std::mutex mutex_;
  Phase phase_ = Phase::kIdle;
  bool paused_ = false;
  bool run_claimed_ = false;       // the client that began the run has been told its first frame
  GstRTSPMedia* media_ = nullptr;  // compared, never used
  GstPtr<GstElement> source_;
  uint64_t next_frame_;
  Anchor anchor_{};
  CameraStats stats_;
};

}  // namespace camsim
