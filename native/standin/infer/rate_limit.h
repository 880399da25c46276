// The stand-in's own property stream-rate: which frames of a stream are inferred, so that every stream gets
// its share and the load is even. (nvinfer's interval skips whole batches.)
#pragma once

#include <glib.h>

#include <limits>
#include <map>

namespace weir::standin {

class RateLimit {
 public:
  // `rate` in inferences per second and stream; 0 infers every frame.
  void set_rate(double rate) { period_ns_ = rate > 0 ? 1e9 / rate : 0; }
  // `pts_ns` is the frame's own timestamp. A stream stays due until a frame of it is inferred.
  bool due(guint pad, guint64 pts_ns) const;
  // The same, where its frame of `before_ns` is about to be inferred.
  bool due_after(guint64 before_ns, guint64 pts_ns) const;
  // Since the stream's last inferred frame, ns; infinite where there was none, or time went back.
  double waited(guint pad, guint64 pts_ns) const;
  void inferred(guint pad, guint64 pts_ns);
  // A frame that was due had no turn.
  void passed_over(guint pad, guint64 pts_ns);
  // Turns a stream has had; one that had less to show than others counts as little behind them. Below all
  // others for a stream that had none.
  double turns(guint pad) const;
  // The fewest turns of a stream whose frames were passed over since its last; infinite where there is none.
  // Streams of which nothing was passed over within a second of `pts_ns` do not count.
  double fewest_passed_over(guint64 pts_ns) const;
  void forget(guint pad) { turns_.erase(pad); }

 private:
  static constexpr double kNever = -std::numeric_limits<double>::infinity();

  struct Turn {
    double last;
    double next;
    double count;
    double passed_over = kNever;  // the latest frame that was, since the last turn
  };

  double period_ns_ = 0;
  double most_ = 0;  // turns of any stream
  std::map<guint, Turn> turns_;
};

}  // namespace weir::standin
