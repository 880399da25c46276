// Deep copies. The source's batch is locked meanwhile; the destination belongs to the caller alone.
#include <algorithm>
#include <iterator>

#include "content.h"
#include "pool.h"

namespace weir::standin::meta {
namespace {

// Copies the plain fields over a destination that keeps its place in its own batch.
template <typename Meta>
void copy_fields(const Meta* src, Meta* dst, NvDsMetaReleaseFunc empty) {
  empty(dst, nullptr);
  NvDsBatchMeta* batch = dst->base_meta.batch_meta;
  *dst = *src;
  dst->base_meta.batch_meta = batch;
}

// Metadata that owns its data but says not how to copy it stays behind.
bool can_copy(const NvDsUserMeta* user) {
  return user->base_meta.copy_func != nullptr || user->base_meta.release_func == nullptr;
}

NvDsUserMeta* copy_user(NvDsUserMeta* src, NvDsBatchMeta* batch) {
  NvDsUserMeta* dst = nvds_acquire_user_meta_from_pool(batch);
  dst->base_meta = src->base_meta;
  dst->base_meta.batch_meta = batch;
  dst->user_meta_data = src->base_meta.copy_func != nullptr
                            ? src->base_meta.copy_func(src, src->base_meta.uContext)
                            : src->user_meta_data;
  return dst;
}

// Calls `each` for every element of a list, under the lock of the batch the list belongs to.
template <typename Meta, typename Each>
void for_each_locked(GList* list, Each each) {
  if (list == nullptr) return;
  Lock lock(static_cast<Meta*>(list->data)->base_meta.batch_meta);
  for (GList* link = list; link != nullptr; link = link->next) each(static_cast<Meta*>(link->data));
}

template <typename Parent>
void copy_users(GList* list, NvDsBatchMeta* batch, Parent* parent, void (*add)(Parent*, NvDsUserMeta*)) {
  for_each_locked<NvDsUserMeta>(list, [&](NvDsUserMeta* user) {
    if (can_copy(user)) add(parent, copy_user(user, batch));
  });
}

NvDsObjectMeta* copied_parent(const NvDsObjectMeta* object) {
  return object->parent == nullptr ? nullptr : static_cast<NvDsObjectMeta*>(slot_of(object->parent)->copy);
}

}  // namespace
}  // namespace weir::standin::meta

using namespace weir::standin::meta;

gpointer nvds_batch_meta_copy_func(gpointer data, gpointer) {
  g_return_val_if_fail(data != nullptr, nullptr);
  auto* src = static_cast<NvDsBatchMeta*>(data);
  Lock lock(src);
  NvDsBatchMeta* dst = nvds_create_batch_meta(src->max_frames_in_batch);
  dst->base_meta.uContext = src->base_meta.uContext;
  std::copy(std::begin(src->misc_batch_info), std::end(src->misc_batch_info), dst->misc_batch_info);
  std::copy(std::begin(src->reserved), std::end(src->reserved), dst->reserved);
  nvds_copy_batch_user_meta_list(src->batch_user_meta_list, dst);
  nvds_copy_frame_meta_list(src->frame_meta_list, dst);
  return dst;
}

void nvds_copy_frame_meta(NvDsFrameMeta* src_frame_meta, NvDsFrameMeta* dst_frame_meta) {
  g_return_if_fail(src_frame_meta != nullptr && dst_frame_meta != nullptr);
  Lock lock(src_frame_meta->base_meta.batch_meta);
  copy_fields(src_frame_meta, dst_frame_meta, empty_frame);
  dst_frame_meta->num_obj_meta = 0;
  dst_frame_meta->obj_meta_list = nullptr;
  dst_frame_meta->display_meta_list = nullptr;
  dst_frame_meta->frame_user_meta_list = nullptr;
  nvds_copy_obj_meta_list(src_frame_meta->obj_meta_list, dst_frame_meta);
  nvds_copy_display_meta_list(src_frame_meta->display_meta_list, dst_frame_meta);
  nvds_copy_frame_user_meta_list(src_frame_meta->frame_user_meta_list, dst_frame_meta);
}

void nvds_copy_obj_meta(NvDsObjectMeta* src_object_meta, NvDsObjectMeta* dst_object_meta) {
  g_return_if_fail(src_object_meta != nullptr && dst_object_meta != nullptr);
  Lock lock(src_object_meta->base_meta.batch_meta);
  copy_fields(src_object_meta, dst_object_meta, empty_object);
  NvDsObjectMeta* dst = dst_object_meta;
  // A parent in another batch would outlive its meaning; lists of objects set the copied parent.
  if (dst->base_meta.batch_meta != src_object_meta->base_meta.batch_meta) dst->parent = nullptr;
  dst->text_params.display_text = g_strdup(src_object_meta->text_params.display_text);
  dst->mask_params.data =
      static_cast<float*>(g_memdup2(src_object_meta->mask_params.data, src_object_meta->mask_params.size));
  dst->classifier_meta_list = nullptr;
  dst->obj_user_meta_list = nullptr;
  nvds_copy_classification_list(src_object_meta->classifier_meta_list, dst);
  nvds_copy_obj_user_meta_list(src_object_meta->obj_user_meta_list, dst);
}

void nvds_copy_classifier_meta(NvDsClassifierMeta* src_classifier_meta,
                               NvDsClassifierMeta* dst_classifier_meta) {
  g_return_if_fail(src_classifier_meta != nullptr && dst_classifier_meta != nullptr);
  Lock lock(src_classifier_meta->base_meta.batch_meta);
  copy_fields(src_classifier_meta, dst_classifier_meta, empty_classifier);
  dst_classifier_meta->num_labels = 0;
  dst_classifier_meta->label_info_list = nullptr;
  nvds_copy_label_info_list(src_classifier_meta->label_info_list, dst_classifier_meta);
}

void nvds_copy_label_info_meta(NvDsLabelInfo* src_label_info, NvDsLabelInfo* dst_label_info) {
  g_return_if_fail(src_label_info != nullptr && dst_label_info != nullptr);
  Lock lock(src_label_info->base_meta.batch_meta);
  copy_fields(src_label_info, dst_label_info, empty_label_info);
  dst_label_info->pResult_label = g_strdup(src_label_info->pResult_label);
}

void nvds_copy_display_meta(NvDsDisplayMeta* src_display_meta, NvDsDisplayMeta* dst_display_meta) {
  g_return_if_fail(src_display_meta != nullptr && dst_display_meta != nullptr);
  Lock lock(src_display_meta->base_meta.batch_meta);
  copy_fields(src_display_meta, dst_display_meta, empty_display);
  for (auto& text : dst_display_meta->text_params) text.display_text = g_strdup(text.display_text);
}

void nvds_copy_batch_user_meta_list(NvDsUserMetaList* src_user_meta_list, NvDsBatchMeta* dst_batch_meta) {
  g_return_if_fail(dst_batch_meta != nullptr);
  copy_users(src_user_meta_list, dst_batch_meta, dst_batch_meta, nvds_add_user_meta_to_batch);
}

void nvds_copy_frame_user_meta_list(NvDsUserMetaList* src_user_meta_list, NvDsFrameMeta* dst_frame_meta) {
  g_return_if_fail(dst_frame_meta != nullptr);
  copy_users(src_user_meta_list, dst_frame_meta->base_meta.batch_meta, dst_frame_meta,
             nvds_add_user_meta_to_frame);
}

void nvds_copy_obj_user_meta_list(NvDsUserMetaList* src_user_meta_list, NvDsObjectMeta* dst_object_meta) {
  g_return_if_fail(dst_object_meta != nullptr);
  copy_users(src_user_meta_list, dst_object_meta->base_meta.batch_meta, dst_object_meta,
             nvds_add_user_meta_to_obj);
}

void nvds_copy_display_meta_list(NvDisplayMetaList* src_display_meta_list, NvDsFrameMeta* dst_frame_meta) {
  g_return_if_fail(dst_frame_meta != nullptr);
  for_each_locked<NvDsDisplayMeta>(src_display_meta_list, [&](NvDsDisplayMeta* src) {
    NvDsDisplayMeta* dst = nvds_acquire_display_meta_from_pool(dst_frame_meta->base_meta.batch_meta);
    nvds_copy_display_meta(src, dst);
    nvds_add_display_meta_to_frame(dst_frame_meta, dst);
  });
}

void nvds_copy_frame_meta_list(NvDsFrameMetaList* src_frame_meta_list, NvDsBatchMeta* dst_batch_meta) {
  g_return_if_fail(dst_batch_meta != nullptr);
  for_each_locked<NvDsFrameMeta>(src_frame_meta_list, [&](NvDsFrameMeta* src) {
    NvDsFrameMeta* dst = nvds_acquire_frame_meta_from_pool(dst_batch_meta);
    nvds_copy_frame_meta(src, dst);
    nvds_add_frame_meta_to_batch(dst_batch_meta, dst);
  });
}

void nvds_copy_obj_meta_list(NvDsObjectMetaList* src_obj_meta_list, NvDsFrameMeta* dst_frame_meta) {
  g_return_if_fail(dst_frame_meta != nullptr);
  if (src_obj_meta_list == nullptr) return;
  // Held over all three passes: two branches of a tee may copy one batch at the same time.
  Lock lock(static_cast<NvDsObjectMeta*>(src_obj_meta_list->data)->base_meta.batch_meta);
  for_each_locked<NvDsObjectMeta>(src_obj_meta_list, [&](NvDsObjectMeta* src) {
    NvDsObjectMeta* dst = nvds_acquire_obj_meta_from_pool(dst_frame_meta->base_meta.batch_meta);
    nvds_copy_obj_meta(src, dst);
    nvds_add_obj_meta_to_frame(dst_frame_meta, dst, nullptr);
    slot_of(src)->copy = dst;
  });
  for_each_locked<NvDsObjectMeta>(src_obj_meta_list, [](NvDsObjectMeta* src) {
    static_cast<NvDsObjectMeta*>(slot_of(src)->copy)->parent = copied_parent(src);
  });
  for_each_locked<NvDsObjectMeta>(src_obj_meta_list,
                                  [](NvDsObjectMeta* src) { slot_of(src)->copy = nullptr; });
}

void nvds_copy_classification_list(NvDsClassifierMetaList* src_classifier_meta_list,
                                   NvDsObjectMeta* dst_object_meta) {
  g_return_if_fail(dst_object_meta != nullptr);
  for_each_locked<NvDsClassifierMeta>(src_classifier_meta_list, [&](NvDsClassifierMeta* src) {
    NvDsClassifierMeta* dst = nvds_acquire_classifier_meta_from_pool(dst_object_meta->base_meta.batch_meta);
    nvds_copy_classifier_meta(src, dst);
    nvds_add_classifier_meta_to_object(dst_object_meta, dst);
  });
}

void nvds_copy_label_info_list(NvDsLabelInfoList* src_label_info_list,
                               NvDsClassifierMeta* dst_classifier_meta) {
  g_return_if_fail(dst_classifier_meta != nullptr);
  for_each_locked<NvDsLabelInfo>(src_label_info_list, [&](NvDsLabelInfo* src) {
    NvDsLabelInfo* dst = nvds_acquire_label_info_meta_from_pool(dst_classifier_meta->base_meta.batch_meta);
    nvds_copy_label_info_meta(src, dst);
    nvds_add_label_info_meta_to_classifier(dst_classifier_meta, dst);
  });
}
