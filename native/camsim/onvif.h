#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config.h"
#include "discovery.h"
#include "http_server.h"
#include "onvif_device.h"

namespace camsim {

/** A simulated ONVIF device and the ports it answers on. */
class Onvif {
 public:
  /** Throws std::runtime_error. */
  Onvif(const OnvifConfig& config, std::vector<OnvifProfile> profiles);

  int Port() const { return http_->Port(); }
  int DiscoveryPort() const { return discovery_->Port(); }
  OnvifDevice& Device() { return *device_; }

 private:
  const std::shared_ptr<OnvifDevice> device_;  // threads of clients may outlive this object for a moment
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<Discovery> discovery_;
};

}  // namespace camsim
