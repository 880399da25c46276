#include "onvif.h"

#include <utility>

namespace camsim {

Onvif::Onvif(const OnvifConfig& config, std::vector<OnvifProfile> profiles)
    : device_(std::make_shared<OnvifDevice>(config, std::move(profiles))),
      http_(std::make_unique<HttpServer>(
          config.host, config.port,
          [device = device_](const HttpRequest& request) { return device->Answer(request); })) {
  device_->SetAddress("http://" + config.host + ':' + std::to_string(http_->Port()));
  discovery_ = std::make_unique<Discovery>(
      config.host, config.discovery_port, config.multicast,
      [device = device_](const std::string& probe) { return device->Match(probe); });
}

}  // namespace camsim
