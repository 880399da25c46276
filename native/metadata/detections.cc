#include "metadata/detections.h"

#include <cmath>
#include <cstring>

namespace weir {
namespace {

constexpr size_t kMaxLabels = 4096;

bool is_tracked(const NvDsObjectMeta& object) { return object.object_id != UNTRACKED_OBJECT_ID; }

template <class Each>
void each_object(const NvDsFrameMeta& frame, Each each) {
  for (const GList* item = frame.obj_meta_list; item != nullptr; item = item->next)
    each(*static_cast<const NvDsObjectMeta*>(item->data));
}

void append_box(const Box& box, ByteBuffer& out) {
  out.append(R"("box":{"left":)");
  out.append_decimal<2>(box.left);
  out.append(R"(,"top":)");
  out.append_decimal<2>(box.top);
  out.append(R"(,"width":)");
  out.append_decimal<2>(box.width);
  out.append(R"(,"height":)");
  out.append_decimal<2>(box.height);
  out.append("}");
}

}  // namespace

DetectionEncoder::DetectionEncoder(size_t slots, const Canvas& canvas) : canvas_(canvas) {
  for (size_t i = 0; i < slots; i++) slots_.push_back(std::make_unique<Slot>());
}

void DetectionEncoder::name_slot(size_t slot, std::string_view stream, int64_t epoch, uint32_t token) {
  std::string prefix = R"({"schema":"weir.detections.v1","stream":)" + json_string(stream) + R"(,"epoch":)" +
                       std::to_string(epoch) + R"(,"frame":)";
  std::lock_guard lock(slots_.at(slot)->mutex);
  slots_[slot]->prefix = std::move(prefix);
  slots_[slot]->token = token;
}

bool DetectionEncoder::has_message(const NvDsFrameMeta& frame) {
  if (frame.bInferDone) return true;
  for (const GList* item = frame.obj_meta_list; item != nullptr; item = item->next)
    if (is_tracked(*static_cast<const NvDsObjectMeta*>(item->data))) return true;
  return false;
}

FrameCount DetectionEncoder::encode(const NvDsFrameMeta& frame, const FrameTime& time, Batch& batch) {
  FrameCount count;
  const size_t start = batch.bytes.size();
  const CanvasMap map(canvas_, static_cast<int>(frame.source_frame_width),
                      static_cast<int>(frame.source_frame_height));
  const uint32_t token = head(frame, time, batch.bytes);
  each_object(frame, [&](const NvDsObjectMeta& meta) {
    if (!object(meta, map, count.objects == 0, batch.bytes)) {
      count.discarded++;
      return;
    }
    count.objects++;
    if (is_tracked(meta)) count.tracked++;
  });
  batch.bytes.append("]}");
  batch.messages.push_back({token, static_cast<uint32_t>(start),
                            static_cast<uint32_t>(batch.bytes.size() - start), count.objects,
                            frame.pad_index});
  return count;
}

uint32_t DetectionEncoder::head(const NvDsFrameMeta& frame, const FrameTime& time, ByteBuffer& out) {
  uint32_t token = 0;
  {
    Slot& slot = *slots_.at(frame.pad_index);
    std::lock_guard lock(slot.mutex);
    out.append(slot.prefix);
    token = slot.token;
  }
  out.append_integer(frame.frame_num);
  if (frame.buf_pts != UINT64_MAX) {
    out.append(R"(,"pts":)");
    out.append_integer(uint64_t{frame.buf_pts});
  }
  out.append(R"(,"time":")");
  out.append(time_.format(time.ns));
  out.append(time.from_camera ? R"(","clock":"rtcp","width":)" : R"(","clock":"local","width":)");
  out.append_integer(frame.source_frame_width);
  out.append(R"(,"height":)");
  out.append_integer(frame.source_frame_height);
  out.append(frame.bInferDone ? R"(,"inferred":true,"objects":[)" : R"(,"inferred":false,"objects":[)");
  return token;
}

bool DetectionEncoder::object(const NvDsObjectMeta& meta, const CanvasMap& map, bool first, ByteBuffer& out) {
  const NvOSD_RectParams& rect = meta.rect_params;
  const auto box = map.to_source({rect.left, rect.top, rect.width, rect.height});
  if (!box || !std::isfinite(meta.confidence)) return false;
  out.append(first ? "{" : ",{");
  if (is_tracked(meta)) {
    out.append(R"("id":")");
    out.append_integer(uint64_t{meta.object_id});
    out.append(R"(",)");
  }
  out.append(R"("class":)");
  out.append_integer(meta.class_id);
  out.append(R"(,"label":)");
  out.append(label(meta));
  out.append(R"(,"confidence":)");
  out.append_decimal<4>(std::min(std::max(meta.confidence, -1.0f), 1.0f));
  out.append(",");
  append_box(*box, out);
  out.append("}");
  return true;
}

std::string_view DetectionEncoder::label(const NvDsObjectMeta& object) {
  const std::string_view raw(object.obj_label, strnlen(object.obj_label, sizeof(object.obj_label)));
  if (labels_.size() > kMaxLabels) labels_.clear();
  Label& known = labels_[{object.unique_component_id, object.class_id}];
  if (known.json.empty() || known.raw != raw) known = {std::string(raw), json_string(raw)};
  return known.json;
}

}  // namespace weir
