#include "viewers.h"

#include <sys/socket.h>

#include <string_view>

#include "signals.h"

namespace camsim {
namespace {

constexpr guint kKeptMilliseconds = 500;
constexpr const char* kCamera = "camsim-camera";

using Cameras = std::vector<std::shared_ptr<Camera>>;

// Handlers own the cameras they tell: they may run on a client's thread after the server object is gone.
const Cameras& From(gpointer data) { return *static_cast<Cameras*>(data); }

/** The camera a request is about: its path, or that of a track or aggregate below it. */
Camera* Find(const Cameras& cameras, const GstRTSPContext* context) {
  if (!context->uri || !context->uri->abspath) return nullptr;
  const std::string_view path(context->uri->abspath);
  for (const auto& camera : cameras) {
    if (path.substr(0, path.find('/', 1)) == camera->Path()) return camera.get();
  }
  return nullptr;
}

bool UsesUdp(const GstRTSPContext* context) {
  GstRTSPStreamTransport* stream =
      context->sessmedia ? gst_rtsp_session_media_get_transport(context->sessmedia, 0) : nullptr;
  const GstRTSPTransport* transport = stream ? gst_rtsp_stream_transport_get_transport(stream) : nullptr;
  return transport && transport->lower_transport != GST_RTSP_LOWER_TRANS_TCP;
}

void OnPlay(GstRTSPClient* client, GstRTSPContext* context, gpointer cameras) {
  if (Camera* camera = Find(From(cameras), context)) camera->ViewerPlays(client, UsesUdp(context));
}

void OnTeardown(GstRTSPClient* client, GstRTSPContext* context, gpointer cameras) {
  if (Camera* camera = Find(From(cameras), context)) camera->ViewerLeaves(client);
}

/*
 * The server's sending thread may be about to give this client a packet, and holds no reference: without one
 * of ours it now and then meets a freed client and aborts.
 */
void KeepForAWhile(GstRTSPClient* client) {
  const auto release = [](gpointer client) -> gboolean {
    g_object_unref(client);
    return G_SOURCE_REMOVE;
  };
  g_timeout_add(kKeptMilliseconds, release, g_object_ref(client));
}

void OnClosed(GstRTSPClient* client, gpointer cameras) {
  KeepForAWhile(client);
  for (const auto& camera : From(cameras)) camera->ViewerLeaves(client);
}

void OnClient(GstRTSPServer*, GstRTSPClient* client, gpointer cameras) {
  ConnectSignal(client, "play-request", G_CALLBACK(OnPlay), From(cameras));
  ConnectSignal(client, "teardown-request", G_CALLBACK(OnTeardown), From(cameras));
  ConnectSignal(client, "closed", G_CALLBACK(OnClosed), From(cameras));
}

/** The client's own thread does the rest: closing its connection from here would leave that thread spinning.
 */
GstRTSPFilterResult HangUpOn(GstRTSPServer*, GstRTSPClient* client, gpointer camera) {
  GstRTSPConnection* connection = gst_rtsp_client_get_connection(client);
  if (!connection || g_object_get_data(G_OBJECT(client), kCamera) != camera) return GST_RTSP_FILTER_KEEP;
  GSocket* socket = gst_rtsp_connection_get_read_socket(connection);
  if (socket) shutdown(g_socket_get_fd(socket), SHUT_RDWR);
  return GST_RTSP_FILTER_KEEP;
}

}  // namespace

GstRTSPStatusCode AnswerTo(const GstRTSPContext* context, const Cameras& cameras) {
  Camera* camera = Find(cameras, context);
  if (!camera || !(context->method & (GST_RTSP_DESCRIBE | GST_RTSP_SETUP))) return GST_RTSP_STS_OK;
  g_object_set_data(G_OBJECT(context->client), kCamera, camera);
  return camera->Status();
}

void HangUp(GstRTSPServer* server, const Camera& camera) {
  g_list_free(gst_rtsp_server_client_filter(server, HangUpOn, const_cast<Camera*>(&camera)));
}

void TrackViewers(GstRTSPServer* server, const Cameras& cameras) {
  ConnectSignal(server, "client-connected", G_CALLBACK(OnClient), cameras);
}

}  // namespace camsim
