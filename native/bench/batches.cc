#include "bench/batches.h"

#include <cstdio>
#include <new>

#include "bench/wild_object.h"

namespace weir {
namespace {

constexpr uint64_t kFrameNs = 33'333'333;
constexpr uint64_t kStartNs = 1'790'000'000'000'000'000;

void fill(NvDsObjectMeta& object, unsigned number) {
  object.unique_component_id = 1;
  object.class_id = static_cast<int>(number % 3);
  object.object_id = 1000 + number;
  object.confidence = 0.5f + 0.0173f * static_cast<float>(number % 20);
  std::snprintf(object.obj_label, sizeof(object.obj_label), "%s", number % 3 == 0 ? "person" : "car");
}

void place(NvDsObjectMeta& object, int frame) {
  const int n = static_cast<int>(object.object_id);
  object.rect_params.left = static_cast<float>((n * 37 + frame * 3) % 1700) + 0.37f;
  object.rect_params.top = static_cast<float>((n * 53 + frame * 2) % 900) + 0.81f;
  object.rect_params.width = 81.3f;
  object.rect_params.height = 160.9f;
}

}  // namespace

SyntheticBatch::SyntheticBatch(unsigned streams, unsigned objects, std::optional<uint32_t> seed)
    : batch_(nvds_create_batch_meta(streams)) {
  if (seed) wild_.emplace(*seed);
  if (batch_ == nullptr) throw std::bad_alloc();
  for (unsigned stream = 0; stream < streams; stream++) {
    NvDsFrameMeta* frame = nvds_acquire_frame_meta_from_pool(batch_);
    frame->pad_index = stream;
    frame->source_id = stream;
    frame->bInferDone = TRUE;
    frame->source_frame_width = 1920;
    frame->source_frame_height = 1080;
    nvds_add_frame_meta_to_batch(batch_, frame);
    for (unsigned n = 0; n < objects; n++) {
      NvDsObjectMeta* object = nvds_acquire_obj_meta_from_pool(batch_);
      fill(*object, stream * objects + n);
      nvds_add_obj_meta_to_frame(frame, object, nullptr);
    }
  }
  advance();
}

SyntheticBatch::~SyntheticBatch() { nvds_destroy_batch_meta(batch_); }

void SyntheticBatch::advance() {
  number_++;
  each_meta<NvDsFrameMeta>(batch_->frame_meta_list, [this](NvDsFrameMeta& frame) {
    frame.frame_num = number_;
    frame.buf_pts = static_cast<uint64_t>(number_) * kFrameNs;
    frame.ntp_timestamp = kStartNs + frame.buf_pts;
    each_meta<NvDsObjectMeta>(frame.obj_meta_list, [this](NvDsObjectMeta& object) {
      if (wild_)
        make_wild(*wild_, object);
      else
        place(object, number_);
    });
  });
}

}  // namespace weir
