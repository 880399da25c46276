// Only nv-stream-eos and its field are known of NVIDIA's structures; the others follow its pattern. Nothing
// outside this file may read them but through these functions.
#include "gst-nvevent.h"

namespace {

constexpr const char* kSource = "source-id";
constexpr const char* kSegment = "segment";
constexpr const char* kStream = "stream-id";

GstEvent* new_event(GstNvEventType type, GstStructure* structure) {
  return gst_event_new_custom(static_cast<GstEventType>(type), structure);
}

GstEvent* new_source_event(GstNvEventType type, const char* name, guint source_id) {
  return new_event(type, gst_structure_new(name, kSource, G_TYPE_UINT, source_id, nullptr));
}

const GstStructure* structure_of(GstEvent* event, GstNvEventType type) {
  if (!GST_IS_EVENT(event) || static_cast<guint>(GST_EVENT_TYPE(event)) != static_cast<guint>(type))
    return nullptr;
  return gst_event_get_structure(event);
}

const GstStructure* parse_source(GstEvent* event, GstNvEventType type, guint* source_id) {
  const GstStructure* structure = structure_of(event, type);
  g_return_val_if_fail(structure != nullptr, nullptr);
  if (source_id != nullptr) gst_structure_get_uint(structure, kSource, source_id);
  return structure;
}

}  // namespace

GstEvent* gst_nvevent_new_pad_added(guint source_id) {
  return new_source_event(GST_NVEVENT_PAD_ADDED, "nv-pad-added", source_id);
}

GstEvent* gst_nvevent_new_pad_deleted(guint source_id) {
  return new_source_event(GST_NVEVENT_PAD_DELETED, "nv-pad-deleted", source_id);
}

GstEvent* gst_nvevent_new_stream_eos(guint source_id) {
  return new_source_event(GST_NVEVENT_STREAM_EOS, "nv-stream-eos", source_id);
}

GstEvent* gst_nvevent_new_stream_reset(guint source_id) {
  return new_source_event(GST_NVEVENT_STREAM_RESET, "nv-stream-reset", source_id);
}

GstEvent* gst_nvevent_new_stream_segment(guint source_id, GstSegment* segment) {
  g_return_val_if_fail(segment != nullptr, nullptr);
  return new_event(GST_NVEVENT_STREAM_SEGMENT,
                   gst_structure_new("nv-stream-segment", kSource, G_TYPE_UINT, source_id, kSegment,
                                     GST_TYPE_SEGMENT, segment, nullptr));
}

GstEvent* gst_nvevent_new_stream_start(guint source_id, gchar* stream_id) {
  return new_event(GST_NVEVENT_STREAM_START,
                   gst_structure_new("nv-stream-start", kSource, G_TYPE_UINT, source_id, kStream,
                                     G_TYPE_STRING, stream_id, nullptr));
}

// Fields by the names that open NVIDIA code reads. The frame rate is that of the caps' structure.
GstEvent* gst_nvevent_new_update_caps(guint pad_id, guint width_val, guint height_val, GstStructure* caps_str,
                                      gchar* stream_id_str, gboolean is_audio) {
  GstStructure* structure = gst_structure_new("nv-update-caps", kStream, G_TYPE_UINT, pad_id, "width-val",
                                              G_TYPE_UINT, width_val, "height-val", G_TYPE_UINT, height_val,
                                              "stream-id-str", G_TYPE_STRING, stream_id_str, nullptr);
  const GValue* rate =
      caps_str == nullptr || is_audio ? nullptr : gst_structure_get_value(caps_str, "framerate");
  if (rate != nullptr) gst_structure_set_value(structure, "frame-rate", rate);
  return new_event(GST_NVEVENT_UPDATE_CAPS, structure);
}

void gst_nvevent_parse_pad_added(GstEvent* event, guint* source_id) {
  parse_source(event, GST_NVEVENT_PAD_ADDED, source_id);
}

void gst_nvevent_parse_pad_deleted(GstEvent* event, guint* source_id) {
  parse_source(event, GST_NVEVENT_PAD_DELETED, source_id);
}

void gst_nvevent_parse_stream_eos(GstEvent* event, guint* source_id) {
  parse_source(event, GST_NVEVENT_STREAM_EOS, source_id);
}

void gst_nvevent_parse_stream_reset(GstEvent* event, guint* source_id) {
  parse_source(event, GST_NVEVENT_STREAM_RESET, source_id);
}

// The segment belongs to the event.
void gst_nvevent_parse_stream_segment(GstEvent* event, guint* source_id, GstSegment** segment) {
  const GstStructure* structure = parse_source(event, GST_NVEVENT_STREAM_SEGMENT, source_id);
  if (structure == nullptr || segment == nullptr) return;
  *segment = static_cast<GstSegment*>(g_value_get_boxed(gst_structure_get_value(structure, kSegment)));
}

// The string belongs to the event.
void gst_nvevent_parse_stream_start(GstEvent* event, guint* source_id, gchar** stream_id) {
  const GstStructure* structure = parse_source(event, GST_NVEVENT_STREAM_START, source_id);
  if (structure == nullptr || stream_id == nullptr) return;
  *stream_id = const_cast<gchar*>(gst_structure_get_string(structure, kStream));
}
