// What becomes of one source's frames between parser and mux.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "pipeline/counters.h"
#include "pipeline/graph.h"
#include "pipeline/references.h"
#include "pipeline/thinning.h"

namespace weir {

// Methods run on the source's own streaming threads; the mutex is shared by no other source.
class SourceFlow {
 public:
  // `decoded_bound`: pictures the leaky queue holds at most.
  SourceFlow(SlotCounters& counters, size_t decoded_bound, const Selection& selection = {},
             std::string_view codec = {});

  // Any thread. What is decoded more than before begins where nothing is missing for it.
  void select(const Selection& selection) { selection_ = selection; }

  void received(GstBuffer* unit);
  // Whether the unit may enter the queue. Once there was no room, none may before the next key frame: a
  // picture decoded without its reference is worse than none.
  bool admit(GstBuffer* unit, bool queue_full);
  void into_decoder(GstBuffer* unit);
  // Whether the picture is to be analysed.
  bool out_of_decoder(GstBuffer* picture);
  void into_queue(GstBuffer* picture);
  void out_of_queue(GstBuffer* picture);
  // The source is gone, no other method runs: what was still on its way is thrown away.
  void settle();

 private:
  void end_in_decoder(GstClockTime pts);
  bool is_wanted(GstBuffer* unit, bool key);
  bool leads(GstBuffer* unit) const;
  void measure(GstBuffer* key);

  SlotCounters& counters_;
  const size_t decoded_bound_;
  std::atomic<Selection> selection_;
  static_assert(std::atomic<Selection>::is_always_lock_free);
  // Of the thread that fills the queue.
  References references_;
  Decode decode_;
  bool waiting_for_key_ = true;
  bool fell_behind_ = false;
  bool gap_ = true;  // units before the next key frame are missing
  GstClockTime opened_at_ = GST_CLOCK_TIME_NONE;
  GstClockTime last_key_ = GST_CLOCK_TIME_NONE;
  // Of the decoder's.
  Thinning thinning_;
  std::mutex mutex_;
  std::vector<GstClockTime> in_decoder_;
  std::vector<uint64_t> in_queue_;
  bool one_unsure_ = false;  // left in_queue_ uncounted: leaked, or coming out this moment
};

}  // namespace weir
