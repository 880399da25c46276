#include <algorithm>
#include <iterator>
#include <memory>
#include <mutex>
#include <vector>

#include "content.h"
#include "pool.h"

namespace weir::standin::meta {
namespace {

struct Batch : NvDsBatchMeta {
  Batch();
  ~Batch() { g_rec_mutex_clear(&meta_mutex); }
  void start(guint max_frames);
  void clear();

  // Frames first: releasing one releases what hangs on it.
  Pool frames{this, NVDS_FRAME_META, sizeof(NvDsFrameMeta), empty_frame};
  Pool objects{this, NVDS_OBJ_META, sizeof(NvDsObjectMeta), empty_object};
  Pool classifiers{this, NVDS_CLASSIFIER_META, sizeof(NvDsClassifierMeta), empty_classifier};
  Pool displays{this, NVDS_DISPLAY_META, sizeof(NvDsDisplayMeta), empty_display};
  Pool users{this, NVDS_USER_META, sizeof(NvDsUserMeta), empty_user};
  Pool labels{this, NVDS_LABEL_INFO_META, sizeof(NvDsLabelInfo), empty_label_info};
};

Batch::Batch() : NvDsBatchMeta{} {
  g_rec_mutex_init(&meta_mutex);
  frame_meta_pool = &frames;
  obj_meta_pool = &objects;
  classifier_meta_pool = &classifiers;
  display_meta_pool = &displays;
  user_meta_pool = &users;
  label_info_meta_pool = &labels;
}

void Batch::start(guint max_frames) {
  base_meta = {this, NVDS_BATCH_META, nullptr, nvds_batch_meta_copy_func, nvds_batch_meta_release_func};
  max_frames_in_batch = max_frames;
}

void Batch::clear() {
  Lock lock(this);
  nvds_clear_frame_meta_list(this, frame_meta_list);
  nvds_clear_batch_user_meta_list(this, batch_user_meta_list);
  // What was acquired and never added, or taken out by hand.
  for (Pool* pool : {&frames, &objects, &classifiers, &displays, &users, &labels}) pool->release_all();
  num_frames_in_batch = 0;
  std::fill(std::begin(misc_batch_info), std::end(misc_batch_info), 0);
  std::fill(std::begin(reserved), std::end(reserved), 0);
}

// Finished batches wait here with their pools, since one is made for every buffer. Sanitizers keep none: they
// are to see metadata used after its buffer, and each batch's lock as a lock of its own.
class Depot {
 public:
  std::unique_ptr<Batch> take() {
    std::lock_guard lock(mutex_);
    if (kept_.empty()) return std::make_unique<Batch>();
    auto batch = std::move(kept_.back());
    kept_.pop_back();
    return batch;
  }

  void give(std::unique_ptr<Batch> batch) {
    std::lock_guard lock(mutex_);
    if (kept_.size() < kMost) kept_.push_back(std::move(batch));
  }

 private:
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static constexpr size_t kMost = 0;
#else
  static constexpr size_t kMost = 8;
#endif
  std::mutex mutex_;
  std::vector<std::unique_ptr<Batch>> kept_;
};

// Never destroyed: streaming threads may outlive static destructors.
Depot& depot() {
  static auto* depot = new Depot;
  return *depot;
}

template <typename Meta>
Meta* acquire(NvDsBatchMeta* batch, NvDsMetaPool* NvDsBatchMeta::*pool) {
  g_return_val_if_fail(batch != nullptr, nullptr);
  Lock lock(batch);
  return static_cast<Meta*>(static_cast<Pool*>(batch->*pool)->acquire());
}

void describe_pool(const char* name, const NvDsMetaPool* pool) {
  g_info("%s: %u elements, %u free, %u in use", name, pool->max_elements_in_pool, pool->num_empty_elements,
         pool->num_full_elements);
}

}  // namespace
}  // namespace weir::standin::meta

using namespace weir::standin::meta;

void nvds_acquire_meta_lock(NvDsBatchMeta* batch_meta) {
  g_return_if_fail(batch_meta != nullptr);
  g_rec_mutex_lock(&batch_meta->meta_mutex);
}

void nvds_release_meta_lock(NvDsBatchMeta* batch_meta) {
  g_return_if_fail(batch_meta != nullptr);
  g_rec_mutex_unlock(&batch_meta->meta_mutex);
}

NvDsBatchMeta* nvds_create_batch_meta(guint max_batch_size) {
  auto batch = depot().take();
  batch->start(max_batch_size);
  return batch.release();
}

gboolean nvds_destroy_batch_meta(NvDsBatchMeta* batch_meta) {
  if (batch_meta == nullptr) return FALSE;
  std::unique_ptr<Batch> batch(static_cast<Batch*>(batch_meta));
  batch->clear();
  depot().give(std::move(batch));
  return TRUE;
}

void nvds_batch_meta_release_func(gpointer data, gpointer) {
  nvds_destroy_batch_meta(static_cast<NvDsBatchMeta*>(data));
}

NvDsFrameMeta* nvds_acquire_frame_meta_from_pool(NvDsBatchMeta* batch_meta) {
  return acquire<NvDsFrameMeta>(batch_meta, &NvDsBatchMeta::frame_meta_pool);
}

NvDsObjectMeta* nvds_acquire_obj_meta_from_pool(NvDsBatchMeta* batch_meta) {
  return acquire<NvDsObjectMeta>(batch_meta, &NvDsBatchMeta::obj_meta_pool);
}

NvDsClassifierMeta* nvds_acquire_classifier_meta_from_pool(NvDsBatchMeta* batch_meta) {
  return acquire<NvDsClassifierMeta>(batch_meta, &NvDsBatchMeta::classifier_meta_pool);
}

NvDsDisplayMeta* nvds_acquire_display_meta_from_pool(NvDsBatchMeta* batch_meta) {
  return acquire<NvDsDisplayMeta>(batch_meta, &NvDsBatchMeta::display_meta_pool);
}

NvDsLabelInfo* nvds_acquire_label_info_meta_from_pool(NvDsBatchMeta* batch_meta) {
  return acquire<NvDsLabelInfo>(batch_meta, &NvDsBatchMeta::label_info_meta_pool);
}

NvDsUserMeta* nvds_acquire_user_meta_from_pool(NvDsBatchMeta* batch_meta) {
  return acquire<NvDsUserMeta>(batch_meta, &NvDsBatchMeta::user_meta_pool);
}

gboolean nvds_get_current_metadata_info(NvDsBatchMeta* batch_meta) {
  if (batch_meta == nullptr) return FALSE;
  Lock lock(batch_meta);
  g_info("batch of %u frames, at most %u", batch_meta->num_frames_in_batch, batch_meta->max_frames_in_batch);
  describe_pool("frames", batch_meta->frame_meta_pool);
  describe_pool("objects", batch_meta->obj_meta_pool);
  describe_pool("classifiers", batch_meta->classifier_meta_pool);
  describe_pool("displays", batch_meta->display_meta_pool);
  describe_pool("users", batch_meta->user_meta_pool);
  describe_pool("labels", batch_meta->label_info_meta_pool);
  return TRUE;
}

NvDsMetaType nvds_get_user_meta_type(gchar* meta_descriptor) {
  g_return_val_if_fail(meta_descriptor != nullptr, NVDS_INVALID_META);
  // Quarks are small, unique per string and process, and never zero.
  return static_cast<NvDsMetaType>(NVDS_START_USER_META + g_quark_from_string(meta_descriptor));
}
