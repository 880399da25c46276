#include "pipeline/gst_util.h"

namespace weir {

gulong add_probe(GstPad* pad, int types, Probe probe) {
  return gst_pad_add_probe(
      pad, static_cast<GstPadProbeType>(types),
      [](GstPad*, GstPadProbeInfo* info, gpointer data) { return (*static_cast<Probe*>(data))(info); },
      new Probe(std::move(probe)), [](gpointer data) { delete static_cast<Probe*>(data); });
}

bool has_property(GstElement* element, const char* name) {
  return g_object_class_find_property(G_OBJECT_GET_CLASS(element), name) != nullptr;
}

guint64 unsigned_property(GstElement* element, const char* name) {
  GValue value = G_VALUE_INIT;
  GValue number = G_VALUE_INIT;
  g_object_get_property(G_OBJECT(element), name, &value);
  g_value_init(&number, G_TYPE_UINT64);
  g_value_transform(&value, &number);
  const guint64 result = g_value_get_uint64(&number);
  g_value_unset(&value);
  return result;
}

}  // namespace weir
