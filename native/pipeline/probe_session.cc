#include "pipeline/probe_session.h"

#include <gst/rtsp/gstrtspextension.h>

#include <cstdlib>
#include <string>

#include "pipeline/failure.h"
#include "pipeline/gst_util.h"
#include "pipeline/lower_case.h"
#include "pipeline/probe_findings.h"

// An RTSP extension is an element that rtspsrc makes for itself and tells of every exchange. This one
// listens.

namespace {

struct WeirSession {
  GstElement parent;
};

struct WeirSessionClass {
  GstElementClass parent_class;
};

void implement_extension(gpointer table, gpointer);
GType weir_session_get_type();
G_DEFINE_TYPE_WITH_CODE(WeirSession, weir_session, GST_TYPE_ELEMENT,
                        G_IMPLEMENT_INTERFACE(GST_TYPE_RTSP_EXTENSION, implement_extension))

// Only what a camera has agreed to comes by here: a login that is in the request was accepted.
GstRTSPResult after_send(GstRTSPExtension*, GstRTSPMessage* request, GstRTSPMessage*) {
  gchar* login = nullptr;
  if (gst_rtsp_message_get_header(request, GST_RTSP_HDR_AUTHORIZATION, &login, 0) != GST_RTSP_OK)
    return GST_RTSP_OK;
  const std::string text = login;
  weir::probe_notebook().set_authentication(weir::lower_case(text.substr(0, text.find(' '))));
  return GST_RTSP_OK;
}

std::string codec_of(const GstSDPMedia* media) {
  const gchar* format = gst_sdp_media_get_format(media, 0);
  if (format == nullptr) return "";
  const weir::CapsPtr caps(gst_sdp_media_get_caps_from_media(media, std::atoi(format)));
  if (!caps || gst_caps_get_size(caps.get()) == 0) return "";
  const char* name = gst_structure_get_string(gst_caps_get_structure(caps.get(), 0), "encoding-name");
  return name == nullptr ? "" : name;
}

double fps_of(const GstSDPMedia* media) {
  const gchar* text = gst_sdp_media_get_attribute_val(media, "framerate");
  return text == nullptr ? 0 : g_ascii_strtod(text, nullptr);
}

GstRTSPResult parse_description(GstRTSPExtension*, GstSDPMessage* description, GstStructure*) {
  for (guint i = 0; i < gst_sdp_message_medias_len(description); i++) {
    const GstSDPMedia* media = gst_sdp_message_get_media(description, i);
    const gchar* kind = gst_sdp_media_get_media(media);
    weir::probe_notebook().add(weir::ProbeMedia{
        .kind = kind == nullptr ? "" : kind, .codec = codec_of(media), .fps = fps_of(media)});
  }
  return GST_RTSP_OK;
}

void implement_extension(gpointer table, gpointer) {
  auto* extension = static_cast<GstRTSPExtensionInterface*>(table);
  extension->after_send = after_send;
  extension->parse_sdp = parse_description;
}

void weir_session_class_init(WeirSessionClass* type) {
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(type), "Session", "Network/Extension/Protocol",
                                        "Takes down what a camera offers", "Weir");
}

void weir_session_init(WeirSession*) {}

}  // namespace

namespace weir {

void register_probe_session() {
  if (!gst_element_register(nullptr, "weirsession", GST_RANK_MARGINAL, weir_session_get_type()))
    throw Failure(code::kProvider, "GStreamer refuses the RTSP extension weirsession");
}

}  // namespace weir
