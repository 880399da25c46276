#include "mux/batcher.h"

#include <algorithm>
#include <chrono>

namespace weir::standin {

void Batcher::configure(guint batch_size, gint timeout_us) {
  std::lock_guard lock(mutex_);
  batch_size_ = std::max(1u, batch_size);
  timeout_us_ = timeout_us;
}

void Batcher::set_timeout(gint timeout_us) {
  std::lock_guard lock(mutex_);
  timeout_us_ = timeout_us;
  changed_.notify_all();
}

void Batcher::add_pad(guint pad) {
  std::lock_guard lock(mutex_);
  pads_.try_emplace(pad);
}

// A pad may hold its share of one batch: enough for a lone source to fill it, little enough to stay fresh.
guint Batcher::pad_limit() const {
  const guint pads = std::max<guint>(1, pads_.size());
  return std::max(1u, (batch_size_ + pads - 1) / pads);
}

GstFlowReturn Batcher::push(MuxFrame frame) {
  std::unique_lock lock(mutex_);
  const guint number = frame.pad;
  auto open = [&] {
    auto pad = pads_.find(number);
    return running_ && pad != pads_.end() && !pad->second.flushing;
  };
  room_.wait(lock, [&] { return !open() || pads_[number].frames < pad_limit(); });
  if (!open()) return GST_FLOW_FLUSHING;
  Pad& pad = pads_[number];
  if (pad.ended) return GST_FLOW_EOS;
  pad.queue.emplace_back(std::move(frame));
  pad.frames++;
  changed_.notify_all();
  return GST_FLOW_OK;
}

void Batcher::notify(MuxNotice notice) {
  std::lock_guard lock(mutex_);
  auto pad = pads_.find(notice.pad);
  if (pad == pads_.end()) return;
  if (notice.signal == MuxSignal::kEos) pad->second.ended = true;
  if (notice.signal == MuxSignal::kStreamStart || notice.signal == MuxSignal::kCaps)
    pad->second.ended = false;
  pad->second.queue.emplace_back(std::move(notice));
  changed_.notify_all();
}

bool Batcher::remove_pad(guint number, gint64 wait_us) {
  std::unique_lock lock(mutex_);
  auto pad = pads_.find(number);
  if (pad == pads_.end()) return true;
  pad->second.flushing = true;
  pad->second.queue.emplace_back(MuxNotice{number, MuxSignal::kDeleted, nullptr});
  room_.notify_all();
  changed_.notify_all();
  auto gone = [&] { return !running_ || pads_.count(number) == 0; };
  const bool handed_out = room_.wait_for(lock, std::chrono::microseconds(wait_us), gone) && running_;
  pads_.erase(number);
  return handed_out;
}

void Batcher::set_pad_flushing(guint number, bool flushing) {
  std::lock_guard lock(mutex_);
  auto pad = pads_.find(number);
  if (pad == pads_.end()) return;
  pad->second.flushing = flushing;
  if (!flushing) pad->second.ended = false;
  room_.notify_all();
}

guint Batcher::waiting_frames() const {
  guint frames = 0;
  for (const auto& [number, pad] : pads_) frames += pad.frames;
  return frames;
}

gint64 Batcher::first_arrival() const {
  gint64 first = G_MAXINT64;
  for (const auto& [number, pad] : pads_)
    for (const auto& item : pad.queue)
      if (const auto* frame = std::get_if<MuxFrame>(&item)) {
        first = std::min(first, frame->arrival_us);
        break;
      }
  return first;
}

bool Batcher::take_notice(MuxNotice& out) {
  for (auto& [number, pad] : pads_) {
    if (pad.queue.empty()) continue;
    auto* notice = std::get_if<MuxNotice>(&pad.queue.front());
    if (notice == nullptr) continue;
    out = std::move(*notice);
    pad.queue.pop_front();
    if (out.signal == MuxSignal::kDeleted) pads_.erase(number);
    room_.notify_all();
    return true;
  }
  return false;
}

// Takes at most one picture of each pad per round, starting after the pad that was served last.
MuxBatch Batcher::take_batch() {
  MuxBatch batch;
  bool any = true;
  while (any && batch.size() < batch_size_) {
    any = false;
    auto pad = pads_.upper_bound(last_pad_);
    for (size_t i = 0; i < pads_.size() && batch.size() < batch_size_; i++, pad++) {
      if (pad == pads_.end()) pad = pads_.begin();
      auto& queue = pad->second.queue;
      if (queue.empty() || !std::holds_alternative<MuxFrame>(queue.front())) continue;
      batch.push_back(std::move(std::get<MuxFrame>(queue.front())));
      queue.pop_front();
      pad->second.frames--;
      last_pad_ = pad->first;
      any = true;
    }
  }
  room_.notify_all();
  return batch;
}

// Without a timeout a batch waits until it is full; not for pads that have ended, or may hold no more, and
// not when a pad is to be removed.
bool Batcher::cannot_fill() const {
  auto leaving = [](const auto& entry) { return entry.second.flushing && entry.second.has_notice(); };
  auto exhausted = [this](const auto& entry) {
    return entry.second.ended || entry.second.frames >= pad_limit();
  };
  return std::any_of(pads_.begin(), pads_.end(), leaving) ||
         std::all_of(pads_.begin(), pads_.end(), exhausted);
}

std::variant<MuxNotice, MuxBatch> Batcher::next() {
  std::unique_lock lock(mutex_);
  while (running_) {
    MuxNotice notice;
    if (take_notice(notice)) return notice;
    const guint waiting = waiting_frames();
    if (waiting >= batch_size_) return take_batch();
    if (waiting == 0 || timeout_us_ < 0) {
      if (waiting > 0 && cannot_fill()) return take_batch();
      changed_.wait(lock);
      continue;
    }
    const gint64 left = first_arrival() + timeout_us_ - g_get_monotonic_time();
    if (left <= 0) return take_batch();
    changed_.wait_for(lock, std::chrono::microseconds(left));
  }
  return MuxBatch{};
}

void Batcher::start() {
  std::lock_guard lock(mutex_);
  running_ = true;
}

void Batcher::stop() {
  std::lock_guard lock(mutex_);
  running_ = false;
  for (auto& [number, pad] : pads_) {
    pad.queue.clear();
    pad.frames = 0;
  }
  changed_.notify_all();
  room_.notify_all();
}

guint Batcher::pad_count() const {
  std::lock_guard lock(mutex_);
  return pads_.size();
}

bool Batcher::all_ended() const {
  std::lock_guard lock(mutex_);
  return std::all_of(pads_.begin(), pads_.end(),
                     [](const auto& entry) { return entry.second.ended && entry.second.queue.empty(); });
}

}  // namespace weir::standin
