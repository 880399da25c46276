/* The stand-in's stream events: names and layout as in DeepStream 9.1, so that one source compiles against
 * either. */
#ifndef GST_NVEVENT_H
#define GST_NVEVENT_H

#include <gst/gst.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  GST_NVEVENT_PAD_ADDED = 102430,
  GST_NVEVENT_PAD_DELETED = 102686,
  GST_NVEVENT_STREAM_EOS = 102942,
  GST_NVEVENT_STREAM_SEGMENT = 103198,
  GST_NVEVENT_STREAM_RESET = 103454,
  GST_NVEVENT_STREAM_START = 103710,
  GST_NVEVENT_UPDATE_CAPS = 103966,
} GstNvEventType;

typedef enum {
  GST_NVEVENT_ROI_UPDATE = 103942,
  GST_NVEVENT_INFER_INTERVAL_UPDATE = 104198,
  GST_NVEVENT_OSD_PROCESS_MODE_UPDATE = 104454,
  GST_NVEVENT_ANALYTICS_RELOAD_CONFIG_UPDATE = 104710,
  GST_NVEVENT_NVTRACKER_CONFIG_UPDATE = 104966,
} GstNvDsCustomEventType;
GstEvent* gst_nvevent_new_pad_added(guint source_id);
GstEvent* gst_nvevent_new_pad_deleted(guint source_id);
GstEvent* gst_nvevent_new_stream_eos(guint source_id);
GstEvent* gst_nvevent_new_stream_segment(guint source_id, GstSegment* segment);
GstEvent* gst_nvevent_new_stream_reset(guint source_id);
GstEvent* gst_nvevent_new_update_caps(guint pad_id, guint width_val, guint height_val, GstStructure* caps_str,
                                      gchar* stream_id_str, gboolean is_audio);
void gst_nvevent_parse_pad_added(GstEvent* event, guint* source_id);
void gst_nvevent_parse_pad_deleted(GstEvent* event, guint* source_id);
void gst_nvevent_parse_stream_eos(GstEvent* event, guint* source_id);
void gst_nvevent_parse_stream_segment(GstEvent* event, guint* source_id, GstSegment** segment);
void gst_nvevent_parse_stream_reset(GstEvent* event, guint* source_id);
GstEvent* gst_nvevent_new_stream_start(guint source_id, gchar* stream_id);
void gst_nvevent_parse_stream_start(GstEvent* event, guint* source_id, gchar** stream_id);

#ifdef __cplusplus
}
#endif

#endif /* GST_NVEVENT_H */
