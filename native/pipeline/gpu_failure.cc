#include "pipeline/gpu_failure.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "pipeline/gst_util.h"
#include "pipeline/lower_case.h"

namespace weir {
namespace {

// In lower case; all of a row must be there. A decoder that cannot be made for a stream is no such failure,
// one too many is. `nvmm` alone is in every caps.
constexpr std::string_view kWords[][2] = {
    {"cudaerror", ""},
    {"cuda_error", ""},
    {"cuda error", ""},
    {"cuda err_", ""},
    {"cuda failure", ""},
    {"cuda", "fail"},
    {"cuda", "out of memory"},
    {"illegal memory access", ""},
    {"nvbufsurf", ""},
    {"nvmm", "alloc"},
    {"nvmm", "map"},
    {"out of decoder", ""},
    {"no free decoder", ""},
    {"too many", "decoder"},
    {"maximum number", "decoder"},
    {"insufficient", "decoder"},
};

// Words of element classes.
constexpr const char* kRepeating[] = {"Network", "Source", "Demuxer", "Parser"};

bool repeats(GstObject* object) {
  if (!GST_IS_ELEMENT(object)) return false;
  const char* klass =
      gst_element_class_get_metadata(GST_ELEMENT_GET_CLASS(object), GST_ELEMENT_METADATA_KLASS);
  const std::string_view text = klass != nullptr ? klass : "";
  return std::any_of(std::begin(kRepeating), std::end(kRepeating),
                     [text](const char* word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

bool is_gpu_failure(std::string_view words) {
  const std::string text = lower_case(words);
  return std::any_of(std::begin(kWords), std::end(kWords), [&text](const auto& row) {
    return text.find(row[0]) != std::string::npos && text.find(row[1]) != std::string::npos;
  });
}

// What is in an rtspsrc speaks for the camera as well.
bool speaks_for_itself(GstObject* element) {
  GstObject* object = element != nullptr ? GST_OBJECT(gst_object_ref(element)) : nullptr;
  bool itself = object != nullptr;
  while (object != nullptr) {
    itself = itself && !repeats(object);
    GstObject* parent = gst_object_get_parent(object);
    gst_object_unref(object);
    object = parent;
  }
  return itself;
}

}  // namespace weir
