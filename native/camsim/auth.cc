#include "auth.h"

#include "gst_ptr.h"

namespace camsim {
namespace {

constexpr const char* kFactoryAuth = "camsim-auth";
constexpr const char* kViewer = "viewer";

struct CameraAuth {
  GstRTSPAuth parent;
};

struct CameraAuthClass {
  GstRTSPAuthClass parent_class;
};

G_DEFINE_TYPE(CameraAuth, camera_auth, GST_TYPE_RTSP_AUTH)

/*
 * One GstRTSPAuth for all cameras would answer 404 to the user of another camera, and could not leave single
 * cameras open, so each camera has its own and this one only hands on.
 */
gboolean Check(GstRTSPAuth*, GstRTSPContext* context, const gchar* check) {
  if (g_str_equal(check, GST_RTSP_AUTH_CHECK_TRANSPORT_CLIENT_SETTINGS)) return FALSE;
  if (!context->factory || !g_str_has_prefix(check, "auth.check.media.factory.")) return TRUE;
  auto* own = static_cast<GstRTSPAuth*>(g_object_get_data(G_OBJECT(context->factory), kFactoryAuth));
  return !own || GST_RTSP_AUTH_GET_CLASS(own)->check(own, context, check);
}

void camera_auth_class_init(CameraAuthClass* klass) { GST_RTSP_AUTH_CLASS(klass)->check = Check; }

void camera_auth_init(CameraAuth*) {}

}  // namespace

GstRTSPAuth* NewAuth() { return GST_RTSP_AUTH(g_object_new(camera_auth_get_type(), nullptr)); }

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
