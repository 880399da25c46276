// Labels as a format writes them, made once per class.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "nvdsmeta.h"

namespace weir {

// The text of a field that need not end in a zero byte.
std::string_view text_of(const char (&field)[MAX_LABEL_SIZE]);

class LabelCache {
 public:
  using Make = std::string (*)(std::string_view label);
  explicit LabelCache(Make make) : make_(make) {}

  // What `make` returned for the object's label. Valid until the next call.
  std::string_view of(const NvDsObjectMeta& object);

 private:
  struct Label {
    bool known = false;
    std::string raw;
    std::string made;
  };
  const Make make_;
  std::map<std::pair<int, int>, Label> labels_;  // by component and class
};

}  // namespace weir
