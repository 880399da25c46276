#include "gst-nvmessage.h"

namespace {

constexpr const char* kStreamEos = "stream-eos";
constexpr const char* kStream = "stream-id";

}  // namespace

GstMessage* gst_nvmessage_new_stream_eos(GstObject* obj, guint eos_stream_id) {
  return gst_message_new_element(obj,
                                 gst_structure_new(kStreamEos, kStream, G_TYPE_UINT, eos_stream_id, nullptr));
}

gboolean gst_nvmessage_is_stream_eos(GstMessage* message) {
  return GST_IS_MESSAGE(message) && GST_MESSAGE_TYPE(message) == GST_MESSAGE_ELEMENT &&
         gst_message_has_name(message, kStreamEos);
}

gboolean gst_nvmessage_parse_stream_eos(GstMessage* message, guint* eos_stream_id) {
  if (!gst_nvmessage_is_stream_eos(message) || eos_stream_id == nullptr) return FALSE;
  return gst_structure_get_uint(gst_message_get_structure(message), kStream, eos_stream_id);
}
