#include "camera.h"

#include <gst/app/gstappsrc.h>

#include <algorithm>

#include "auth.h"
#include "camera_factory.h"

namespace camsim {
namespace {

constexpr auto kTooLate = std::chrono::seconds(1);
constexpr uint64_t kMaxQueued = 64;
constexpr size_t kMaxRuns = 256;

using Handle = std::shared_ptr<Camera>;

/** A signal handler's data that keeps the camera alive as long as the handler is connected. */
void Connect(gpointer object, const char* signal, GCallback callback, Handle camera) {
  g_signal_connect_data(
      object, signal, callback, new Handle(std::move(camera)),
      [](gpointer data, GClosure*) { delete static_cast<Handle*>(data); }, GConnectFlags{});
}

Camera& From(gpointer data) { return **static_cast<Handle*>(data); }

}  // namespace

Camera::Camera(const CameraConfig& config, std::shared_ptr<const AccessUnits> units)
    : config_(config), units_(std::move(units)), next_frame_(config.start) {
  int numerator;
  int denominator;
  gst_util_double_to_fraction(config_.fps, &numerator, &denominator);
  fps_numerator_ = static_cast<uint64_t>(numerator);
  fps_denominator_ = static_cast<uint64_t>(denominator);
  stats_.id = config_.id;
  stats_.file_frames = units_->units.size();
}

void Camera::Mount(GstRTSPMountPoints* mounts, std::function<void()> wake) {
  wake_ = std::move(wake);
  GstRTSPMediaFactory* factory = NewCameraFactory(units_, config_.fps);
  if (!config_.user.empty()) SetPassword(factory, config_.user, config_.password);
  Connect(factory, "media-configure",
          G_CALLBACK(
              +[](GstRTSPMediaFactory*, GstRTSPMedia* media, gpointer self) { From(self).OnMedia(media); }),
          shared_from_this());
  gst_rtsp_mount_points_add_factory(mounts, Path().c_str(), factory);
}

void Camera::OnMedia(GstRTSPMedia* media) {
  GstPtr<GstElement> bin(gst_rtsp_media_get_element(media));
  GstPtr<GstElement> source(gst_bin_get_by_name(GST_BIN(bin.get()), kSourceName));
  Connect(source.get(), "need-data",
          G_CALLBACK(+[](GstElement* source, guint, gpointer self) { From(self).OnNeedData(source); }),
          shared_from_this());
  Connect(media, "new-state", G_CALLBACK(+[](GstRTSPMedia* media, gint state, gpointer self) {
            From(self).OnState(media, static_cast<GstState>(state));
          }),
          shared_from_this());
  Connect(media, "unprepared",
          G_CALLBACK(+[](GstRTSPMedia* media, gpointer self) { From(self).OnUnprepared(media); }),
          shared_from_this());
  std::lock_guard lock(mutex_);
  media_ = media;
  source_ = std::move(source);
  phase_ = Phase::kPreparing;
}

/*
 * On the media's streaming thread. The server blocks the media's output until the first PLAY, and needs one
 * picture to describe the stream: so exactly one is given, and the others follow from PLAY on.
 */
void Camera::OnNeedData(GstElement* source) {
  std::lock_guard lock(mutex_);
  if (source_.get() != source || phase_ != Phase::kPreparing) return;
  next_frame_ = units_->NextKey(next_frame_);
  anchor_ = {next_frame_, gst_element_get_current_running_time(source), Clock::now()};
  phase_ = Phase::kReady;
  Push();
}

void Camera::OnState(GstRTSPMedia* media, GstState state) {
  {
    std::lock_guard lock(mutex_);
    if (media != media_) return;
    if (state == GST_STATE_PLAYING && phase_ == Phase::kReady) {
      phase_ = Phase::kPlaying;
      stats_.runs.push_back({next_frame_ - 1, 0});
      run_claimed_ = false;
      if (stats_.runs.size() > kMaxRuns) stats_.runs.pop_front();
      Count(true);  // the picture held back since OnNeedData
    } else if (state == GST_STATE_PLAYING && phase_ == Phase::kSuspended) {
      phase_ = Phase::kPlaying;
      MoveAnchor(Clock::now());
    } else if (state == GST_STATE_PAUSED && phase_ == Phase::kPlaying) {
      phase_ = Phase::kSuspended;
    }
  }
  wake_();
}

void Camera::OnUnprepared(GstRTSPMedia* media) {
  std::lock_guard lock(mutex_);
  if (media != media_) return;  // the next client's media is already there
  media_ = nullptr;
  source_.reset();
  phase_ = Phase::kIdle;
}

Camera::Clock::time_point Camera::Tick(Clock::time_point now) {
  std::lock_guard lock(mutex_);
  if (!Sending()) return Clock::time_point::max();
  if (now - Due() > kTooLate) MoveAnchor(now);  // the machine or this process stood still
  while (Due() <= now) Count(Push());
  return Due();
}

void Camera::SetPaused(bool paused) {
  {
    std::lock_guard lock(mutex_);
    if (paused_ && !paused && phase_ == Phase::kPlaying) MoveAnchor(Clock::now());
    paused_ = paused;
  }
  wake_();
}

uint64_t Camera::Nanoseconds(uint64_t frames) const {
  return gst_util_uint64_scale(frames, GST_SECOND * fps_denominator_, fps_numerator_);
}

Camera::Clock::time_point Camera::Due() const {
  return anchor_.time + std::chrono::nanoseconds(Nanoseconds(next_frame_ - anchor_.frame));
}

/** The next frame is due now, and its time stamp says so, but never less than a frame after the last. */
void Camera::MoveAnchor(Clock::time_point now) {
  const GstClockTime regular = anchor_.pts + Nanoseconds(next_frame_ - anchor_.frame);
  const GstClockTime running = gst_element_get_current_running_time(source_.get());
  anchor_ = {next_frame_, std::max(regular, GST_CLOCK_TIME_IS_VALID(running) ? running : 0), now};
}

/** False: the client does not read, the queue is full, and the frame is lost. */
bool Camera::Push() {
  const uint64_t frame = next_frame_++;
  auto* source = GST_APP_SRC(source_.get());
  if (gst_app_src_get_current_level_buffers(source) >= kMaxQueued) return false;
  GstBuffer* buffer = gst_buffer_copy(units_->units[frame % units_->units.size()].get());
  GST_BUFFER_PTS(buffer) = anchor_.pts + Nanoseconds(frame - anchor_.frame);
  GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION(buffer) = Nanoseconds(1);
  return gst_app_src_push_buffer(source, buffer) == GST_FLOW_OK;
}

void Camera::Count(bool pushed) {
  ++(pushed ? stats_.frames_sent : stats_.frames_dropped);
  if (!stats_.runs.empty()) ++stats_.runs.back().frames;
}

void Camera::ViewerPlays(const void* client) {
  std::lock_guard lock(mutex_);
  auto& viewers = stats_.viewers;
  const bool known = std::any_of(viewers.begin(), viewers.end(),
                                 [&](const Viewer& viewer) { return viewer.client == client; });
  if (known) return;
  const bool began = !run_claimed_ && phase_ == Phase::kPlaying && !stats_.runs.empty();
  run_claimed_ = true;
  viewers.push_back({client, began ? stats_.runs.back().first_frame : units_->NextKey(next_frame_)});
}

void Camera::ViewerLeaves(const void* client) {
  std::lock_guard lock(mutex_);
  std::erase_if(stats_.viewers, [&](const Viewer& viewer) { return viewer.client == client; });
}

CameraStats Camera::Stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace camsim
