// Which objects go into messages, and which frames get one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metadata/message.h"

namespace weir {

// The choice of one stream; kept from frame to frame. One streaming thread.
class Choice {
 public:
  // The options outlive it.
  explicit Choice(const MessageOptions& options) : options_(&options) {}

  // Whether it is this frame's turn, of those that are worth a message.
  bool frame_due();
  // Once per object that could be in the message. An object the tracker carries on without a detection is
  // judged by its track's last detection.
  bool object(const NvDsObjectMeta& object, bool tracked);
  // Whether a message with these objects says something new, or is due after a long silence. Ends the frame.
  bool news(std::span<const MessageObject> objects, int64_t now_ns);
  // The message asked about last is on its way: later ones are compared with it.
  void sent(int64_t now_ns);

 private:
  struct Seen {
    uint64_t id;  // UNTRACKED_OBJECT_ID: only their number per class counts
    int class_id;
    Box box;
  };

  bool of_class(int class_id) const;
  bool confident(const NvDsObjectMeta& object, bool tracked);
  bool differs() const;

  const MessageOptions* options_;
  uint32_t turns_left_out_ = 0;
  std::vector<uint64_t> weak_;  // tracks whose last detection was not confident enough, up to the last frame
  std::vector<uint64_t> weak_now_;  // and of this frame
  std::vector<Seen> last_;
  std::vector<Seen> now_;
  int64_t sent_ns_ = -1;
};

}  // namespace weir
