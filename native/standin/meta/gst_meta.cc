#include "gstnvdsmeta.h"

namespace {

NvDsMeta* as_nvds(GstMeta* meta) { return reinterpret_cast<NvDsMeta*>(meta); }

gboolean init(GstMeta* meta, gpointer, GstBuffer*) {
  NvDsMeta* nvds = as_nvds(meta);
  const GstMeta header = nvds->meta;
  *nvds = {};
  nvds->meta = header;
  nvds->meta_type = NVDS_GST_INVALID_META;
  return TRUE;
}

void release(GstMeta* meta, GstBuffer*) {
  NvDsMeta* nvds = as_nvds(meta);
  if (nvds->freefunc != nullptr && nvds->meta_data != nullptr)
    nvds->freefunc(nvds->meta_data, nvds->user_data);
  nvds->meta_data = nullptr;
}

// Metadata that owns its data but says not how to copy it stays behind.
gboolean transform(GstBuffer* dest, GstMeta* meta, GstBuffer*, GQuark type, gpointer) {
  if (!GST_META_TRANSFORM_IS_COPY(type)) return FALSE;
  const NvDsMeta* src = as_nvds(meta);
  if (src->copyfunc == nullptr && src->freefunc != nullptr) return TRUE;
  gpointer data = src->copyfunc == nullptr || src->meta_data == nullptr
                      ? src->meta_data
                      : src->copyfunc(src->meta_data, src->user_data);
  NvDsMeta* dst = gst_buffer_add_nvds_meta(dest, data, src->user_data, src->copyfunc, src->freefunc);
  dst->meta_type = src->meta_type;
  dst->gst_to_nvds_meta_transform_func = src->gst_to_nvds_meta_transform_func;
  dst->gst_to_nvds_meta_release_func = src->gst_to_nvds_meta_release_func;
  return TRUE;
}

// Calls `each` for every NvDsMeta of the buffer until it returns false.
template <typename Each>
void for_each_nvds_meta(GstBuffer* buffer, Each each) {
  static const GQuark tag = g_quark_from_static_string(NVDS_META_STRING);
  gpointer state = nullptr;
  while (GstMeta* meta = gst_buffer_iterate_meta(buffer, &state))
    if (gst_meta_api_type_has_tag(meta->info->api, tag) && !each(as_nvds(meta))) return;
}

}  // namespace

GType nvds_meta_api_get_type() {
  static const GType type = [] {
    static const gchar* tags[] = {NVDS_META_STRING, nullptr};
    return gst_meta_api_type_register("NvDsMetaAPI", tags);
  }();
  return type;
}

const GstMetaInfo* nvds_meta_get_info() {
  static const GstMetaInfo* info =
      gst_meta_register(nvds_meta_api_get_type(), "NvDsMeta", sizeof(NvDsMeta), init, release, transform);
  return info;
}

NvDsMeta* gst_buffer_add_nvds_meta(GstBuffer* buffer, gpointer meta_data, gpointer user_data,
                                   NvDsMetaCopyFunc copy_func, NvDsMetaReleaseFunc release_func) {
  g_return_val_if_fail(GST_IS_BUFFER(buffer), nullptr);
  NvDsMeta* meta = as_nvds(gst_buffer_add_meta(buffer, nvds_meta_get_info(), nullptr));
  if (meta == nullptr) return nullptr;
  meta->meta_data = meta_data;
  meta->user_data = user_data;
  meta->copyfunc = copy_func;
  meta->freefunc = release_func;
  return meta;
}

NvDsMeta* gst_buffer_get_nvds_meta(GstBuffer* buffer) {
  g_return_val_if_fail(GST_IS_BUFFER(buffer), nullptr);
  return as_nvds(gst_buffer_get_meta(buffer, nvds_meta_api_get_type()));
}

NvDsBatchMeta* gst_buffer_get_nvds_batch_meta(GstBuffer* buffer) {
  g_return_val_if_fail(GST_IS_BUFFER(buffer), nullptr);
  NvDsBatchMeta* batch = nullptr;
  for_each_nvds_meta(buffer, [&](NvDsMeta* meta) {
    if (meta->meta_type == NVDS_BATCH_GST_META) batch = static_cast<NvDsBatchMeta*>(meta->meta_data);
    return batch == nullptr;
  });
  return batch;
}

void nvds_copy_gst_meta_to_frame_meta(GstBuffer* src_gst_buffer, NvDsBatchMeta* batch_meta,
                                      NvDsFrameMeta* frame_meta) {
  g_return_if_fail(GST_IS_BUFFER(src_gst_buffer) && batch_meta != nullptr && frame_meta != nullptr);
  for_each_nvds_meta(src_gst_buffer, [&](NvDsMeta* meta) {
    if (meta->gst_to_nvds_meta_transform_func == nullptr) return true;
    NvDsUserMeta* user = nvds_acquire_user_meta_from_pool(batch_meta);
    user->base_meta.meta_type = static_cast<NvDsMetaType>(meta->meta_type);
    user->base_meta.copy_func = meta->gst_to_nvds_meta_transform_func;
    user->base_meta.release_func = meta->gst_to_nvds_meta_release_func;
    // The transform is handed a user meta and returns the copy of its data.
    user->user_meta_data = meta->meta_data;
    user->user_meta_data = meta->gst_to_nvds_meta_transform_func(user, meta->user_data);
    nvds_add_user_meta_to_frame(frame_meta, user);
    return true;
  });
}
