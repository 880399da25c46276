#pragma once

#include <ctime>
#include <string>

#include "http_server.h"

namespace camsim {

/** Who may ask a simulated device, and how they prove it. */
struct OnvifLogin {
  std::string user;
  std::string password;
  /** By HTTP Digest; otherwise by a WS-Security user name token in the request. */
  bool http_digest = false;
};

/** `now`: the time by the device's clock, from which a token's may differ by some seconds. */
bool MayAsk(const OnvifLogin& login, const HttpRequest& request, std::time_t now);

/** What HTTP Digest answers are made from. */
std::string DigestChallenge();

/** Text of the first element of this name, whatever its prefix; empty where there is none. */
std::string ElementText(const std::string& xml, const std::string& name);

}  // namespace camsim
