#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <memory>
#include <string>
#include <vector>

#include "camera.h"
#include "config.h"
#include "pump.h"

namespace camsim {

/** All cameras behind one RTSP port. Runs on the default GLib main context. */
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

 private:
  struct Unref {
    void operator()(GstRTSPServer* server) const { g_object_unref(server); }
  };

  void MountCameras();
  void Listen(int port);

  std::vector<std::shared_ptr<Camera>> cameras_;
  std::shared_ptr<Pump> pump_;
  std::unique_ptr<GstRTSPServer, Unref> server_;
  std::string host_;
  guint listening_ = 0;
  guint cleaning_ = 0;
};

}  // namespace camsim
