#include "pipeline/source_flow.h"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

// More than any decoder holds back.
constexpr size_t kMaxInDecoder = 64;
// Pictures are shown before others that were sent earlier by a few of their intervals.
constexpr GstClockTime kMostReordering = GST_SECOND;

// By its time: the queue marks the first picture after one that leaked, for which it makes a copy if somebody
// else holds the picture.
uint64_t name_of(const GstBuffer* picture) {
  const GstClockTime pts = GST_BUFFER_PTS(picture);
  return pts != GST_CLOCK_TIME_NONE ? pts : reinterpret_cast<uintptr_t>(picture);
}

}  // namespace

SourceFlow::SourceFlow(SlotCounters& counters, size_t decoded_bound, const Selection& selection,
                       std::string_view codec)
    : counters_(counters),
      decoded_bound_(decoded_bound),
      selection_(selection),
      references_(codec),
      decode_(selection.decode),
      thinning_(selection.max_fps) {
  in_decoder_.reserve(kMaxInDecoder + 1);
}

void SourceFlow::received(GstBuffer* unit) {
  add(counters_.received);
  add(counters_.received_bytes, gst_buffer_get_size(unit));
}

bool SourceFlow::admit(GstBuffer* unit, bool queue_full) {
  const bool key = !GST_BUFFER_FLAG_IS_SET(unit, GST_BUFFER_FLAG_DELTA_UNIT);
  if (key) measure(unit);
  const bool wanted = is_wanted(unit, key);
  if (queue_full) {
    waiting_for_key_ = true;
    fell_behind_ = true;
  } else if (key) {
    waiting_for_key_ = false;
    opened_at_ = std::exchange(gap_, false) ? GST_BUFFER_PTS(unit) : GST_CLOCK_TIME_NONE;
  }
  if (waiting_for_key_) {
    gap_ = true;
    add(fell_behind_ ? counters_.dropped_encoded : counters_.undecodable);
    return false;
  }
  if (!wanted) {
    add(counters_.skipped);
    return false;
  }
  if (!key && leads(unit)) {
    add(counters_.undecodable);
    return false;
  }
  return true;
}

// More than key frames again from a key frame on: what lies between refers to what was left out. Anything
// else may change at once, since nothing refers to what is left out then.
bool SourceFlow::is_wanted(GstBuffer* unit, bool key) {
  const bool reference = references_.is_reference(unit);
  if (!reference) add(counters_.unreferenced);
  const Decode asked = selection_.load(std::memory_order_relaxed).decode;
  if (key || decode_ != Decode::kKeyframes) decode_ = asked;
  if (decode_ == Decode::kKeyframes && !key) gap_ = true;
  return key || decode_ == Decode::kAll || (decode_ == Decode::kReference && reference);
}

// Shown before the key frame that is sent before it: it refers to pictures before that, which were left out.
bool SourceFlow::leads(GstBuffer* unit) const {
  const GstClockTime pts = GST_BUFFER_PTS(unit);
  if (pts == GST_CLOCK_TIME_NONE || opened_at_ == GST_CLOCK_TIME_NONE) return false;
  return pts < opened_at_ && opened_at_ - pts < kMostReordering;
}

void SourceFlow::measure(GstBuffer* key) {
  const GstClockTime pts = GST_BUFFER_PTS(key);
  const GstClockTime before = std::exchange(last_key_, pts);
  add(counters_.key_frames);
  if (pts == GST_CLOCK_TIME_NONE || before == GST_CLOCK_TIME_NONE || pts <= before) return;
  counters_.key_frame_us.store(static_cast<int64_t>((pts - before) / GST_USECOND), std::memory_order_relaxed);
}

void SourceFlow::into_decoder(GstBuffer* unit) {
  std::lock_guard lock(mutex_);
  in_decoder_.push_back(GST_BUFFER_PTS(unit));
  if (in_decoder_.size() <= kMaxInDecoder) return;
  in_decoder_.erase(in_decoder_.begin());
  add(counters_.decode_errors);
}

bool SourceFlow::out_of_decoder(GstBuffer* picture) {
  const GstClockTime pts = GST_BUFFER_PTS(picture);
  end_in_decoder(pts);
  thinning_.change(selection_.load(std::memory_order_relaxed).max_fps);
  const bool wanted = thinning_.keeps(pts);
  if (!wanted) add(counters_.skipped);
  return wanted;
}

// Pictures leave in the order of their time: a unit that should have come out earlier never will.
void SourceFlow::end_in_decoder(GstClockTime pts) {
  std::lock_guard lock(mutex_);
  // One unit made two pictures, or one given up came after all: the books balance only if it came in, too.
  if (in_decoder_.empty()) add(counters_.received);
  add(counters_.decoded);
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
  in_queue_.push_back(name_of(picture));
  // One more than the queue holds may be about to enter it. What is in front of these has leaked, save for
  // one that may have been taken out and not have come by here yet.
  while (in_queue_.size() > decoded_bound_ + 1) {
    in_queue_.erase(in_queue_.begin());
    if (std::exchange(one_unsure_, true)) add(counters_.dropped_decoded);
  }
}

// The queue keeps order: what was in front of the picture has leaked. A name used twice only delays the
// count.
void SourceFlow::out_of_queue(GstBuffer* picture) {
  std::lock_guard lock(mutex_);
  const auto found = std::find(in_queue_.begin(), in_queue_.end(), name_of(picture));
  const bool unsure = std::exchange(one_unsure_, false);
  if (found == in_queue_.end()) return;
  add(counters_.dropped_decoded, found - in_queue_.begin() + (unsure ? 1 : 0));
  in_queue_.erase(in_queue_.begin(), found + 1);
}

void SourceFlow::settle() {
  const int64_t left = counters_.in_flight();
  if (left > 0) add(counters_.discarded, left);
}

}  // namespace weir
