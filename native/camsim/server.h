#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "camera.h"
#include "config.h"
#include "event_loop.h"
#include "faults.h"
#include "link.h"
#include "onvif.h"
#include "pump.h"

namespace camsim {

/** All cameras behind one RTSP port, or each behind its own. Runs on the default GLib main context. */
class Server {
 public:
  /** Listens when it returns. Throws std::runtime_error. */
  explicit Server(const Config& config);
  /** Hangs up on every client. */
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int Port() const { return gst_rtsp_server_get_bound_port(server_.get()); }
  /** Without credentials. */
  std::string Uri(const Camera& camera) const;
  const std::vector<std::shared_ptr<Camera>>& Cameras() const { return cameras_; }
  Faults& FaultsOf(const Camera& camera) { return *faults_.at(camera.Id()); }
  /** Null where the config has none. */
  Onvif* OnvifOrNull() const { return onvif_.get(); }

 private:
  std::vector<std::shared_ptr<Camera>> MakeCameras(const std::vector<CameraConfig>& configs);
  std::shared_ptr<const AccessUnits> Load(const std::string& file, const std::string& codec);
  void MountCameras();
  void Listen(int port);
  void MakeLink(Camera& camera);
  void MakeFaults(Camera& camera);
  OnvifProfile ProfileOf(const Camera& camera) const;
  void MakeOnvif(const OnvifConfig& config);

  std::map<std::pair<std::string, std::string>, std::shared_ptr<const AccessUnits>> files_;
  std::vector<std::shared_ptr<Camera>> cameras_;
  std::shared_ptr<Pump> pump_;
  GObjectPtr<GstRTSPServer> server_;
  std::string host_;
  EventLoop loop_;
  std::map<std::string, std::unique_ptr<Link>> links_;  // by camera id
  std::map<std::string, std::unique_ptr<Faults>> faults_;
  std::unique_ptr<Onvif> onvif_;
  guint listening_ = 0;
  guint cleaning_ = 0;
};

}  // namespace camsim
