// Pools, copies and life cycle of the batch metadata and its GstMeta.
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "gstnvdsmeta.h"

namespace {

struct Destroy {
  void operator()(NvDsBatchMeta* batch) const { nvds_destroy_batch_meta(batch); }
  void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
};
template <typename T>
using Owned = std::unique_ptr<T, Destroy>;

Owned<NvDsBatchMeta> new_batch() { return Owned<NvDsBatchMeta>(nvds_create_batch_meta(4)); }

Owned<NvDsBatchMeta> copy_of(NvDsBatchMeta* batch) {
  return Owned<NvDsBatchMeta>(static_cast<NvDsBatchMeta*>(nvds_batch_meta_copy_func(batch, nullptr)));
}

NvDsFrameMeta* add_frame(NvDsBatchMeta* batch, guint pad = 0) {
  NvDsFrameMeta* frame = nvds_acquire_frame_meta_from_pool(batch);
  frame->pad_index = pad;
  nvds_add_frame_meta_to_batch(batch, frame);
  return frame;
}

NvDsObjectMeta* add_object(NvDsFrameMeta* frame, const char* label, NvDsObjectMeta* parent = nullptr) {
  NvDsObjectMeta* object = nvds_acquire_obj_meta_from_pool(frame->base_meta.batch_meta);
  g_strlcpy(object->obj_label, label, sizeof object->obj_label);
  object->text_params.display_text = g_strdup(label);
  nvds_add_obj_meta_to_frame(frame, object, parent);
  return object;
}

template <typename Meta>
Meta* nth(GList* list, guint n) {
  return static_cast<Meta*>(g_list_nth_data(list, n));
}

NvDsFrameMeta* first_frame(NvDsBatchMeta* batch) { return nth<NvDsFrameMeta>(batch->frame_meta_list, 0); }

// User data that counts its copies and releases.
struct Counts {
  int copied = 0;
  int released = 0;
};

NvDsUserMeta* acquire_counted(NvDsBatchMeta* batch, Counts* counts, const char* text) {
  NvDsUserMeta* user = nvds_acquire_user_meta_from_pool(batch);
  user->user_meta_data = g_strdup(text);
  user->base_meta.meta_type = NVDS_START_USER_META;
  user->base_meta.uContext = counts;
  user->base_meta.copy_func = [](gpointer data, gpointer context) -> gpointer {
    static_cast<Counts*>(context)->copied++;
    return g_strdup(static_cast<char*>(static_cast<NvDsUserMeta*>(data)->user_meta_data));
  };
  user->base_meta.release_func = [](gpointer data, gpointer context) {
    static_cast<Counts*>(context)->released++;
    g_free(static_cast<NvDsUserMeta*>(data)->user_meta_data);
  };
  return user;
}

GstBuffer* buffer_with(NvDsBatchMeta* batch) {
  GstBuffer* buffer = gst_buffer_new();
  NvDsMeta* meta = gst_buffer_add_nvds_meta(buffer, batch, nullptr, nvds_batch_meta_copy_func,
                                            nvds_batch_meta_release_func);
  meta->meta_type = NVDS_BATCH_GST_META;
  return buffer;
}

TEST(MetaPool, GrowsOnDemandAndUsesElementsAgain) {
  auto batch = new_batch();
  NvDsFrameMeta* frame = add_frame(batch.get());
  for (int i = 0; i < 100; i++) add_object(frame, "car");
  const NvDsMetaPool* pool = batch->obj_meta_pool;
  EXPECT_EQ(frame->num_obj_meta, 100u);
  EXPECT_EQ(pool->num_full_elements, 100u);
  EXPECT_EQ(pool->num_full_elements + pool->num_empty_elements, pool->max_elements_in_pool);
  const guint size = pool->max_elements_in_pool;

  for (int round = 0; round < 5; round++) {
    nvds_clear_obj_meta_list(frame, frame->obj_meta_list);
    EXPECT_EQ(pool->num_full_elements, 0u);
    EXPECT_EQ(frame->num_obj_meta, 0u);
    EXPECT_EQ(frame->obj_meta_list, nullptr);
    for (int i = 0; i < 100; i++) add_object(frame, "car");
  }
  EXPECT_EQ(pool->max_elements_in_pool, size);
}

TEST(MetaPool, ElementsComeBackAsNew) {
  auto batch = new_batch();
  NvDsFrameMeta* frame = add_frame(batch.get());
  NvDsObjectMeta* used = add_object(frame, "car");
  used->object_id = 7;
  used->tracker_bbox_info.org_bbox_coords.left = 3;
  used->confidence = 0.5f;
  nvds_remove_obj_meta_from_frame(frame, used);

  NvDsObjectMeta* object = nvds_acquire_obj_meta_from_pool(batch.get());
  EXPECT_EQ(object, used);
  EXPECT_EQ(object->object_id, UNTRACKED_OBJECT_ID);
  EXPECT_EQ(object->tracker_bbox_info.org_bbox_coords.left, 0);
  EXPECT_EQ(object->confidence, 0);
  EXPECT_STREQ(object->obj_label, "");
  EXPECT_EQ(object->text_params.display_text, nullptr);
  EXPECT_EQ(object->base_meta.batch_meta, batch.get());
  EXPECT_EQ(object->base_meta.meta_type, NVDS_OBJ_META);
}

TEST(MetaPool, RemovingTwiceIsReportedAndHarmless) {
  auto batch = new_batch();
  NvDsFrameMeta* frame = add_frame(batch.get());
  NvDsObjectMeta* object = add_object(frame, "car");
  nvds_remove_obj_meta_from_frame(frame, object);
  g_test_expect_message(nullptr, G_LOG_LEVEL_CRITICAL, "*not in its parent's list*");
  nvds_remove_obj_meta_from_frame(frame, object);
  g_test_assert_expected_messages();
  EXPECT_EQ(frame->num_obj_meta, 0u);
  EXPECT_EQ(batch->obj_meta_pool->num_full_elements, 0u);
}

TEST(MetaLists, KeepTheOrderOfAdding) {
  auto batch = new_batch();
  for (guint pad : {2u, 0u, 3u}) add_frame(batch.get(), pad);
  EXPECT_EQ(batch->num_frames_in_batch, 3u);
  EXPECT_EQ(nvds_get_nth_frame_meta(batch->frame_meta_list, 2)->pad_index, 3u);
  EXPECT_EQ(nvds_get_nth_frame_meta(batch->frame_meta_list, 3), nullptr);
  for (const char* label : {"a", "b", "c"}) add_object(first_frame(batch.get()), label);
  EXPECT_STREQ(nth<NvDsObjectMeta>(first_frame(batch.get())->obj_meta_list, 1)->obj_label, "b");
}

TEST(MetaLists, TheEndOfAListCanBeCleared) {
  auto batch = new_batch();
  NvDsFrameMeta* frame = add_frame(batch.get());
  for (const char* label : {"a", "b", "c"}) add_object(frame, label);
  nvds_clear_obj_meta_list(frame, frame->obj_meta_list->next);
  EXPECT_EQ(frame->num_obj_meta, 1u);
  ASSERT_EQ(g_list_length(frame->obj_meta_list), 1u);
  EXPECT_STREQ(nth<NvDsObjectMeta>(frame->obj_meta_list, 0)->obj_label, "a");
}

TEST(MetaLists, RemovingAParentLeavesNoPointerToIt) {
  auto batch = new_batch();
  NvDsFrameMeta* frame = add_frame(batch.get());
  NvDsObjectMeta* car = add_object(frame, "car");
  NvDsObjectMeta* plate = add_object(frame, "plate", car);
  EXPECT_EQ(plate->parent, car);
  nvds_remove_obj_meta_from_frame(frame, car);
  EXPECT_EQ(plate->parent, nullptr);
}

TEST(MetaLists, RemovingAFrameReleasesAllThatHangsOnIt) {
  auto batch = new_batch();
  Counts counts;
  NvDsFrameMeta* frame = add_frame(batch.get());
  NvDsObjectMeta* object = add_object(frame, "car");
  NvDsClassifierMeta* classifier = nvds_acquire_classifier_meta_from_pool(batch.get());
  NvDsLabelInfo* label = nvds_acquire_label_info_meta_from_pool(batch.get());
  label->pResult_label = g_strdup("a label too long for its array");
  nvds_add_label_info_meta_to_classifier(classifier, label);
  EXPECT_EQ(classifier->num_labels, 1u);
  nvds_add_classifier_meta_to_object(object, classifier);
  NvDsDisplayMeta* display = nvds_acquire_display_meta_from_pool(batch.get());
  display->text_params[0].display_text = g_strdup("text");
  display->num_labels = 1;
  nvds_add_display_meta_to_frame(frame, display);
  nvds_add_user_meta_to_frame(frame, acquire_counted(batch.get(), &counts, "frame"));
  nvds_add_user_meta_to_obj(object, acquire_counted(batch.get(), &counts, "object"));

  nvds_remove_frame_meta_from_batch(batch.get(), frame);
  EXPECT_EQ(counts.released, 2);
  EXPECT_EQ(batch->num_frames_in_batch, 0u);
  for (const NvDsMetaPool* pool :
       {batch->frame_meta_pool, batch->obj_meta_pool, batch->classifier_meta_pool, batch->display_meta_pool,
        batch->user_meta_pool, batch->label_info_meta_pool})
    EXPECT_EQ(pool->num_full_elements, 0u) << pool->meta_type;
}

TEST(MetaUser, WhatIsOnlyAcquiredIsReleasedWithTheBatch) {
  Counts counts;
  {
    auto batch = new_batch();
    acquire_counted(batch.get(), &counts, "never added");
    nvds_add_user_meta_to_batch(batch.get(), acquire_counted(batch.get(), &counts, "batch"));
  }
  EXPECT_EQ(counts.released, 2);
}

TEST(MetaUser, TypesAreStablePerDescriptor) {
  gchar first[] = "TEST.ONE", second[] = "TEST.TWO", again[] = "TEST.ONE";
  const NvDsMetaType type = nvds_get_user_meta_type(first);
  EXPECT_GT(type, NVDS_START_USER_META);
  EXPECT_EQ(nvds_get_user_meta_type(again), type);
  EXPECT_NE(nvds_get_user_meta_type(second), type);
}

TEST(MetaCopy, IsIndependentOfItsSource) {
  auto source = new_batch();
  source->misc_batch_info[1] = 11;
  NvDsFrameMeta* frame = add_frame(source.get(), 3);
  frame->frame_num = 42;
  NvDsObjectMeta* object = add_object(frame, "car");
  object->mask_params.size = 4 * sizeof(float);
  object->mask_params.data = g_new0(float, 4);
  object->mask_params.data[2] = 0.25f;
  auto copy = copy_of(source.get());
  source.reset();

  EXPECT_EQ(copy->misc_batch_info[1], 11);
  ASSERT_EQ(copy->num_frames_in_batch, 1u);
  NvDsFrameMeta* copied_frame = first_frame(copy.get());
  EXPECT_EQ(copied_frame->pad_index, 3u);
  EXPECT_EQ(copied_frame->frame_num, 42);
  EXPECT_EQ(copied_frame->base_meta.batch_meta, copy.get());
  ASSERT_EQ(copied_frame->num_obj_meta, 1u);
  auto* copied = nth<NvDsObjectMeta>(copied_frame->obj_meta_list, 0);
  EXPECT_STREQ(copied->text_params.display_text, "car");
  EXPECT_EQ(copied->mask_params.data[2], 0.25f);
}

TEST(MetaCopy, ParentsAreTheCopiedObjects) {
  auto source = new_batch();
  NvDsFrameMeta* frame = add_frame(source.get());
  // The child stands before its parent, as after a tracker has rebuilt the list.
  NvDsObjectMeta* plate = add_object(frame, "plate");
  plate->parent = add_object(frame, "car");
  auto copy = copy_of(source.get());
  GList* objects = first_frame(copy.get())->obj_meta_list;
  EXPECT_EQ(nth<NvDsObjectMeta>(objects, 0)->parent, nth<NvDsObjectMeta>(objects, 1));
  EXPECT_EQ(nth<NvDsObjectMeta>(objects, 1)->parent, nullptr);
}

TEST(MetaCopy, CopiesClassifiersDisplaysAndUserMetadata) {
  Counts counts;
  auto source = new_batch();
  NvDsFrameMeta* frame = add_frame(source.get());
  NvDsObjectMeta* object = add_object(frame, "car");
  NvDsClassifierMeta* classifier = nvds_acquire_classifier_meta_from_pool(source.get());
  NvDsLabelInfo* label = nvds_acquire_label_info_meta_from_pool(source.get());
  g_strlcpy(label->result_label, "red", sizeof label->result_label);
  nvds_add_label_info_meta_to_classifier(classifier, label);
  nvds_add_classifier_meta_to_object(object, classifier);
  NvDsDisplayMeta* display = nvds_acquire_display_meta_from_pool(source.get());
  display->text_params[0].display_text = g_strdup("hello");
  nvds_add_display_meta_to_frame(frame, display);
  nvds_add_user_meta_to_obj(object, acquire_counted(source.get(), &counts, "on the object"));
  nvds_add_user_meta_to_frame(frame, acquire_counted(source.get(), &counts, "on the frame"));
  nvds_add_user_meta_to_batch(source.get(), acquire_counted(source.get(), &counts, "on the batch"));
  auto copy = copy_of(source.get());
  source.reset();
  EXPECT_EQ(counts.copied, 3);
  EXPECT_EQ(counts.released, 3);

  auto* copied = nth<NvDsObjectMeta>(first_frame(copy.get())->obj_meta_list, 0);
  auto* copied_classifier = nth<NvDsClassifierMeta>(copied->classifier_meta_list, 0);
  EXPECT_EQ(copied_classifier->num_labels, 1u);
  EXPECT_STREQ(nth<NvDsLabelInfo>(copied_classifier->label_info_list, 0)->result_label, "red");
  auto* copied_display = nth<NvDsDisplayMeta>(first_frame(copy.get())->display_meta_list, 0);
  EXPECT_STREQ(copied_display->text_params[0].display_text, "hello");
  auto* copied_user = nth<NvDsUserMeta>(copied->obj_user_meta_list, 0);
  EXPECT_STREQ(static_cast<char*>(copied_user->user_meta_data), "on the object");
  EXPECT_EQ(copied_user->base_meta.meta_type, NVDS_START_USER_META);
  copy.reset();
  EXPECT_EQ(counts.released, 6);
}

TEST(MetaCopy, OwnedUserDataWithoutCopyFunctionStaysBehind) {
  Counts counts;
  auto source = new_batch();
  NvDsUserMeta* user = acquire_counted(source.get(), &counts, "cannot be copied");
  user->base_meta.copy_func = nullptr;
  nvds_add_user_meta_to_batch(source.get(), user);
  auto copy = copy_of(source.get());
  EXPECT_EQ(copy->batch_user_meta_list, nullptr);
  copy.reset();
  EXPECT_EQ(counts.released, 0);
}

TEST(GstMeta, IsFoundAndFreedWithTheBuffer) {
  Counts counts;
  NvDsBatchMeta* batch = nvds_create_batch_meta(1);
  nvds_add_user_meta_to_batch(batch, acquire_counted(batch, &counts, "data"));
  Owned<GstBuffer> buffer(buffer_with(batch));
  EXPECT_EQ(gst_buffer_get_nvds_batch_meta(buffer.get()), batch);
  buffer.reset();
  EXPECT_EQ(counts.released, 1);
}

TEST(GstMeta, ABufferWithoutBatchHasNone) {
  Owned<GstBuffer> buffer(gst_buffer_new());
  EXPECT_EQ(gst_buffer_get_nvds_batch_meta(buffer.get()), nullptr);
  NvDsMeta* other = gst_buffer_add_nvds_meta(buffer.get(), nullptr, nullptr, nullptr, nullptr);
  other->meta_type = NVDS_DECODER_GST_META;
  EXPECT_EQ(gst_buffer_get_nvds_meta(buffer.get()), other);
  EXPECT_EQ(gst_buffer_get_nvds_batch_meta(buffer.get()), nullptr);
}

TEST(GstMeta, CopyingABufferCopiesTheBatch) {
  Counts counts;
  NvDsBatchMeta* batch = nvds_create_batch_meta(1);
  add_object(add_frame(batch), "car");
  nvds_add_user_meta_to_batch(batch, acquire_counted(batch, &counts, "data"));
  Owned<GstBuffer> buffer(buffer_with(batch));
  Owned<GstBuffer> copy(gst_buffer_copy(buffer.get()));
  buffer.reset();
  EXPECT_EQ(counts.copied, 1);
  EXPECT_EQ(counts.released, 1);

  NvDsBatchMeta* copied = gst_buffer_get_nvds_batch_meta(copy.get());
  ASSERT_NE(copied, nullptr);
  EXPECT_NE(copied, batch);
  EXPECT_STREQ(nth<NvDsObjectMeta>(first_frame(copied)->obj_meta_list, 0)->obj_label, "car");
  copy.reset();
  EXPECT_EQ(counts.released, 2);
}

TEST(GstMeta, ADecodersMetadataBecomesUserMetadataOfTheFrame) {
  Owned<GstBuffer> buffer(gst_buffer_new());
  const NvDsMetaReleaseFunc free_data = [](gpointer data, gpointer) { g_free(data); };
  NvDsMeta* meta = gst_buffer_add_nvds_meta(buffer.get(), g_strdup("decoded"), nullptr, nullptr, free_data);
  meta->meta_type = NVDS_DECODER_GST_META;
  meta->gst_to_nvds_meta_transform_func = [](gpointer data, gpointer) -> gpointer {
    return g_strdup(static_cast<char*>(static_cast<NvDsUserMeta*>(data)->user_meta_data));
  };
  meta->gst_to_nvds_meta_release_func = [](gpointer data, gpointer) {
    g_free(static_cast<NvDsUserMeta*>(data)->user_meta_data);
  };
  auto batch = new_batch();
  NvDsFrameMeta* frame = add_frame(batch.get());
  nvds_copy_gst_meta_to_frame_meta(buffer.get(), batch.get(), frame);
  buffer.reset();
  auto copy = copy_of(batch.get());
  batch.reset();
  auto* user = nth<NvDsUserMeta>(first_frame(copy.get())->frame_user_meta_list, 0);
  ASSERT_NE(user, nullptr);
  EXPECT_STREQ(static_cast<char*>(user->user_meta_data), "decoded");
  EXPECT_EQ(static_cast<int>(user->base_meta.meta_type), static_cast<int>(NVDS_DECODER_GST_META));
}

TEST(MetaThreads, FillOneBatchUnderTheLock) {
  constexpr int kObjects = 2000;
  auto batch = new_batch();
  NvDsFrameMeta* frame = add_frame(batch.get());
  auto work = [&] {
    for (int i = 0; i < kObjects; i++) {
      nvds_acquire_meta_lock(batch.get());
      NvDsObjectMeta* kept = add_object(frame, "kept");
      nvds_remove_obj_meta_from_frame(frame, add_object(frame, "removed"));
      if (i % 100 != 0) nvds_remove_obj_meta_from_frame(frame, kept);
      nvds_release_meta_lock(batch.get());
    }
  };
  std::thread first(work), second(work);
  first.join();
  second.join();
  EXPECT_EQ(frame->num_obj_meta, 2u * kObjects / 100);
  EXPECT_EQ(g_list_length(frame->obj_meta_list), frame->num_obj_meta);
  EXPECT_EQ(batch->obj_meta_pool->num_full_elements, frame->num_obj_meta);
}

TEST(MetaThreads, CopyOneBatchAtTheSameTime) {
  auto source = new_batch();
  NvDsFrameMeta* frame = add_frame(source.get());
  NvDsObjectMeta* car = add_object(frame, "car");
  for (int i = 0; i < 50; i++) add_object(frame, "plate", car);
  auto work = [&] {
    for (int i = 0; i < 200; i++) {
      auto copy = copy_of(source.get());
      GList* objects = first_frame(copy.get())->obj_meta_list;
      for (GList* link = objects->next; link != nullptr; link = link->next)
        ASSERT_EQ(static_cast<NvDsObjectMeta*>(link->data)->parent, objects->data);
    }
  };
  std::thread first(work), second(work);
  first.join();
  second.join();
}

}  // namespace
