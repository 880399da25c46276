#include "metadata/ring.h"

#include <algorithm>
#include <utility>

namespace weir {

BatchRing::BatchRing(size_t capacity, Dropped dropped) : dropped_(std::move(dropped)) {
  for (size_t i = 0; i < capacity; i++) {
    storage_.push_back(std::make_unique<Batch>());
    free_.push_back(storage_.back().get());
  }
}

Batch* BatchRing::acquire() {
  Batch* batch = nullptr;
  bool unread = false;
  {
    std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      batch = free_.back();
      free_.pop_back();
    } else if (!ready_.empty()) {
      batch = ready_.front();
      ready_.pop_front();
      unread = true;
    }
  }
  if (unread) dropped_(*batch);
  if (batch != nullptr) batch->clear();
  return batch;
}

void BatchRing::commit(Batch* batch) {
  std::lock_guard lock(mutex_);
  batch->id = next_id_++;
  ready_.push_back(batch);
}

void BatchRing::abandon(Batch* batch) {
  std::lock_guard lock(mutex_);
  free_.push_back(batch);
}

const Batch* BatchRing::take() {
  std::lock_guard lock(mutex_);
  if (ready_.empty()) return nullptr;
  Batch* batch = ready_.front();
  ready_.pop_front();
  taken_.push_back(batch);
  return batch;
}

bool BatchRing::release(uint64_t id) {
  std::lock_guard lock(mutex_);
  const auto found = std::find_if(taken_.begin(), taken_.end(), [&](Batch* b) { return b->id == id; });
  if (found == taken_.end()) return false;
  free_.push_back(*found);
  taken_.erase(found);
  return true;
}

size_t BatchRing::waiting() const {
  std::lock_guard lock(mutex_);
  return ready_.size();
}

}  // namespace weir
