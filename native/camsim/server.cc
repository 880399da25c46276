#include "server.h"

#include <map>
#include <stdexcept>

#include "auth.h"
#include "viewers.h"

namespace camsim {
namespace {

constexpr guint kCleanSeconds = 5;

std::vector<std::shared_ptr<Camera>> MakeCameras(const std::vector<CameraConfig>& configs) {
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const AccessUnits>> files;
  std::vector<std::shared_ptr<Camera>> cameras;
  for (const auto& config : configs) {
    auto& units = files[{config.file, config.codec}];
    try {
      if (!units) units = LoadAccessUnits(config.file, config.codec);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error("camera \"" + config.id + "\": " + error.what());
    }
    cameras.push_back(std::make_shared<Camera>(config, units));
  }
  return cameras;
}

gboolean CleanSessions(gpointer server) {
  GstRTSPSessionPool* pool = gst_rtsp_server_get_session_pool(GST_RTSP_SERVER(server));
  gst_rtsp_session_pool_cleanup(pool);
  g_object_unref(pool);
  return G_SOURCE_CONTINUE;
}

GstRTSPFilterResult RemoveAll(GstRTSPServer*, GstRTSPClient*, gpointer) { return GST_RTSP_FILTER_REMOVE; }

}  // namespace

Server::Server(const Config& config)
    : cameras_(MakeCameras(config.cameras)),
      pump_(std::make_shared<Pump>(cameras_)),
      server_(gst_rtsp_server_new()),
      host_(config.host) {
  GstRTSPAuth* auth = NewAuth();
  gst_rtsp_server_set_auth(server_.get(), auth);
  g_object_unref(auth);
  MountCameras();
  TrackViewers(server_.get(), cameras_);
  Listen(config.port);
  cleaning_ = g_timeout_add_seconds(kCleanSeconds, CleanSessions, server_.get());
}

Server::~Server() {
  g_source_remove(cleaning_);
  g_source_remove(listening_);
  gst_rtsp_server_client_filter(server_.get(), RemoveAll, nullptr);
}

void Server::MountCameras() {
  GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(server_.get());
  for (const auto& camera : cameras_) {
    // Weak, because a client's media may outlive this object for a moment.
    camera->Mount(mounts, [pump = std::weak_ptr(pump_)] {
      if (auto alive = pump.lock()) alive->Wake();
    });
  }
  g_object_unref(mounts);
}

void Server::Listen(int port) {
  gst_rtsp_server_set_address(server_.get(), host_.c_str());
  gst_rtsp_server_set_service(server_.get(), std::to_string(port).c_str());
  GError* error = nullptr;
  GSource* source = gst_rtsp_server_create_source(server_.get(), nullptr, &error);
  if (!source) {
    GstPtr<GError> owned(error);
    throw std::runtime_error("cannot listen on " + host_ + " port " + std::to_string(port) + ": " +
                             (error ? error->message : "no reason given"));
  }
  listening_ = g_source_attach(source, nullptr);
  g_source_unref(source);
}

std::string Server::Uri(const Camera& camera) const {
  return "rtsp://" + host_ + ":" + std::to_string(Port()) + camera.Path();
}

}  // namespace camsim
