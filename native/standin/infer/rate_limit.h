// The stand-in's own property stream-rate: which frames of a stream are inferred, so that every stream gets
// its share and the load is even. (nvinfer's interval skips whole batches.)
#pragma once

#include <glib.h>

#include <map>

namespace weir::standin {

class RateLimit {
 public:
  // `rate` in inferences per second and stream; 0 infers every frame.
  void set_rate(double rate) { period_ns_ = rate > 0 ? 1e9 / rate : 0; }
  // `pts_ns` is the frame's own timestamp. A stream stays due until a frame of it is inferred.
  bool due(guint pad, guint64 pts_ns) const;
  // Since the stream's last inferred frame, ns; infinite where there was none, or time went back.
  double waited(guint pad, guint64 pts_ns) const;
  void inferred(guint pad, guint64 pts_ns);
  void forget(guint pad) { turns_.erase(pad); }

 private:
  struct Turn {
    double last;
    double next;
  };

  double period_ns_ = 0;
  std::map<guint, Turn> turns_;
};

}  // namespace weir::standin
