#include "pipeline/source_flow.h"

#include <algorithm>

namespace weir {
namespace {

// More than any decoder holds back.
constexpr size_t kMaxInDecoder = 64;

}  // namespace

void SourceFlow::received(GstBuffer* unit) {
  add(counters_.received);
  add(counters_.received_bytes, gst_buffer_get_size(unit));
}

bool SourceFlow::admit(GstBuffer* unit, bool queue_full) {
  if (queue_full) {
    waiting_for_key_ = true;
    fell_behind_ = true;
  } else if (!GST_BUFFER_FLAG_IS_SET(unit, GST_BUFFER_FLAG_DELTA_UNIT)) {
    waiting_for_key_ = false;
  }
  if (waiting_for_key_) add(fell_behind_ ? counters_.dropped_encoded : counters_.undecodable);
  return !waiting_for_key_;
}

void SourceFlow::into_decoder(GstBuffer* unit) {
  std::lock_guard lock(mutex_);
  in_decoder_.push_back(GST_BUFFER_PTS(unit));
  if (in_decoder_.size() <= kMaxInDecoder) return;
  in_decoder_.erase(in_decoder_.begin());
  add(counters_.decode_errors);
}

// Pictures leave in the order of their time: a unit that should have come out earlier never will.
void SourceFlow::out_of_decoder(GstBuffer* picture) {
  const GstClockTime pts = GST_BUFFER_PTS(picture);
  add(counters_.decoded);
  std::lock_guard lock(mutex_);
  if (in_decoder_.empty()) return;
  auto own = in_decoder_.begin();
  if (pts != GST_CLOCK_TIME_NONE) {
    const auto distance = [pts](GstClockTime t) { return t <= pts ? pts - t : GST_CLOCK_TIME_NONE; };
    own = std::min_element(in_decoder_.begin(), in_decoder_.end(),
                           [&](auto a, auto b) { return distance(a) < distance(b); });
  }
  in_decoder_.erase(own);
  if (pts == GST_CLOCK_TIME_NONE) return;
  add(counters_.decode_errors, std::erase_if(in_decoder_, [pts](GstClockTime t) { return t < pts; }));
}

void SourceFlow::into_queue(GstBuffer* picture) {
  std::lock_guard lock(mutex_);
  in_queue_.push_back(picture);
  // One more than the queue holds may be about to enter it.
  while (in_queue_.size() > decoded_bound_ + 1) {
    in_queue_.pop_front();
    add(counters_.dropped_decoded);
  }
}

// The queue keeps order: what was in front of the picture has leaked. An address used twice only delays the
// count.
void SourceFlow::out_of_queue(GstBuffer* picture) {
  std::lock_guard lock(mutex_);
  const auto found = std::find(in_queue_.begin(), in_queue_.end(), picture);
  if (found == in_queue_.end()) return;
  add(counters_.dropped_decoded, found - in_queue_.begin());
  in_queue_.erase(in_queue_.begin(), found + 1);
}

void SourceFlow::settle() {
  const int64_t left = counters_.in_flight();
  if (left > 0) add(counters_.discarded, left);
}

}  // namespace weir
