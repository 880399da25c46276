#include "metadata/choice.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace weir {
namespace {

bool moved(const Box& from, const Box& to, double part) {
  const double most = part * std::max(from.width, from.height);
  const auto far = [most](double a, double b) { return std::abs(a - b) > most; };
  return far(from.left, to.left) || far(from.top, to.top) ||
         far(from.left + from.width, to.left + to.width) || far(from.top + from.height, to.top + to.height);
}

}  // namespace

bool Choice::frame_due() {
  if (turns_left_out_ > 0) {
    turns_left_out_--;
    return false;
  }
  turns_left_out_ = options_->every - 1;
  return true;
}

bool Choice::object(const NvDsObjectMeta& object, bool tracked) {
  // First: what is known of a track must not depend on the other options.
  const bool confident = options_->min_confidence <= 0 || this->confident(object, tracked);
  return confident && (tracked || !options_->tracked_only) && of_class(object.class_id);
}

bool Choice::news(std::span<const MessageObject> objects, int64_t now_ns) {
  weak_.swap(weak_now_);
  weak_now_.clear();
  if (!options_->on_change) return true;
  now_.clear();
  for (const MessageObject& object : objects)
    now_.push_back(
        {object.tracked ? object.meta->object_id : UNTRACKED_OBJECT_ID, object.meta->class_id, object.box});
  std::sort(now_.begin(), now_.end(), [](const Seen& a, const Seen& b) {
    return std::tie(a.id, a.class_id, a.box.left) < std::tie(b.id, b.class_id, b.box.left);
  });
  return sent_ns_ < 0 || now_ns - sent_ns_ >= options_->on_change->heartbeat_ns || differs();
}

void Choice::sent(int64_t now_ns) {
  last_.swap(now_);
  sent_ns_ = now_ns;
}

bool Choice::of_class(int class_id) const {
  const auto& classes = options_->classes;
  return classes.empty() || std::find(classes.begin(), classes.end(), class_id) != classes.end();
}

bool Choice::confident(const NvDsObjectMeta& object, bool tracked) {
  const bool detected = object.confidence >= 0;
  const bool weak = detected ? object.confidence < options_->min_confidence
                             : std::find(weak_.begin(), weak_.end(), object.object_id) != weak_.end();
  if (tracked && weak) weak_now_.push_back(object.object_id);
  return !weak;
}

bool Choice::differs() const {
  return !std::equal(
      last_.begin(), last_.end(), now_.begin(), now_.end(), [this](const Seen& a, const Seen& b) {
        return a.id == b.id && a.class_id == b.class_id &&
               (a.id == UNTRACKED_OBJECT_ID || !moved(a.box, b.box, options_->on_change->moved));
      });
}

}  // namespace weir
