#include "metadata/label_cache.h"

#include <cstring>

namespace weir {
namespace {

constexpr size_t kMaxLabels = 4096;

}  // namespace

std::string_view text_of(const char (&field)[MAX_LABEL_SIZE]) {
  return {field, strnlen(field, sizeof(field))};
}

std::string_view LabelCache::of(const NvDsObjectMeta& object) {
  const std::string_view raw = text_of(object.obj_label);
  if (labels_.size() > kMaxLabels) labels_.clear();
  Label& label = labels_[{object.unique_component_id, object.class_id}];
  if (!label.known || label.raw != raw) label = {true, std::string(raw), make_(raw)};
  return label.made;
}

}  // namespace weir
