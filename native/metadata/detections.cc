#include "metadata/detections.h"

#include <cmath>
#include <cstdio>
#include <utility>

namespace weir {
namespace {

bool is_tracked(const NvDsObjectMeta& object) { return object.object_id != UNTRACKED_OBJECT_ID; }

template <class Each>
void each_object(const NvDsFrameMeta& frame, Each each) {
  for (const GList* item = frame.obj_meta_list; item != nullptr; item = item->next)
    if (item->data != nullptr) each(*static_cast<const NvDsObjectMeta*>(item->data));
}

// A token is used once in an encoder's life.
std::string run_text(uint32_t run, uint32_t token) {
  char text[24];
  std::snprintf(text, sizeof(text), "%08x.%u", static_cast<unsigned>(run), static_cast<unsigned>(token));
  return text;
}

}  // namespace

std::unique_ptr<MessageWriter> make_writer(Format format) {
  switch (format) {
    case Format::kProtobuf:
      return protobuf_writer();
    case Format::kNvdsMinimal:
      return nvds_minimal_writer();
    case Format::kJson:
      break;
  }
  return json_writer();
}

DetectionEncoder::DetectionEncoder(size_t slots, const Canvas& canvas, MessageOptions options, uint32_t run)
    : canvas_(canvas), options_(std::move(options)), run_(run), writer_(make_writer(options_.format)) {
  for (size_t i = 0; i < slots; i++) slots_.push_back(std::make_unique<Slot>(options_));
}

void DetectionEncoder::name_slot(size_t slot, std::string_view stream, int64_t epoch, uint32_t token) {
  const std::string run = run_text(run_, token);
  std::string prefix = writer_->prefix({.stream = stream, .run = run, .epoch = epoch});
  Slot& named = *slots_.at(slot);
  std::lock_guard lock(named.mutex);
  named.prefix = std::move(prefix);
  if (std::exchange(named.token, token) != token) named.sequence = 0;
  named.choice = Choice(options_);
}

bool DetectionEncoder::has_message(const NvDsFrameMeta& frame) {
  if (frame.bInferDone) return true;
  bool tracked = false;
  each_object(frame, [&](const NvDsObjectMeta& object) { tracked = tracked || is_tracked(object); });
  return tracked;
}

// The slot stays locked meanwhile: it is named once per connection.
FrameCount DetectionEncoder::encode(const NvDsFrameMeta& frame, const FrameTime& time, int64_t now_ns,
                                    Batch* batch) {
  Slot& slot = *slots_.at(frame.pad_index);
  std::lock_guard lock(slot.mutex);
  if (!slot.choice.frame_due()) return {};
  const FrameCount count = choose(frame, slot.choice);
  if (!slot.choice.news(chosen_, now_ns)) return {};
  slot.sequence++;
  if (batch == nullptr) return count;
  slot.choice.sent(now_ns);
  write({.prefix = slot.prefix, .frame = frame, .time = time, .sequence = slot.sequence, .objects = chosen_},
        slot.token, *batch);
  return count;
}

FrameCount DetectionEncoder::choose(const NvDsFrameMeta& frame, Choice& choice) {
  FrameCount count{.message = true};
  const CanvasMap map(canvas_, static_cast<int>(frame.source_frame_width),
                      static_cast<int>(frame.source_frame_height));
  chosen_.clear();
  each_object(frame, [&](const NvDsObjectMeta& object) {
    const NvOSD_RectParams& rect = object.rect_params;
    const auto box = map.to_source({rect.left, rect.top, rect.width, rect.height});
    const bool tracked = is_tracked(object);
    if (!box || !std::isfinite(object.confidence)) {
      count.discarded++;
    } else if (!choice.object(object, tracked)) {
      count.left_out++;
    } else {
      chosen_.push_back({.meta = &object, .box = *box, .tracked = tracked});
      if (tracked) count.tracked++;
    }
  });
  count.objects = static_cast<uint32_t>(chosen_.size());
  return count;
}

void DetectionEncoder::write(const Message& message, uint32_t token, Batch& batch) {
  const size_t start = batch.bytes.size();
  writer_->write(message, batch.bytes);
  batch.messages.push_back({.token = token,
                            .offset = static_cast<uint32_t>(start),
                            .length = static_cast<uint32_t>(batch.bytes.size() - start),
                            .objects = static_cast<uint32_t>(message.objects.size()),
                            .slot = message.frame.pad_index,
                            .time_ns = message.time.ns});
}

}  // namespace weir
