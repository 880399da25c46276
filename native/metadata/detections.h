// NvDsFrameMeta → one message of the pipeline's format: which objects, whose, and the how-manieth.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/choice.h"
#include "metadata/geometry.h"
#include "metadata/message.h"
#include "metadata/options.h"
#include "metadata/ring.h"
#include "nvdsmeta.h"

namespace weir {

// All zero where the options leave the frame out.
struct FrameCount {
  bool message = false;    // one was owed
  uint32_t objects = 0;    // in it
  uint32_t tracked = 0;    // of these, with a track id
  uint32_t discarded = 0;  // not in it: not finite, or outside the picture
  uint32_t left_out = 0;   // not in it: the options do not ask for them
};

// Encodes on one streaming thread; slots are named from another.
class DetectionEncoder {
 public:
  // `run` tells this encoder's numbering of messages from that of any other.
  DetectionEncoder(size_t slots, const Canvas& canvas, MessageOptions options = {}, uint32_t run = 0);

  // Whose the messages of this slot are from now on. With another token than before their numbers begin anew.
  void name_slot(size_t slot, std::string_view stream, int64_t epoch, uint32_t token);

  // Whether the frame is worth a message: it was inferred or has tracked objects.
  static bool has_message(const NvDsFrameMeta& frame);

  // Appends the message of a frame that has one to the batch, unless the options leave it out. Without a
  // batch the message is lost, but has had its number. `now_ns` is monotonic.
  FrameCount encode(const NvDsFrameMeta& frame, const FrameTime& time, int64_t now_ns, Batch* batch);

 private:
  struct Slot {
    explicit Slot(const MessageOptions& options) : choice(options) {}

    std::mutex mutex;
    std::string prefix;
    uint32_t token = 0;
    uint64_t sequence = 0;  // of the last message
    Choice choice;
  };

  FrameCount choose(const NvDsFrameMeta& frame, Choice& choice);
  void write(const Message& message, uint32_t token, Batch& batch);

  const Canvas canvas_;
  const MessageOptions options_;
  const uint32_t run_;
  const std::unique_ptr<MessageWriter> writer_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<MessageObject> chosen_;  // of the frame at hand
};

}  // namespace weir
