#include "bench/wild_object.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string_view>

namespace weir {
namespace {

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

}  // namespace

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

}  // namespace weir
