#include "pipeline/login_guard.h"

#include <gst/rtsp/gstrtspmessage.h>

#include <utility>

#include "pipeline/gst_util.h"

namespace weir {
namespace {

using Identity = std::shared_ptr<SourceIdentity>;

// A request that is sent again after a refusal still carries what was refused. A long session may find its
// nonce expired: then one more attempt is right.
bool was_refused(GstRTSPMessage* request) {
  if (gst_rtsp_message_get_type(request) != GST_RTSP_MESSAGE_REQUEST) return false;
  GstRTSPMethod method{};
  gst_rtsp_message_parse_request(request, &method, nullptr, nullptr);
  const bool opening = (method & (GST_RTSP_OPTIONS | GST_RTSP_DESCRIBE)) != 0;
  gchar* sent = nullptr;
  return gst_rtsp_message_get_header(request, GST_RTSP_HDR_AUTHORIZATION, &sent, opening ? 0 : 1) ==
         GST_RTSP_OK;
}

gboolean may_send(GstElement*, GstRTSPMessage* request, gpointer data) {
  if (!was_refused(request)) return TRUE;
  (*static_cast<Identity*>(data))
      ->fail({.cause = "unauthorized", .status = 401, .message = "Unauthorized (401)"});
  return FALSE;
}

}  // namespace

void guard_login(GstElement* element, Identity identity) {
  connect_signal(element, "before-send", G_CALLBACK(may_send), std::move(identity));
}

void hide_requests() {
  GstElementFactory* factory = gst_element_factory_find("rtspsrc");
  if (factory == nullptr) return;
  // Its debug category is there only once its plugin is loaded.
  if (GstPluginFeature* loaded = gst_plugin_feature_load(GST_PLUGIN_FEATURE(factory)))
    gst_object_unref(loaded);
  gst_object_unref(factory);
  GstDebugCategory* category = nullptr;
  GST_DEBUG_CATEGORY_GET(category, "rtspsrc");
  if (category != nullptr && gst_debug_category_get_threshold(category) > GST_LEVEL_DEBUG)
    gst_debug_category_set_threshold(category, GST_LEVEL_DEBUG);
}

}  // namespace weir
