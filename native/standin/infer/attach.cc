#include "infer/attach.h"

#include <algorithm>
#include <numbers>

namespace weir::standin {
namespace {

constexpr guint kBorderWidth = 3;
constexpr guint kTextLift = 10;
constexpr guint kFontSize = 11;
char font_name[] = "Serif";

NvOSD_ColorParams colour(const std::array<double, 4>& c) { return {c[0], c[1], c[2], c[3]}; }

void fill_rect(NvOSD_RectParams& rect, const Detection& d, const ClassSettings& c) {
  rect.left = d.box.left;
  rect.top = d.box.top;
  rect.width = d.box.width;
  rect.height = d.box.height;
  rect.border_width = kBorderWidth;
  rect.border_color = colour(c.border_color);
  rect.has_bg_color = c.has_bg_color;
  rect.bg_color = colour(c.bg_color);
  rect.rotation_angle = static_cast<float>(d.rotation * 180 / std::numbers::pi);
}

void fill_text(NvOSD_TextParams& text, const Detection& d, const char* label) {
  text.display_text = g_strdup(label);
  text.x_offset = static_cast<guint>(d.box.left);
  text.y_offset = static_cast<guint>(std::max(0.0f, d.box.top - kTextLift));
  text.font_params.font_name = font_name;
  text.font_params.font_size = kFontSize;
  text.font_params.font_color = {1, 1, 1, 1};
  text.set_bg_clr = 1;
  text.text_bg_clr = {0, 0, 0, 1};
}

}  // namespace

void attach_detections(NvDsBatchMeta* batch, NvDsFrameMeta* frame, const std::vector<Detection>& detections,
                       const Detector& detector, guint unique_id) {
  nvds_acquire_meta_lock(batch);
  for (const Detection& d : detections) {
    NvDsObjectMeta* object = nvds_acquire_obj_meta_from_pool(batch);
    object->unique_component_id = static_cast<gint>(unique_id);
    object->class_id = d.class_id;
    object->confidence = d.confidence;
    object->object_id = UNTRACKED_OBJECT_ID;
    fill_rect(object->rect_params, d, detector.settings().classes[d.class_id]);
    object->detector_bbox_info.org_bbox_coords = {d.box.left, d.box.top, d.box.width, d.box.height};
    if (const char* label = detector.label(d.class_id)) {
      g_strlcpy(object->obj_label, label, MAX_LABEL_SIZE);
      fill_text(object->text_params, d, label);
    }
    nvds_add_obj_meta_to_frame(frame, object, nullptr);
  }
  frame->bInferDone = TRUE;
  nvds_release_meta_lock(batch);
}

}  // namespace weir::standin
