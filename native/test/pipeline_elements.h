// Elements that behave badly, or as a detector would, on request.
#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "gstnvdsmeta.h"
#include "pipeline_fixture.h"

namespace weir::test {

// Holds up whoever passes while it is shut.
class Gate {
 public:
  void shut() { set(false); }
  void open() { set(true); }
  void pass() {
    std::unique_lock lock(mutex_);
    waiting_++;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    waiting_--;
  }
  bool await_waiting(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return waiting_ >= count; });
  }

 private:
  void set(bool open) {
    std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int waiting_ = 0;
};

// Where "weirhang" waits on its way to NULL.
inline Gate& hang_gate() {
  static Gate gate;
  return gate;
}

inline GstStateChangeReturn hang_change_state(GstElement* element, GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_NULL) hang_gate().pass();
  auto* parent = static_cast<GstElementClass*>(g_type_class_peek(GST_TYPE_ELEMENT));
  return parent->change_state(element, change);
}

// How many of these elements there are.
inline std::atomic<int>& hang_count() {
  static std::atomic<int> count = 0;
  return count;
}

inline void hang_finalize(GObject* object) {
  hang_count()--;
  G_OBJECT_CLASS(g_type_class_peek(GST_TYPE_ELEMENT))->finalize(object);
}

// An element that stops when the gate lets it.
inline void register_hang() {
  static const bool done = [] {
    static const GTypeInfo info = {sizeof(GstElementClass),
                                   nullptr,
                                   nullptr,
                                   [](gpointer klass, gpointer) {
                                     auto* element = GST_ELEMENT_CLASS(klass);
                                     element->change_state = hang_change_state;
                                     G_OBJECT_CLASS(klass)->finalize = hang_finalize;
                                     gst_element_class_set_static_metadata(element, "Hang", "Test", "Hangs",
                                                                           "Weir");
                                   },
                                   nullptr,
                                   nullptr,
                                   sizeof(GstElement),
                                   0,
                                   [](GTypeInstance*, gpointer) { hang_count()++; },
                                   nullptr};
    const GType type = g_type_register_static(GST_TYPE_ELEMENT, "WeirTestHang", &info, GTypeFlags(0));
    return gst_element_register(nullptr, "weirhang", GST_RANK_NONE, type) == TRUE;
  }();
  ASSERT_TRUE(done);
}

inline GstFlowReturn see_object(GstBaseTransform*, GstBuffer* buffer) {
  NvDsBatchMeta* batch = gst_buffer_get_nvds_batch_meta(buffer);
  for (GList* item = batch->frame_meta_list; item != nullptr; item = item->next) {
    auto* frame = static_cast<NvDsFrameMeta*>(item->data);
    NvDsObjectMeta* object = nvds_acquire_obj_meta_from_pool(batch);
    object->object_id = UNTRACKED_OBJECT_ID;
    object->confidence = 0.9f;
    object->rect_params.left = object->rect_params.top = 40;
    object->rect_params.width = object->rect_params.height = 60;
    object->detector_bbox_info.org_bbox_coords = {40, 40, 60, 60};
    nvds_add_obj_meta_to_frame(frame, object, nullptr);
    frame->bInferDone = TRUE;
  }
  return GST_FLOW_OK;
}

// Registers an element once that does this to every buffer, which it then passes on.
using Transform = GstFlowReturn (*)(GstBaseTransform*, GstBuffer*);
inline void register_transform(const char* type_name, const char* name, Transform transform) {
  if (g_type_from_name(type_name) != 0) return;
  const GTypeInfo info = {
      sizeof(GstBaseTransformClass),
      nullptr,
      nullptr,
      [](gpointer klass, gpointer transform) {
        static GstStaticPadTemplate sink =
            GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
        static GstStaticPadTemplate src =
            GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
        auto* element = GST_ELEMENT_CLASS(klass);
        gst_element_class_add_static_pad_template(element, &sink);
        gst_element_class_add_static_pad_template(element, &src);
        gst_element_class_set_static_metadata(element, "Transform", "Test", "Looks on", "Weir");
        GST_BASE_TRANSFORM_CLASS(klass)->transform_ip = reinterpret_cast<Transform>(transform);
      },
      nullptr,
      reinterpret_cast<gconstpointer>(transform),
      sizeof(GstBaseTransform),
      0,
      nullptr,
      nullptr};
  const GType type = g_type_register_static(GST_TYPE_BASE_TRANSFORM, type_name, &info, GTypeFlags(0));
  ASSERT_TRUE(gst_element_register(nullptr, name, GST_RANK_NONE, type));
}

// Finds the same object, "weirdetect", in the same place of every picture.
inline void register_detect() { register_transform("WeirTestDetect", "weirdetect", see_object); }

}  // namespace weir::test
