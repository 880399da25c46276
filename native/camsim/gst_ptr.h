#pragma once

#include <gst/gst.h>

#include <memory>

namespace camsim {

struct GstDeleter {
  void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GError* error) const { g_error_free(error); }
  void operator()(gchar* text) const { g_free(text); }
  template <typename Object>
  void operator()(Object* object) const {
    gst_object_unref(object);
  }
};

/** Owns one reference to a GStreamer object, buffer, caps, error or string. */
template <typename T>
using GstPtr = std::unique_ptr<T, GstDeleter>;

struct GObjectDeleter {
  void operator()(gpointer object) const { g_object_unref(object); }
};

/** Owns one reference to what is a GObject but no GstObject. */
template <typename T>
using GObjectPtr = std::unique_ptr<T, GObjectDeleter>;

}  // namespace camsim
