#include <gst/app/gstappsrc.h>

#include <algorithm>
#include <utility>

#include "camera.h"

namespace camsim {

void Camera::SetUp(GstElement* payloader) const {
  if (ssrc_) g_object_set(payloader, "ssrc", *ssrc_, nullptr);
  if (!wrap_in_) return;
  const auto ticks = static_cast<uint32_t>(*wrap_in_ * ClockRate(units_->codec));
  g_object_set(payloader, "timestamp-offset", 0U - ticks, nullptr);
}

void Camera::SetSsrc(std::optional<uint32_t> ssrc) {
  std::lock_guard lock(mutex_);
  ssrc_ = ssrc;
}

void Camera::WrapTimeIn(std::optional<double> seconds) {
  std::lock_guard lock(mutex_);
  wrap_in_ = seconds;
}

void Camera::Freeze(bool on) { Hold(frozen_, on); }

void Camera::Repeat(bool on) {
  std::lock_guard lock(mutex_);
  if (repeating_ && !on) SkipToKey(*units_, "frozenPicture");
  repeating_ = on;
}

void Camera::DelayKeysNow() {
  const std::chrono::duration<double> seconds(late_key_);
  if (seconds.count() > 0)
    no_key_until_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(seconds);
}

void Camera::DelayKeys(double seconds) {
  std::lock_guard lock(mutex_);
  late_key_ = seconds;
  if (seconds == 0) no_key_until_ = {};
}

void Camera::SetRate(double fps) {
  {
    std::lock_guard lock(mutex_);
    timeline_.SetRate(fps);
  }
  wake_();
}

bool Camera::Show(std::shared_ptr<const AccessUnits> units) {
  SetUnits(factory_.get(), units);
  std::lock_guard lock(mutex_);
  if (units == units_) return true;
  const bool same_codec = units->codec == units_->codec;
  if (!same_codec) DropMedia();
  SkipToKey(*units, "switch");
  units_ = std::move(units);
  stats_.file_frames = units_->units.size();
  key_frame_ = units_->NextKey(next_frame_);
  if (source_) {
    GstPtr<GstCaps> caps(SourceCaps(*units_, config_.fps));
    gst_app_src_set_caps(GST_APP_SRC(source_.get()), caps.get());
  }
  return same_codec;
}

/** `units` will be shown from a key frame on; the frames in between are not sent. */
void Camera::SkipToKey(const AccessUnits& units, const char* fault) {
  if (phase_ != Phase::kPlaying && phase_ != Phase::kSuspended) return;
  const uint64_t skipped = units.NextKey(next_frame_) - next_frame_;
  if (skipped == 0) return;
  stats_.frames_withheld[fault] += skipped;
  stats_.runs.back().frames += skipped;
  next_frame_ += skipped;
}

void Camera::JumpTime(double seconds) {
  std::lock_guard lock(mutex_);
  const auto ticks = static_cast<int64_t>(seconds * ClockRate(units_->codec));
  if (tap_) tap_->Jump(static_cast<uint32_t>(ticks));
}

void Camera::SetCongestion(std::function<const char*()> congestion) {
  std::lock_guard lock(mutex_);
  congestion_ = std::move(congestion);
}

void Camera::BlackholeUdp(bool on) {
  std::lock_guard lock(mutex_);
  udp_blackhole_ = on;
  ApplyUdpLimits();
}

void Camera::ThrottleUdp(double bytes_per_second) {
  std::lock_guard lock(mutex_);
  udp_bytes_per_second_ = bytes_per_second;
  ApplyUdpLimits();
}

void Camera::ApplyUdpLimits() {
  const bool udp = std::any_of(stats_.viewers.begin(), stats_.viewers.end(),
                               [](const Viewer& viewer) { return viewer.udp; });
  packets_->Silence(udp && udp_blackhole_);
  packets_->SetRate(udp ? udp_bytes_per_second_ : 0);
}

}  // namespace camsim
