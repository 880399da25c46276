#include "motion.h"

#include <algorithm>

namespace weir::standin {
namespace {

// A new target's velocity is unknown: this many standard deviations of a frame's change, as in SORT's
// successors.
constexpr double kUnknownVelocity = 10 * 10;
constexpr double kUnknownPosition = 2 * 2;
// Aspect ratios hardly change, whatever the height: the standard deviations of DeepSORT's paper.
constexpr double kAspectProcess = 1e-2 * 1e-2;
constexpr double kAspectVelocity = 1e-5 * 1e-5;
constexpr double kAspectMeasurement = 1e-1 * 1e-1;
constexpr double kLeastSize = 1;
constexpr double kLeastAspect = 1e-3;

double square(double value) { return value * value; }

}  // namespace

void Axis::start(double position, double position_variance, double velocity_variance) {
  position_ = position;
  velocity_ = 0;
  position_variance_ = position_variance;
  covariance_ = 0;
  velocity_variance_ = velocity_variance;
}

void Axis::predict(double position_noise, double velocity_noise) {
  position_ += velocity_;
  position_variance_ += 2 * covariance_ + velocity_variance_ + position_noise;
  covariance_ += velocity_variance_;
  velocity_variance_ += velocity_noise;
}

void Axis::correct(double measured, double noise) {
  const double total = position_variance_ + noise;
  if (!(total > 0))
    return start(measured, 0, velocity_variance_);  // nothing is uncertain: believe what is seen
  const double innovation = measured - position_;
  const double gain = position_variance_ / total;
  const double velocity_gain = covariance_ / total;
  position_ += gain * innovation;
  velocity_ += velocity_gain * innovation;
  velocity_variance_ -= velocity_gain * covariance_;
  covariance_ *= 1 - gain;
  position_variance_ *= 1 - gain;
}

void Axis::hold_above(double least) {
  if (position_ >= least) return;
  position_ = least;
  velocity_ = std::max(velocity_, 0.0);
}

BoxMotion::Noises BoxMotion::noises(const TrackerConfig& config, double height) {
  if (config.state_estimator == kSimpleBoxFilter) {
    const Noise centre = {config.process_noise_location, config.process_noise_velocity,
                          config.measurement_noise};
    const Noise size = {config.process_noise_size, 0, config.measurement_noise};
    return {centre, size, size};
  }
  const double location = square(config.noise_weight_location * height);
  const Noise pixels = {location, square(config.noise_weight_velocity * height), location};
  const Noise aspect = {kAspectProcess, kAspectVelocity, kAspectMeasurement};
  return {pixels, config.use_aspect_ratio ? aspect : pixels, pixels};
}

double BoxMotion::shape_of(const NvMOTRect& box, bool aspect) {
  return aspect ? static_cast<double>(box.width) / box.height : box.width;
}

void BoxMotion::start(const TrackerConfig& config, const NvMOTRect& box) {
  aspect_ = config.state_estimator == kRegularBoxFilter && config.use_aspect_ratio;
  const Noises noise = noises(config, box.height);
  const auto begin = [](Axis& axis, double at, const Noise& of) {
    axis.start(at, kUnknownPosition * of.measurement, kUnknownVelocity * of.velocity);
  };
  begin(x_, box.x + 0.5 * box.width, noise.centre);
  begin(y_, box.y + 0.5 * box.height, noise.centre);
  begin(shape_, shape_of(box, aspect_), noise.shape);
  begin(height_, box.height, noise.height);
}

void BoxMotion::predict(const TrackerConfig& config) {
  const Noises noise = noises(config, height_.position());
  x_.predict(noise.centre.process, noise.centre.velocity);
  y_.predict(noise.centre.process, noise.centre.velocity);
  shape_.predict(noise.shape.process, noise.shape.velocity);
  height_.predict(noise.height.process, noise.height.velocity);
  shape_.hold_above(aspect_ ? kLeastAspect : kLeastSize);
  height_.hold_above(kLeastSize);
}

void BoxMotion::correct(const TrackerConfig& config, const NvMOTRect& box) {
  const Noises noise = noises(config, height_.position());
  x_.correct(box.x + 0.5 * box.width, noise.centre.measurement);
  y_.correct(box.y + 0.5 * box.height, noise.centre.measurement);
  shape_.correct(shape_of(box, aspect_), noise.shape.measurement);
  height_.correct(box.height, noise.height.measurement);
}

NvMOTRect BoxMotion::box() const {
  const double height = std::max(height_.position(), kLeastSize);
  const double width = std::max(aspect_ ? shape_.position() * height : shape_.position(), kLeastSize);
  return {static_cast<float>(x_.position() - width / 2), static_cast<float>(y_.position() - height / 2),
          static_cast<float>(width), static_cast<float>(height)};
}

}  // namespace weir::standin
