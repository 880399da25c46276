#include "viewers.h"

#include <string_view>

namespace camsim {
namespace {

using Cameras = std::vector<std::shared_ptr<Camera>>;

// Handlers own the cameras they tell: they may run on a client's thread after the server object is gone.
void Connect(gpointer object, const char* signal, GCallback callback, const Cameras& cameras) {
  g_signal_connect_data(
      object, signal, callback, new Cameras(cameras),
      [](gpointer data, GClosure*) { delete static_cast<Cameras*>(data); }, GConnectFlags{});
}

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

void OnPlay(GstRTSPClient* client, GstRTSPContext* context, gpointer cameras) {
  if (Camera* camera = Find(From(cameras), context)) camera->ViewerPlays(client);
}

void OnTeardown(GstRTSPClient* client, GstRTSPContext* context, gpointer cameras) {
  if (Camera* camera = Find(From(cameras), context)) camera->ViewerLeaves(client);
}

void OnClosed(GstRTSPClient* client, gpointer cameras) {
  for (const auto& camera : From(cameras)) camera->ViewerLeaves(client);
}

void OnClient(GstRTSPServer*, GstRTSPClient* client, gpointer cameras) {
  Connect(client, "play-request", G_CALLBACK(OnPlay), From(cameras));
  Connect(client, "teardown-request", G_CALLBACK(OnTeardown), From(cameras));
  Connect(client, "closed", G_CALLBACK(OnClosed), From(cameras));
}

}  // namespace

void TrackViewers(GstRTSPServer* server, const Cameras& cameras) {
  Connect(server, "client-connected", G_CALLBACK(OnClient), cameras);
}

}  // namespace camsim
