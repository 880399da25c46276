#include "object_meta.h"

#include <algorithm>
#include <cstring>

#include "warn_once.h"

namespace weir::standin {
namespace {

constexpr gsize kMaxText = 128;
constexpr float kTextHeight = 20;
char text_font[] = "Serif";

NvBbox_Coords to_surface(const NvMOTRect& box, const Scale& scale) {
  return {box.x / scale.x, box.y / scale.y, box.width / scale.x, box.height / scale.y};
}

// False when nothing of the box is left.
bool clip(NvBbox_Coords& box, const Scale& scale) {
  const float right = std::min(box.left + box.width, scale.width);
  const float bottom = std::min(box.top + box.height, scale.height);
  box.left = std::max(box.left, 0.0f);
  box.top = std::max(box.top, 0.0f);
  box.width = right - box.left;
  box.height = bottom - box.top;
  return box.width > 0 && box.height > 0;
}

void write_text(NvDsObjectMeta& object, guint64 id) {
  NvOSD_TextParams& text = object.text_params;
  auto* shown = static_cast<gchar*>(g_malloc(kMaxText));
  const char* old = text.display_text == nullptr ? "(null)" : text.display_text;
  g_snprintf(shown, kMaxText, "%s %" G_GUINT64_FORMAT, old, id);
  g_free(text.display_text);
  text.display_text = shown;
  text.x_offset = static_cast<unsigned>(std::max(object.rect_params.left, 0.0f));
  text.y_offset = static_cast<unsigned>(std::max(object.rect_params.top - kTextHeight, 0.0f));
  text.font_params = {text_font, 10, {1, 1, 1, 1}};
  text.set_bg_clr = 1;
  text.text_bg_clr = {0, 0, 0, 1};
}

bool write_box(NvDsObjectMeta& object, const NvMOTTrackedObj& tracked, const Scale& scale) {
  NvBbox_Coords box = to_surface(tracked.bbox, scale);
  object.tracker_bbox_info.org_bbox_coords = box;
  object.tracker_confidence = tracked.confidence;
  if (!clip(box, scale)) return false;
  object.rect_params.left = box.left;
  object.rect_params.top = box.top;
  object.rect_params.width = box.width;
  object.rect_params.height = box.height;
  return true;
}

}  // namespace

Scale make_scale(uint32_t surface_width, uint32_t surface_height, uint32_t tracker_width,
                 uint32_t tracker_height) {
  Scale scale{static_cast<float>(surface_width), static_cast<float>(surface_height)};
  if (surface_width > 0 && tracker_width > 0) scale.x = tracker_width / scale.width;
  if (surface_height > 0 && tracker_height > 0) scale.y = tracker_height / scale.height;
  return scale;
}

NvMOTRect to_tracker(const NvOSD_RectParams& rect, const Scale& scale) {
  return {rect.left * scale.x, rect.top * scale.y, rect.width * scale.x, rect.height * scale.y};
}

void ObjectWriter::learn(const NvDsObjectMeta& object) {
  const auto [entry, fresh] = looks_.try_emplace(object.class_id);
  if (!fresh) return;
  Look& look = entry->second;
  look.component_id = object.unique_component_id;
  look.rect = object.rect_params;
  std::memcpy(look.label, object.obj_label, sizeof look.label);
}

bool ObjectWriter::update(NvDsObjectMeta& object, const NvMOTTrackedObj& tracked, guint64 id,
                          const Scale& scale, bool display_id) const {
  object.object_id = id;
  if (tracked.classId != object.class_id)
    warn_once("nvtracker: the library associated a detection with a target of another class");
  else if (!write_box(object, tracked, scale))
    return false;
  if (display_id) write_text(object, id);
  return true;
}

void ObjectWriter::add(NvDsFrameMeta& frame, const NvMOTTrackedObj& tracked, guint64 id, const Scale& scale,
                       bool display_id) const {
  NvDsObjectMeta* object = nvds_acquire_obj_meta_from_pool(frame.base_meta.batch_meta);
  const auto look = looks_.find(tracked.classId);
  if (look != looks_.end()) {
    object->unique_component_id = look->second.component_id;
    object->rect_params = look->second.rect;
    std::memcpy(object->obj_label, look->second.label, sizeof object->obj_label);
    object->text_params.display_text = g_strdup(look->second.label);
  }
  object->class_id = tracked.classId;
  object->object_id = id;
  object->confidence = -0.1f;
  const bool visible = write_box(*object, tracked, scale);
  if (visible && display_id) write_text(*object, id);
  nvds_add_obj_meta_to_frame(&frame, object, nullptr);
  if (!visible) nvds_remove_obj_meta_from_frame(&frame, object);
}

}  // namespace weir::standin
