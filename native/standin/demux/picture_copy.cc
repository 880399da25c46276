#include "demux/picture_copy.h"

namespace weir::standin {
namespace {

bool fits(const Picture& picture, const GstVideoInfo& out) {
  const GstVideoInfo& in = picture.frame().info;
  const Placement& p = picture.placement();
  return in.finfo->format == out.finfo->format && in.width == out.width && in.height == out.height &&
         p.width == out.width && p.height == out.height;
}

// The decoder's colorimetry may differ from the canvas's; converting it would change nothing worth the time.
GstVideoInfo same_colours(const GstVideoInfo& in, const GstVideoInfo& out) {
  GstVideoInfo info = in;
  info.colorimetry = out.colorimetry;
  info.chroma_site = out.chroma_site;
  return info;
}

}  // namespace

PictureCopier::~PictureCopier() { g_clear_pointer(&converter_, gst_video_converter_free); }

void PictureCopier::prepare(const Picture& picture, const GstVideoInfo& out) {
  const GstVideoInfo in = same_colours(picture.frame().info, out);
  const Placement& p = picture.placement();
  const bool same = converter_ != nullptr && gst_video_info_is_equal(&in, &in_) &&
                    gst_video_info_is_equal(&out, &out_) && p.left == placement_.left &&
                    p.top == placement_.top && p.width == placement_.width && p.height == placement_.height;
  if (same) return;
  g_clear_pointer(&converter_, gst_video_converter_free);
  in_ = in;
  out_ = out;
  placement_ = p;
  converter_ = gst_video_converter_new(
      &in_, &out_,
      gst_structure_new("options", GST_VIDEO_CONVERTER_OPT_DEST_X, G_TYPE_INT, p.left,
                        GST_VIDEO_CONVERTER_OPT_DEST_Y, G_TYPE_INT, p.top, GST_VIDEO_CONVERTER_OPT_DEST_WIDTH,
                        G_TYPE_INT, p.width, GST_VIDEO_CONVERTER_OPT_DEST_HEIGHT, G_TYPE_INT, p.height,
                        GST_VIDEO_CONVERTER_OPT_FILL_BORDER, G_TYPE_BOOLEAN, TRUE,
                        GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD, GST_TYPE_VIDEO_RESAMPLER_METHOD,
                        GST_VIDEO_RESAMPLER_METHOD_LINEAR, nullptr));
}

GstBuffer* PictureCopier::make(const Picture& picture, const GstVideoInfo& out) {
  if (fits(picture, out)) {
    // Metas of the decoder stay behind, but for the layout of the planes.
    GstBuffer* source = picture.frame().buffer;
    GstBuffer* shared = gst_buffer_new();
    gst_buffer_copy_into(shared, source, GST_BUFFER_COPY_MEMORY, 0, -1);
    GstVideoInfo layout = picture.frame().info;
    gst_buffer_add_video_meta_full(shared, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_I420, out.width,
                                   out.height, 3, layout.offset, layout.stride);
    return shared;
  }
  prepare(picture, out);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, out.size, nullptr);
  GstVideoFrame target;
  if (converter_ == nullptr || !gst_video_frame_map(&target, &out, buffer, GST_MAP_WRITE)) {
    gst_buffer_unref(buffer);
    return nullptr;
  }
  gst_video_converter_frame(converter_, &picture.frame(), &target);
  gst_video_frame_unmap(&target);
  return buffer;
}

}  // namespace weir::standin
