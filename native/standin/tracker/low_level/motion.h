// Where a target goes: NVIDIA's state estimators for boxes, SIMPLE_BBOX_KF and REGULAR_BBOX_KF.
#pragma once

#include "config.h"
#include "nvdstracker.h"

namespace weir::standin {

// One coordinate that moves at a constant velocity, as a Kalman filter. Variances in the coordinate's unit
// squared.
class Axis {
 public:
  void start(double position, double position_variance, double velocity_variance);
  // One frame on.
  void predict(double position_noise, double velocity_noise);
  void correct(double measured, double noise);
  double position() const { return position_; }
  // No further than this, and no further that way.
  void hold_above(double least);

 private:
  double position_ = 0;
  double velocity_ = 0;
  double position_variance_ = 0;
  double covariance_ = 0;
  double velocity_variance_ = 0;
};

// A box by its centre, height, and width or aspect ratio. Their noises are independent in NVIDIA's
// estimators, so four filters of two states each are the same as one of eight. With SIMPLE_BBOX_KF sizes have
// no velocity.
class BoxMotion {
 public:
  void start(const TrackerConfig& config, const NvMOTRect& box);
  void predict(const TrackerConfig& config);
  void correct(const TrackerConfig& config, const NvMOTRect& box);
  // At least one pixel wide and high.
  NvMOTRect box() const;

 private:
  struct Noise {
    double process;
    double velocity;
    double measurement;
  };
  struct Noises {
    Noise centre;
    Noise shape;
    Noise height;
  };
  static Noises noises(const TrackerConfig& config, double height);
  static double shape_of(const NvMOTRect& box, bool aspect);

  bool aspect_ = false;
  Axis x_;
  Axis y_;
  Axis shape_;  // width, or width over height
  Axis height_;
};

}  // namespace weir::standin
