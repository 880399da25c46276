#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config.h"
#include "http_server.h"

namespace camsim {

/** A camera as the device tells of it. */
struct OnvifProfile {
  std::string token;
  std::string uri;
  /** `H264`, `H265` or `JPEG`. */
  std::string encoding;
  int width = 0;
  int height = 0;
  double fps = 0;
};

/** What goes wrong with every answer of a device; one at a time. */
enum class OnvifFault { kNone, kMalformed, kBomb, kEndless, kSlow, kForeign, kRedirect };

/** Throws std::runtime_error with the names there are. */
OnvifFault ParseOnvifFault(const std::string& name);

/** An ONVIF device whose profiles are the simulated cameras: SOAP in, SOAP out. Any thread. */
class OnvifDevice {
 public:
  OnvifDevice(const OnvifConfig& config, std::vector<OnvifProfile> profiles);

  /** Where the device is found: `http://127.0.0.1:8080`. Before anything is asked. */
  void SetAddress(const std::string& address) { address_ = address; }
  void SetFault(OnvifFault fault) { fault_ = fault; }
  HttpResponse Answer(const HttpRequest& request);
  /** Answer to a WS-Discovery probe; empty where it is for something else. */
  std::string Match(const std::string& probe) const;
  /** How often each operation was asked for. */
  std::map<std::string, int> Asked() const;

 private:
  std::string Body(const std::string& operation, const std::string& request) const;
  std::string DateAndTime() const;
  std::string Services() const;
  std::string Capabilities() const;
  std::string Profiles() const;
  std::string OldProfiles() const;
  std::string StreamUri(const std::string& request) const;
  /** Of a service or stream, which may be a stranger's. */
  std::string Foreign(const std::string& uri) const;
  std::time_t Now() const;

  const OnvifConfig config_;
  const std::vector<OnvifProfile> profiles_;
  std::string address_;
  std::atomic<OnvifFault> fault_{OnvifFault::kNone};
  mutable std::mutex mutex_;
  std::map<std::string, int> asked_;
};

}  // namespace camsim
