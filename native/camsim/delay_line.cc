#include "delay_line.h"

#include <algorithm>
#include <utility>

namespace camsim {
namespace {

GstFlowReturn Give(GstPad* pad, DelayLine::Packets packets) {
  if (packets.empty()) return GST_FLOW_OK;
  if (packets.size() == 1) return gst_pad_chain(pad, packets.front().release());
  GstBufferList* list = gst_buffer_list_new_sized(static_cast<guint>(packets.size()));
  for (auto& packet : packets) gst_buffer_list_add(list, packet.release());
  return gst_pad_chain_list(pad, list);
}

}  // namespace

bool DelayLine::Send(Packets packets, std::chrono::nanoseconds delay, GstFlowReturn& flow) {
  std::lock_guard lock(mutex_);
  flow = GST_FLOW_OK;
  if (delay.count() == 0 && waiting_.empty()) {
    flow = Give(pad_.get(), std::move(packets));
    return false;
  }
  auto due = Clock::now() + delay;
  if (!waiting_.empty()) due = std::max(due, waiting_.back().due);
  waiting_.push_back({due, std::move(packets)});
  return true;
}

DelayLine::Clock::time_point DelayLine::Deliver(Clock::time_point now) {
  std::lock_guard lock(mutex_);
  for (; !waiting_.empty() && waiting_.front().due <= now; waiting_.pop_front()) {
    Give(pad_.get(), std::move(waiting_.front().packets));
  }
  return waiting_.empty() ? Clock::time_point::max() : waiting_.front().due;
}

}  // namespace camsim
