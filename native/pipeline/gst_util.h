// Ownership of GStreamer objects and of what callbacks are given; pad probes as functions.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace weir {

struct GstObjectUnref {
  void operator()(gpointer object) const { gst_object_unref(object); }
};
using ElementPtr = std::unique_ptr<GstElement, GstObjectUnref>;
using PadPtr = std::unique_ptr<GstPad, GstObjectUnref>;

struct CapsUnref {
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
};
using CapsPtr = std::unique_ptr<GstCaps, CapsUnref>;

inline GstElement* ref(GstElement* element) { return GST_ELEMENT(gst_object_ref(element)); }
inline std::shared_ptr<GstElement> share(GstElement* element) { return {ref(element), GstObjectUnref()}; }

// `callback` gets a pointer to `data`, which lives as long as the connection. Nothing happens where the
// element has no such signal.
template <class Data>
void connect_signal(GstElement* element, const char* signal, GCallback callback, Data data) {
  if (g_signal_lookup(signal, G_OBJECT_TYPE(element)) == 0) return;
  g_signal_connect_data(
      element, signal, callback, new Data(std::move(data)),
      [](gpointer owned, GClosure*) { delete static_cast<Data*>(owned); }, GConnectFlags(0));
}

using Probe = std::function<GstPadProbeReturn(GstPadProbeInfo*)>;
// The probe lives as long as the pad, or until it returns GST_PAD_PROBE_REMOVE.
gulong add_probe(GstPad* pad, int types, Probe probe);

// Buffers of a probe's data, be it one or a list.
template <class Each>
void each_buffer(GstPadProbeInfo* info, Each each) {
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList* list = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
    for (guint i = 0; i < gst_buffer_list_length(list); i++) each(gst_buffer_list_get(list, i));
  } else if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    each(GST_PAD_PROBE_INFO_BUFFER(info));
  }
}

bool has_property(GstElement* element, const char* name);
guint64 unsigned_property(GstElement* element, const char* name);

}  // namespace weir
