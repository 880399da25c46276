#include "auth.h"

#include <utility>

#include "gst_ptr.h"

namespace camsim {
namespace {

constexpr const char* kFactoryAuth = "camsim-auth";
constexpr const char* kViewer = "viewer";

struct CameraAuth {
  GstRTSPAuth parent;
  Gate* gate;
};

struct CameraAuthClass {
  GstRTSPAuthClass parent_class;
};

G_DEFINE_TYPE(CameraAuth, camera_auth, GST_TYPE_RTSP_AUTH)

/** The client signals that ask before a request would do too, but a SETUP they refuse stops the shared media.
 */
bool Refused(GstRTSPAuth* auth, GstRTSPContext* context) {
  const GstRTSPStatusCode code = (*reinterpret_cast<CameraAuth*>(auth)->gate)(context);
  if (code == GST_RTSP_STS_OK) return false;
  gst_rtsp_message_init_response(context->response, code, gst_rtsp_status_as_text(code), context->request);
  if (code == GST_RTSP_STS_UNAUTHORIZED) {
    gst_rtsp_message_add_header(context->response, GST_RTSP_HDR_WWW_AUTHENTICATE, R"(Basic realm="camsim")");
  }
  gst_rtsp_client_send_message(context->client, context->session, context->response);
  return true;
}

/*
 * One GstRTSPAuth for all cameras would answer 404 to the user of another camera, and could not leave single
 * cameras open, so each camera has its own and this one only hands on.
 */
gboolean Check(GstRTSPAuth* auth, GstRTSPContext* context, const gchar* check) {
  if (g_str_equal(check, GST_RTSP_AUTH_CHECK_URL)) return !Refused(auth, context);
  if (g_str_equal(check, GST_RTSP_AUTH_CHECK_TRANSPORT_CLIENT_SETTINGS)) return FALSE;
  if (!context->factory || !g_str_has_prefix(check, "auth.check.media.factory.")) return TRUE;
  auto* own = static_cast<GstRTSPAuth*>(g_object_get_data(G_OBJECT(context->factory), kFactoryAuth));
  return !own || GST_RTSP_AUTH_GET_CLASS(own)->check(own, context, check);
}

void Finalize(GObject* object) {
  delete reinterpret_cast<CameraAuth*>(object)->gate;
  G_OBJECT_CLASS(camera_auth_parent_class)->finalize(object);
}

void camera_auth_class_init(CameraAuthClass* klass) {
  G_OBJECT_CLASS(klass)->finalize = Finalize;
  GST_RTSP_AUTH_CLASS(klass)->check = Check;
}

void camera_auth_init(CameraAuth*) {}

}  // namespace

GstRTSPAuth* NewAuth(Gate gate) {
  auto* auth = static_cast<CameraAuth*>(g_object_new(camera_auth_get_type(), nullptr));
  auth->gate = new Gate(std::move(gate));
  return GST_RTSP_AUTH(auth);
}

void SetPassword(GstRTSPMediaFactory* factory, const std::string& user, const std::string& password) {
  GstRTSPAuth* auth = gst_rtsp_auth_new();
  gst_rtsp_auth_set_supported_methods(
      auth, static_cast<GstRTSPAuthMethod>(GST_RTSP_AUTH_BASIC | GST_RTSP_AUTH_DIGEST));
  GstRTSPToken* token =
      gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, kViewer, nullptr);
  GstPtr<gchar> basic(gst_rtsp_auth_make_basic(user.c_str(), password.c_str()));
  gst_rtsp_auth_add_basic(auth, basic.get(), token);
  gst_rtsp_auth_add_digest(auth, user.c_str(), password.c_str(), token);
  gst_rtsp_token_unref(token);
  gst_rtsp_media_factory_add_role(factory, kViewer, GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
                                  GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, nullptr);
  g_object_set_data_full(G_OBJECT(factory), kFactoryAuth, auth, g_object_unref);
}

}  // namespace camsim
