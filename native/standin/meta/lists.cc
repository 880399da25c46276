// Adding metadata to the lists of its parent, taking it out again, and clearing the lists.
#include "content.h"
#include "pool.h"

namespace weir::standin::meta {
namespace {

template <typename Parent>
NvDsBatchMeta* batch_of(Parent* parent) {
  return parent->base_meta.batch_meta;
}

template <>
NvDsBatchMeta* batch_of(NvDsBatchMeta* batch) {
  return batch;
}

// `list` names the parent's list, `count` (where there is one) the field that counts it.
template <typename Parent>
struct Field {
  GList* Parent::*list;
  guint Parent::*count = nullptr;
};

constexpr Field<NvDsBatchMeta> kFrames{&NvDsBatchMeta::frame_meta_list, &NvDsBatchMeta::num_frames_in_batch};
constexpr Field<NvDsBatchMeta> kBatchUsers{&NvDsBatchMeta::batch_user_meta_list};
constexpr Field<NvDsFrameMeta> kObjects{&NvDsFrameMeta::obj_meta_list, &NvDsFrameMeta::num_obj_meta};
constexpr Field<NvDsFrameMeta> kDisplays{&NvDsFrameMeta::display_meta_list};
constexpr Field<NvDsFrameMeta> kFrameUsers{&NvDsFrameMeta::frame_user_meta_list};
constexpr Field<NvDsObjectMeta> kClassifiers{&NvDsObjectMeta::classifier_meta_list};
constexpr Field<NvDsObjectMeta> kObjectUsers{&NvDsObjectMeta::obj_user_meta_list};
constexpr Field<NvDsClassifierMeta> kLabels{&NvDsClassifierMeta::label_info_list,
                                            &NvDsClassifierMeta::num_labels};

template <typename Parent>
void add(Parent* parent, Field<Parent> field, gpointer element) {
  g_return_if_fail(parent != nullptr && element != nullptr);
  Lock lock(batch_of(parent));
  append(&(parent->*field.list), element);
  if (field.count != nullptr) (parent->*field.count)++;
}

template <typename Parent>
void remove(Parent* parent, Field<Parent> field, gpointer element) {
  g_return_if_fail(parent != nullptr && element != nullptr);
  Lock lock(batch_of(parent));
  if (!take_out(&(parent->*field.list), element)) {
    g_critical("metadata at %p is not in its parent's list", element);
    return;
  }
  if (field.count != nullptr) (parent->*field.count)--;
  release(element);
}

// `list` may be the whole list or its end.
template <typename Parent>
void clear(Parent* parent, Field<Parent> field, GList* list) {
  g_return_if_fail(parent != nullptr);
  if (list == nullptr) return;
  Lock lock(batch_of(parent));
  if (list == parent->*field.list) {
    parent->*field.list = nullptr;
  } else if (list->prev != nullptr) {
    list->prev->next = nullptr;
    list->prev = nullptr;
  }
  const guint released = release_list(list);
  if (field.count != nullptr) parent->*field.count -= released;
}

}  // namespace
}  // namespace weir::standin::meta

using namespace weir::standin::meta;

void nvds_add_frame_meta_to_batch(NvDsBatchMeta* batch_meta, NvDsFrameMeta* frame_meta) {
  add(batch_meta, kFrames, frame_meta);
}

void nvds_remove_frame_meta_from_batch(NvDsBatchMeta* batch_meta, NvDsFrameMeta* frame_meta) {
  remove(batch_meta, kFrames, frame_meta);
}

void nvds_add_obj_meta_to_frame(NvDsFrameMeta* frame_meta, NvDsObjectMeta* obj_meta,
                                NvDsObjectMeta* obj_parent) {
  g_return_if_fail(obj_meta != nullptr);
  obj_meta->parent = obj_parent;
  add(frame_meta, kObjects, obj_meta);
}

void nvds_remove_obj_meta_from_frame(NvDsFrameMeta* frame_meta, NvDsObjectMeta* obj_meta) {
  g_return_if_fail(frame_meta != nullptr);
  Lock lock(batch_of(frame_meta));
  // The element will serve another object soon: nobody may go on calling it parent.
  for (GList* link = frame_meta->obj_meta_list; link != nullptr; link = link->next) {
    auto* other = static_cast<NvDsObjectMeta*>(link->data);
    if (other->parent == obj_meta) other->parent = nullptr;
  }
  remove(frame_meta, kObjects, obj_meta);
}

void nvds_add_classifier_meta_to_object(NvDsObjectMeta* obj_meta, NvDsClassifierMeta* classifier_meta) {
  add(obj_meta, kClassifiers, classifier_meta);
}

void nvds_remove_classifier_meta_from_obj(NvDsObjectMeta* obj_meta, NvDsClassifierMeta* classifier_meta) {
  remove(obj_meta, kClassifiers, classifier_meta);
}

void nvds_add_label_info_meta_to_classifier(NvDsClassifierMeta* classifier_meta,
                                            NvDsLabelInfo* label_info_meta) {
  add(classifier_meta, kLabels, label_info_meta);
}

void nvds_remove_label_info_meta_from_classifier(NvDsClassifierMeta* classifier_meta,
                                                 NvDsLabelInfo* label_info_meta) {
  remove(classifier_meta, kLabels, label_info_meta);
}

void nvds_add_display_meta_to_frame(NvDsFrameMeta* frame_meta, NvDsDisplayMeta* display_meta) {
  add(frame_meta, kDisplays, display_meta);
}

void nvds_remove_display_meta_from_frame(NvDsFrameMeta* frame_meta, NvDsDisplayMeta* display_meta) {
  remove(frame_meta, kDisplays, display_meta);
}

void nvds_add_user_meta_to_batch(NvDsBatchMeta* batch_meta, NvDsUserMeta* user_meta) {
  add(batch_meta, kBatchUsers, user_meta);
}

void nvds_add_user_meta_to_frame(NvDsFrameMeta* frame_meta, NvDsUserMeta* user_meta) {
  add(frame_meta, kFrameUsers, user_meta);
}

void nvds_add_user_meta_to_obj(NvDsObjectMeta* obj_meta, NvDsUserMeta* user_meta) {
  add(obj_meta, kObjectUsers, user_meta);
}

void nvds_remove_user_meta_from_batch(NvDsBatchMeta* batch_meta, NvDsUserMeta* user_meta) {
  remove(batch_meta, kBatchUsers, user_meta);
}

void nvds_remove_user_meta_from_frame(NvDsFrameMeta* frame_meta, NvDsUserMeta* user_meta) {
  remove(frame_meta, kFrameUsers, user_meta);
}

void nvds_remove_user_meta_from_object(NvDsObjectMeta* obj_meta, NvDsUserMeta* user_meta) {
  remove(obj_meta, kObjectUsers, user_meta);
}

void nvds_clear_frame_meta_list(NvDsBatchMeta* batch_meta, NvDsFrameMetaList* meta_list) {
  clear(batch_meta, kFrames, meta_list);
}

void nvds_clear_obj_meta_list(NvDsFrameMeta* frame_meta, NvDsObjectMetaList* meta_list) {
  clear(frame_meta, kObjects, meta_list);
}

void nvds_clear_classifier_meta_list(NvDsObjectMeta* obj_meta, NvDsClassifierMetaList* meta_list) {
  clear(obj_meta, kClassifiers, meta_list);
}

void nvds_clear_label_info_meta_list(NvDsClassifierMeta* classifier_meta, NvDsLabelInfoList* meta_list) {
  clear(classifier_meta, kLabels, meta_list);
}

void nvds_clear_display_meta_list(NvDsFrameMeta* frame_meta, NvDisplayMetaList* meta_list) {
  clear(frame_meta, kDisplays, meta_list);
}

void nvds_clear_batch_user_meta_list(NvDsBatchMeta* batch_meta, NvDsUserMetaList* meta_list) {
  clear(batch_meta, kBatchUsers, meta_list);
}

void nvds_clear_frame_user_meta_list(NvDsFrameMeta* frame_meta, NvDsUserMetaList* meta_list) {
  clear(frame_meta, kFrameUsers, meta_list);
}

void nvds_clear_obj_user_meta_list(NvDsObjectMeta* object_meta, NvDsUserMetaList* meta_list) {
  clear(object_meta, kObjectUsers, meta_list);
}

// Every element knows its pool; the argument is NVIDIA's.
NvDsMetaList* nvds_clear_meta_list(NvDsBatchMeta* batch_meta, NvDsMetaList* meta_list, NvDsMetaPool*) {
  g_return_val_if_fail(batch_meta != nullptr, meta_list);
  Lock lock(batch_meta);
  release_list(meta_list);
  return nullptr;
}

NvDsFrameMeta* nvds_get_nth_frame_meta(NvDsFrameMetaList* frame_meta_list, guint index) {
  return static_cast<NvDsFrameMeta*>(g_list_nth_data(frame_meta_list, index));
}
