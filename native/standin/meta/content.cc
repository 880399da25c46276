#include "content.h"

#include <utility>

#include "pool.h"

namespace weir::standin::meta {
namespace {

void release_field(GList*& list) { release_list(std::exchange(list, nullptr)); }

}  // namespace

void empty_frame(gpointer data, gpointer) {
  auto* frame = static_cast<NvDsFrameMeta*>(data);
  release_field(frame->obj_meta_list);
  release_field(frame->display_meta_list);
  release_field(frame->frame_user_meta_list);
  frame->num_obj_meta = 0;
}

// Font names are string constants everywhere and are not freed.
void empty_object(gpointer data, gpointer) {
  auto* object = static_cast<NvDsObjectMeta*>(data);
  release_field(object->classifier_meta_list);
  release_field(object->obj_user_meta_list);
  g_clear_pointer(&object->text_params.display_text, g_free);
  g_clear_pointer(&object->mask_params.data, g_free);
}

void empty_classifier(gpointer data, gpointer) {
  auto* classifier = static_cast<NvDsClassifierMeta*>(data);
  release_field(classifier->label_info_list);
  classifier->num_labels = 0;
}

void empty_display(gpointer data, gpointer) {
  for (auto& text : static_cast<NvDsDisplayMeta*>(data)->text_params)
    g_clear_pointer(&text.display_text, g_free);
}

void empty_label_info(gpointer data, gpointer) {
  g_clear_pointer(&static_cast<NvDsLabelInfo*>(data)->pResult_label, g_free);
}

void empty_user(gpointer data, gpointer) {
  auto* user = static_cast<NvDsUserMeta*>(data);
  if (user->base_meta.release_func != nullptr) user->base_meta.release_func(user, user->base_meta.uContext);
  user->user_meta_data = nullptr;
}

}  // namespace weir::standin::meta
