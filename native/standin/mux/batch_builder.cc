#include "mux/batch_builder.h"

#include "gstnvdsmeta.h"

namespace weir::standin {

void BatchBuilder::add_frame(NvDsBatchMeta* meta, const MuxFrame& frame, guint slot, const Canvas& canvas) {
  NvDsFrameMeta* m = nvds_acquire_frame_meta_from_pool(meta);
  m->pad_index = frame.pad;
  m->source_id = frame.pad;
  m->batch_id = slot;
  m->frame_num = next_number_[frame.pad]++;
  m->buf_pts = frame.pts;
  m->ntp_timestamp = frame.ntp_ns;
  m->num_surfaces_per_frame = 1;
  m->source_frame_width = frame.picture->width();
  m->source_frame_height = frame.picture->height();
  m->pipeline_width = canvas.width;
  m->pipeline_height = canvas.height;
  nvds_add_frame_meta_to_batch(meta, m);
}

GstBuffer* BatchBuilder::build(MuxBatch batch, const Canvas& canvas) {
  NvDsBatchMeta* meta = nvds_create_batch_meta(canvas.batch_size);
  std::vector<std::unique_ptr<Picture>> pictures;
  for (guint slot = 0; slot < batch.size(); slot++) {
    add_frame(meta, batch[slot], slot, canvas);
    pictures.push_back(std::move(batch[slot].picture));
  }
  GstBuffer* buffer = gst_buffer_new();
  gst_buffer_append_memory(
      buffer, new_batch_memory(std::move(pictures), canvas.batch_size, canvas.width, canvas.height));
  NvDsMeta* carrier = gst_buffer_add_nvds_meta(buffer, meta, nullptr, nvds_batch_meta_copy_func,
                                               nvds_batch_meta_release_func);
  carrier->meta_type = NVDS_BATCH_GST_META;
  meta->base_meta.meta_type = NVDS_BATCH_META;
  return buffer;
}

}  // namespace weir::standin
