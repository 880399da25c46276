#include "bench/batches.h"

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <new>
#include <string_view>

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

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kLargest = std::numeric_limits<float>::max();
constexpr float kSmallest = std::numeric_limits<float>::denorm_min();

template <class Value>
Value one_of(std::mt19937& random, std::initializer_list<Value> values) {
  return *std::next(values.begin(), random() % values.size());
}

float between(std::mt19937& random, float least, float most) {
  return std::uniform_real_distribution<float>(least, most)(random);
}

// Mostly what fits into a picture of that size.
float wild_length(std::mt19937& random, float size) {
  if (random() % 4 != 0) return between(random, -size / 4, size);
  return one_of(random, {0.0f, -0.0f, 0.004f, 0.005f, 1e-7f, kSmallest, size, 1e9f, kLargest, -kLargest, kNan,
                         kInfinity, -kInfinity});
}

void wild_label(std::mt19937& random, char (&label)[MAX_LABEL_SIZE]) {
  static constexpr std::string_view kPieces[] = {"person",
                                                 "a b",
                                                 "\"",
                                                 "\\",
                                                 "|",
                                                 "\n",
                                                 "\x1b[31m",
                                                 "\x7f",
                                                 "\xc3\xa4",
                                                 "\xe2\x80\xa8",
                                                 "\xf0\x9f\x9a\x97",
                                                 "\xff",
                                                 "\xc3",
                                                 "\xed\xa0\x80",
                                                 "</"};
  std::string_view::size_type end = 0;
  for (unsigned pieces = random() % 40; pieces > 0; pieces--) {
    const std::string_view piece = kPieces[random() % std::size(kPieces)];
    const size_t length = std::min(piece.size(), sizeof(label) - 1 - end);
    end += piece.copy(label + end, length);
  }
  label[end] = 0;
}

void make_wild(std::mt19937& random, NvDsObjectMeta& object) {
  object.unique_component_id = static_cast<int>(random() % 3);
  object.class_id =
      one_of<int>(random, {0, 1, 79, -1, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()});
  object.object_id = one_of<uint64_t>(
      random, {0, 1, UNTRACKED_OBJECT_ID, UNTRACKED_OBJECT_ID - 1, uint64_t{random()} << 32 | random()});
  object.confidence =
      random() % 3 != 0
          ? between(random, 0, 1)
          : one_of(random, {0.0f, -0.1f, 1.0f, 1e-9f, kSmallest, kLargest, -kLargest, kNan, kInfinity});
  wild_label(random, object.obj_label);
  object.rect_params.left = wild_length(random, 1920);
  object.rect_params.top = wild_length(random, 1080);
  object.rect_params.width = wild_length(random, 1920);
  object.rect_params.height = wild_length(random, 1080);
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
