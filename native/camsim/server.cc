#include "server.h"

#include <cstdio>
#include <stdexcept>
#include <utility>

#include "auth.h"
#include "viewers.h"

namespace camsim {
namespace {

constexpr guint kCleanSeconds = 5;

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
  GstRTSPAuth* auth =
      NewAuth([cameras = cameras_](const GstRTSPContext* context) { return AnswerTo(context, cameras); });
  gst_rtsp_server_set_auth(server_.get(), auth);
  g_object_unref(auth);
  MountCameras();
  TrackViewers(server_.get(), cameras_);
  Listen(config.port);
  for (const auto& camera : cameras_) {
    if (config.own_port) MakeLink(*camera);
    MakeFaults(*camera);
  }
  if (config.onvif) MakeOnvif(*config.onvif);
  cleaning_ = g_timeout_add_seconds(kCleanSeconds, CleanSessions, server_.get());
}

std::vector<std::shared_ptr<Camera>> Server::MakeCameras(const std::vector<CameraConfig>& configs) {
  std::vector<std::shared_ptr<Camera>> cameras;
  for (const auto& config : configs) {
    try {
      cameras.push_back(std::make_shared<Camera>(config, Load(config.file, config.codec)));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error("camera \"" + config.id + "\": " + error.what());
    }
  }
  return cameras;
}

std::shared_ptr<const AccessUnits> Server::Load(const std::string& file, const std::string& codec) {
  auto& units = files_[{file, codec}];
  if (!units) units = LoadAccessUnits(file, codec);
  return units;
}

Server::~Server() {
  g_source_remove(cleaning_);
  g_source_remove(listening_);
  for (const auto& camera : cameras_) camera->SetCongestion(nullptr);
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

void Server::MakeLink(Camera& camera) {
  auto& link = links_[camera.Id()] = std::make_unique<Link>(loop_, host_, Port());
  camera.SetCongestion([&link = *link] { return link.Congested(); });
}

void Server::MakeFaults(Camera& camera) {
  const auto found = links_.find(camera.Id());
  Link* link = found == links_.end() ? nullptr : found->second.get();
  auto hang_up = [this, &camera, link] {
    camera.Forsake();
    if (link) {
      link->Reset();
    } else {
      HangUp(server_.get(), camera);
    }
  };
  faults_[camera.Id()] = std::make_unique<Faults>(
      FaultSite{camera, link, std::move(hang_up),
                [this](const std::string& file, const std::string& codec) { return Load(file, codec); }});
}

OnvifProfile Server::ProfileOf(const Camera& camera) const {
  static const std::map<Codec, const char*> names{
      {Codec::kH264, "H264"}, {Codec::kH265, "H265"}, {Codec::kJpeg, "JPEG"}, {Codec::kPcmu, ""}};
  const auto units = camera.Units();
  OnvifProfile profile{.token = camera.Id(), .uri = Uri(camera), .encoding = names.at(units->codec)};
  profile.fps = camera.Config().fps;
  const GstStructure* structure = gst_caps_get_structure(units->caps.get(), 0);
  gst_structure_get_int(structure, "width", &profile.width);
  gst_structure_get_int(structure, "height", &profile.height);
  const std::string& told = camera.Config().told_size;
  if (!told.empty() && std::sscanf(told.c_str(), "%dx%d", &profile.width, &profile.height) != 2)
    throw std::runtime_error("camera \"" + camera.Id() + "\": toldSize: expected a size, e.g. \"1920x1080\"");
  return profile;
}

void Server::MakeOnvif(const OnvifConfig& config) {
  std::vector<OnvifProfile> profiles;
  for (const auto& camera : cameras_) profiles.push_back(ProfileOf(*camera));
  onvif_ = std::make_unique<Onvif>(config, std::move(profiles));
}

std::string Server::Uri(const Camera& camera) const {
  const auto link = links_.find(camera.Id());
  const int port = link == links_.end() ? Port() : link->second->Port();
  return "rtsp://" + host_ + ":" + std::to_string(port) + camera.Path();
}

}  // namespace camsim
