// A frame and its objects without NVIDIA's pools.
#pragma once

#include <cstdio>
#include <string_view>

#include "metadata/message.h"

namespace weir {

inline constexpr FrameTime kTime{.ns = 1'795'374'000'123'456'789, .from_camera = false};
inline constexpr int64_t kNow = 5'000'000'000;

class FrameBuilder {
 public:
  FrameBuilder() {
    frame_.pad_index = 0;
    frame_.frame_num = 42;
    frame_.buf_pts = 1'400'000'000;
    frame_.source_frame_width = 768;
    frame_.source_frame_height = 576;
    frame_.bInferDone = TRUE;
  }
  ~FrameBuilder() {
    g_list_free_full(frame_.obj_meta_list, [](gpointer o) { delete static_cast<NvDsObjectMeta*>(o); });
  }
  FrameBuilder(const FrameBuilder&) = delete;
  FrameBuilder& operator=(const FrameBuilder&) = delete;

  NvDsObjectMeta& add(float left, float top, float width, float height) {
    auto* object = new NvDsObjectMeta{};
    object->object_id = UNTRACKED_OBJECT_ID;
    object->confidence = 0.5f;
    object->rect_params.left = left;
    object->rect_params.top = top;
    object->rect_params.width = width;
    object->rect_params.height = height;
    set_label(*object, "person");
    frame_.obj_meta_list = g_list_append(frame_.obj_meta_list, object);
    return *object;
  }
  static void set_label(NvDsObjectMeta& object, std::string_view label) {
    std::snprintf(object.obj_label, sizeof(object.obj_label), "%.*s", static_cast<int>(label.size()),
                  label.data());
  }
  NvDsFrameMeta* operator->() { return &frame_; }
  const NvDsFrameMeta& get() const { return frame_; }

 private:
  NvDsFrameMeta frame_{};
};

}  // namespace weir
