// Finished batches on their way from the streaming thread to the consumer: bounded, the oldest gives way.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "metadata/byte_buffer.h"

namespace weir {

// The messages of one batch, one after the other in `bytes`.
struct Batch {
  struct Message {
    uint32_t token;  // of the source it is about
    uint32_t offset;
    uint32_t length;
    uint32_t objects;
    uint32_t slot;
    uint64_t time_ns;  // what it says of when its frame was taken
  };
  uint64_t id = 0;
  int64_t committed_ns = 0;        // monotonic
  uint64_t committed_wall_ns = 0;  // the same moment, since 1970
  ByteBuffer bytes;
  std::vector<Message> messages;

  void clear() {
    bytes.clear();
    messages.clear();
  }
};

class BatchRing {
 public:
  // Told about every batch that is thrown away unread; called by the producer with no lock held.
  using Dropped = std::function<void(const Batch&)>;

  BatchRing(size_t capacity, Dropped dropped);

  // Producer, one thread at a time. An empty batch to fill, the oldest unread one if need be; nullptr when
  // the consumer holds all of them. Never blocks on the consumer.
  Batch* acquire();
  void commit(Batch* batch);
  void abandon(Batch* batch);

  // Consumer. What is taken stays untouched until it is released; nullptr when there is none.
  const Batch* take();
  // False when no taken batch has this id.
  bool release(uint64_t id);

  size_t waiting() const;

 private:
  const Dropped dropped_;
  std::vector<std::unique_ptr<Batch>> storage_;
  mutable std::mutex mutex_;
  std::vector<Batch*> free_;
  std::deque<Batch*> ready_;
  std::vector<Batch*> taken_;
  uint64_t next_id_ = 1;
};

}  // namespace weir
