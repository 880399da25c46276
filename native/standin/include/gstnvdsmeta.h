/* The stand-in's GstMeta that carries the batch metadata: names and layout as in DeepStream 9.1, so that one
 * source compiles against either. */
#ifndef GSTNVDSMETA_H
#define GSTNVDSMETA_H

#include <gst/gst.h>

#include "nvdsmeta.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NVDS_META_STRING "nvdsmeta"

typedef enum {
  NVDS_GST_INVALID_META = -1,
  NVDS_BATCH_GST_META = 4097,
  NVDS_DECODER_GST_META,
  NVDS_DEWARPER_GST_META,
  NVDS_BUFFER_GST_AS_FRAME_USER_META,
  NVDS_RESERVED_GST_META = 8192,
  NVDS_GST_META_FORCE32 = 0x7FFFFFFF,
} GstNvDsMetaType;

typedef struct _NvDsMeta {
  GstMeta meta;
  gpointer meta_data;
  gpointer user_data;
  gint meta_type;
  NvDsMetaCopyFunc copyfunc;
  NvDsMetaReleaseFunc freefunc;
  NvDsMetaCopyFunc gst_to_nvds_meta_transform_func;
  NvDsMetaReleaseFunc gst_to_nvds_meta_release_func;
} NvDsMeta;

GType nvds_meta_api_get_type(void);
const GstMetaInfo* nvds_meta_get_info(void);
NvDsMeta* gst_buffer_add_nvds_meta(GstBuffer* buffer, gpointer meta_data, gpointer user_data,
                                   NvDsMetaCopyFunc copy_func, NvDsMetaReleaseFunc release_func);
NvDsMeta* gst_buffer_get_nvds_meta(GstBuffer* buffer);
NvDsBatchMeta* gst_buffer_get_nvds_batch_meta(GstBuffer* buffer);
void nvds_copy_gst_meta_to_frame_meta(GstBuffer* src_gst_buffer, NvDsBatchMeta* batch_meta,
                                      NvDsFrameMeta* frame_meta);

#ifdef __cplusplus
}
#endif

#endif /* GSTNVDSMETA_H */
