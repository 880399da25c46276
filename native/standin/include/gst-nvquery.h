/* The stand-in's pipeline queries: names and layout as in DeepStream 9.1, so that one source compiles against
 * either. */
#ifndef GST_NVQUERY_H
#define GST_NVQUERY_H

#include <gst/gst.h>

#ifdef __cplusplus
extern "C" {
#endif

GstQuery* gst_nvquery_batch_size_new(void);
gboolean gst_nvquery_is_batch_size(GstQuery* query);
void gst_nvquery_batch_size_set(GstQuery* query, guint batch_size);
gboolean gst_nvquery_batch_size_parse(GstQuery* query, guint* batch_size);
GstQuery* gst_nvquery_numStreams_size_new(void);
gboolean gst_nvquery_is_numStreams_size(GstQuery* query);
void gst_nvquery_numStreams_size_set(GstQuery* query, guint numStreams_size);
gboolean gst_nvquery_numStreams_size_parse(GstQuery* query, guint* numStreams_size);

#ifdef __cplusplus
}
#endif

#endif /* GST_NVQUERY_H */
