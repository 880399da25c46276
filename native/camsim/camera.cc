#include "camera.h"

#include <gst/app/gstappsrc.h>

#include <algorithm>
#include <utility>

#include "auth.h"
#include "signals.h"

namespace camsim {
namespace {

constexpr auto kTooLate = std::chrono::seconds(1);
constexpr uint64_t kMaxQueued = 64;
constexpr size_t kMaxRuns = 256;
constexpr const char* kDescribed = "camsim-described";
/** More than RTP's 1/90000 s: the first picture sent must not be taken for the one that describes the stream.
 */
constexpr GstClockTime kAfterDescribed = 20 * GST_USECOND;

using Handle = std::shared_ptr<Camera>;

/** Of a signal handler's data, which keeps the camera alive as long as the handler is connected. */
Camera& From(gpointer data) { return **static_cast<Handle*>(data); }

}  // namespace

Camera::Camera(const CameraConfig& config, std::shared_ptr<const AccessUnits> units)
    : config_(config),
      packets_(std::make_shared<PacketFaults>(config.id)),
      units_(std::move(units)),
      timeline_(config.fps),
      next_frame_(config.start) {
  stats_.id = config_.id;
  stats_.file_frames = units_->units.size();
}

void Camera::Mount(GstRTSPMountPoints* mounts, std::function<void()> wake) {
  wake_ = std::move(wake);
  factory_.reset(NewCameraFactory(units_, config_.fps));
  GstRTSPMediaFactory* factory = factory_.get();
  if (!config_.user.empty()) SetPassword(factory, config_.user, config_.password);
  ConnectSignal(factory, "media-configure",
                G_CALLBACK(+[](GstRTSPMediaFactory*, GstRTSPMedia* media, gpointer self) {
                  From(self).OnMedia(media);
                }),
                shared_from_this());
  gst_rtsp_mount_points_add_factory(mounts, Path().c_str(), GST_RTSP_MEDIA_FACTORY(g_object_ref(factory)));
}

void Camera::OnMedia(GstRTSPMedia* media) {
  GstPtr<GstElement> bin(gst_rtsp_media_get_element(media));
  GstPtr<GstElement> source(gst_bin_get_by_name(GST_BIN(bin.get()), kSourceName));
  ConnectSignal(source.get(), "need-data",
                G_CALLBACK(+[](GstElement* source, guint, gpointer self) { From(self).OnNeedData(source); }),
                shared_from_this());
  ConnectSignal(media, "new-state", G_CALLBACK(+[](GstRTSPMedia* media, gint state, gpointer self) {
                  From(self).OnState(media, static_cast<GstState>(state));
                }),
                shared_from_this());
  ConnectSignal(media, "target-state", G_CALLBACK(+[](GstRTSPMedia* media, gint state, gpointer self) {
                  if (state == GST_STATE_NULL) From(self).OnEnding(media);
                }),
                shared_from_this());
  ConnectSignal(media, "unprepared",
                G_CALLBACK(+[](GstRTSPMedia* media, gpointer self) { From(self).OnUnprepared(media); }),
                shared_from_this());
  GstPtr<GstElement> payloader(gst_bin_get_by_name(GST_BIN(bin.get()), kPayloaderName));
  std::lock_guard lock(mutex_);
  if (CodecOf(bin.get()) != units_->codec) return;  // overtaken by a switch: OnNeedData ends it
  SetUp(payloader.get());
  auto tap = std::make_shared<MediaTap>(packets_, units_->codec == Codec::kH265, wake_);
  MediaTap::Attach(media, payloader.get(), tap);
  media_ = media;
  tap_ = std::move(tap);
  source_ = std::move(source);
  phase_ = Phase::kPreparing;
}

/*
 * On the media's streaming thread. The server needs one picture to describe the stream, so exactly one is
 * given. It is not sent: what a client gets is for SendDue() alone to say and to count.
 */
void Camera::OnNeedData(GstElement* source) {
  std::lock_guard lock(mutex_);
  if (g_object_get_data(G_OBJECT(source), kDescribed)) return;
  g_object_set_data(G_OBJECT(source), kDescribed, source);
  if (source_.get() != source) {
    // Forsaken before it was ready: without an end the server would wait 20 s for it, and other clients with
    // it.
    GST_ELEMENT_ERROR(source, RESOURCE, CLOSE, ("the camera is gone"), (nullptr));
    return;
  }
  next_frame_ = units_->NextKey(next_frame_);
  described_ = RunningTime();
  tap_->Hide(described_);
  phase_ = Phase::kReady;
  Push(next_frame_, described_);
}

void Camera::OnState(GstRTSPMedia* media, GstState state) {
  {
    std::lock_guard lock(mutex_);
    if (media != media_) return;
    if (state == GST_STATE_PLAYING && phase_ == Phase::kReady) {
      BeginRun();
    } else if (state == GST_STATE_PLAYING && phase_ == Phase::kSuspended) {
      phase_ = Phase::kPlaying;
      Resume();
    } else if (state == GST_STATE_PAUSED && phase_ == Phase::kPlaying) {
      phase_ = Phase::kSuspended;
    }
  }
  wake_();
}

void Camera::BeginRun() {
  phase_ = Phase::kPlaying;
  gap_ = nullptr;
  key_frame_ = next_frame_;
  stats_.runs.push_back({next_frame_, 0, std::chrono::system_clock::now()});
  run_claimed_ = false;
  if (stats_.runs.size() > kMaxRuns) stats_.runs.pop_front();
  DelayKeysNow();
  // As if the describing picture had been held back: the server has told the client that one's time stamp.
  timeline_.Start(Clock::now(), described_ + kAfterDescribed);
  if (RunningTime() > described_ + GST_SECOND) Resume();
}

/** A client that comes while the server takes this media apart would be refused, so it gets another. */
void Camera::OnEnding(GstRTSPMedia* media) {
  std::lock_guard lock(mutex_);
  if (media == media_) ForgetMedia(factory_.get());
}

void Camera::OnUnprepared(GstRTSPMedia* media) {
  std::lock_guard lock(mutex_);
  if (media == media_) BeIdle();  // else the next client's media is already there
}

void Camera::Forsake() {
  std::lock_guard lock(mutex_);
  DropMedia();
}

void Camera::DropMedia() {
  ForgetMedia(factory_.get());
  BeIdle();
}

void Camera::BeIdle() {
  media_ = nullptr;
  tap_.reset();
  source_.reset();
  phase_ = Phase::kIdle;
}

Camera::Clock::time_point Camera::Tick(Clock::time_point now) {
  const auto delayed = DeliverDelayed(now);
  std::lock_guard lock(mutex_);
  if (!Sending()) return delayed;
  if (now - timeline_.Due() > kTooLate) Resume();  // the machine or this process stood still
  while (timeline_.Due() <= now) SendDue();
  return std::min(timeline_.Due(), delayed);
}

Camera::Clock::time_point Camera::DeliverDelayed(Clock::time_point now) {
  std::unique_lock lock(mutex_);
  const auto tap = tap_;
  lock.unlock();
  return tap ? tap->Deliver(now) : Clock::time_point::max();
}

void Camera::SetPaused(bool paused) { Hold(paused_, paused); }

void Camera::Hold(bool& held, bool on) {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(held, on) != on) Resume();
  }
  wake_();
}

/** The next frame is due now. */
void Camera::Resume() {
  if (Sending()) timeline_.Move(Clock::now(), RunningTime());
}

void Camera::SendDue() {
  const GstClockTime pts = timeline_.Pts();
  timeline_.Advance();
  if (repeating_) {
    if (!Push(key_frame_, pts)) return;
    ++stats_.frames_sent;
    ++stats_.frames_repeated;
    return;
  }
  const uint64_t frame = next_frame_++;
  ++stats_.runs.back().frames;
  if (const char* fault = Withhold(frame)) {
    ++stats_.frames_withheld[fault];
    return;
  }
  if (units_->IsKey(frame)) key_frame_ = frame;
  ++(Push(frame, pts) ? stats_.frames_sent : stats_.frames_dropped);
}

/** The fault for which `frame` is not sent, or null. A gap lasts until a key frame, or pictures would break.
 */
const char* Camera::Withhold(uint64_t frame) {
  const char* full = congestion_ ? congestion_() : nullptr;
  if (packets_->Silent()) full = "blackhole";
  const bool key = units_->IsKey(frame);
  if (full) {
    gap_ = full;
  } else if (key) {
    gap_ = nullptr;
  }
  return !gap_ && key && Clock::now() < no_key_until_ ? "lateKey" : gap_;
}

/** False: the client does not read, the queue is full, and the frame is lost. */
bool Camera::Push(uint64_t frame, GstClockTime pts) {
  auto* source = GST_APP_SRC(source_.get());
  if (gst_app_src_get_current_level_buffers(source) >= kMaxQueued) return false;
  GstBuffer* buffer = gst_buffer_copy(units_->units[frame % units_->units.size()].get());
  GST_BUFFER_PTS(buffer) = pts;
  GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION(buffer) = timeline_.Interval();
  return gst_app_src_push_buffer(source, buffer) == GST_FLOW_OK;
}

void Camera::ViewerPlays(const void* client, bool udp) {
  std::lock_guard lock(mutex_);
  auto& viewers = stats_.viewers;
  const bool known = std::any_of(viewers.begin(), viewers.end(),
                                 [&](const Viewer& viewer) { return viewer.client == client; });
  if (known) return;
  const bool began = !run_claimed_ && phase_ == Phase::kPlaying && !stats_.runs.empty();
  run_claimed_ = true;
  viewers.push_back({client, began ? stats_.runs.back().first_frame : units_->NextKey(next_frame_), udp});
  DelayKeysNow();
  ApplyUdpLimits();
}

void Camera::ViewerLeaves(const void* client) {
  std::lock_guard lock(mutex_);
  std::erase_if(stats_.viewers, [&](const Viewer& viewer) { return viewer.client == client; });
  ApplyUdpLimits();
}

CameraStats Camera::Stats() const {
  std::lock_guard lock(mutex_);
  CameraStats stats = stats_;
  stats.packets = packets_->Stats();
  return stats;
}

std::shared_ptr<const AccessUnits> Camera::Units() const {
  std::lock_guard lock(mutex_);
  return units_;
}

}  // namespace camsim
