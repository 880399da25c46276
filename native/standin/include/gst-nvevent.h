/* The stand-in's stream events: names and layout as in DeepStream 9.1, so that one source compiles against
 * either. */
#ifndef GST_NVEVENT_H
#define GST_NVEVENT_H

#include <gst/gst.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GST_NVEVENT_FLAGS                                                          \
  (GST_EVENT_TYPE_DOWNSTREAM | GST_EVENT_TYPE_SERIALIZED | GST_EVENT_TYPE_STICKY | \
   GST_EVENT_TYPE_STICKY_MULTI)

typedef enum {
  GST_NVEVENT_PAD_ADDED = GST_EVENT_MAKE_TYPE(400, GST_NVEVENT_FLAGS),
  GST_NVEVENT_PAD_DELETED = GST_EVENT_MAKE_TYPE(401, GST_NVEVENT_FLAGS),
  GST_NVEVENT_STREAM_EOS = GST_EVENT_MAKE_TYPE(402, GST_NVEVENT_FLAGS),
  GST_NVEVENT_STREAM_SEGMENT = GST_EVENT_MAKE_TYPE(403, GST_NVEVENT_FLAGS),
  GST_NVEVENT_STREAM_RESET = GST_EVENT_MAKE_TYPE(404, GST_NVEVENT_FLAGS),
  GST_NVEVENT_STREAM_START = GST_EVENT_MAKE_TYPE(405, GST_NVEVENT_FLAGS),
  GST_NVEVENT_UPDATE_CAPS = GST_EVENT_MAKE_TYPE(406, GST_NVEVENT_FLAGS),
} GstNvEventType;

GstEvent* gst_nvevent_new_pad_added(guint source_id);
GstEvent* gst_nvevent_new_pad_deleted(guint source_id);
GstEvent* gst_nvevent_new_stream_eos(guint source_id);
GstEvent* gst_nvevent_new_stream_segment(guint source_id, GstSegment* segment);
GstEvent* gst_nvevent_new_stream_reset(guint source_id);
GstEvent* gst_nvevent_new_stream_start(guint source_id, gchar* stream_id);
GstEvent* gst_nvevent_new_update_caps(guint pad_id, guint width_val, guint height_val, GstStructure* caps_str,
                                      gchar* stream_id_str, gboolean is_audio);

/* Segments and strings that come out belong to the event. */
void gst_nvevent_parse_pad_added(GstEvent* event, guint* source_id);
void gst_nvevent_parse_pad_deleted(GstEvent* event, guint* source_id);
void gst_nvevent_parse_stream_eos(GstEvent* event, guint* source_id);
void gst_nvevent_parse_stream_segment(GstEvent* event, guint* source_id, GstSegment** segment);
void gst_nvevent_parse_stream_reset(GstEvent* event, guint* source_id);
void gst_nvevent_parse_stream_start(GstEvent* event, guint* source_id, gchar** stream_id);

#ifdef __cplusplus
}
#endif

#endif /* GST_NVEVENT_H */
