#pragma once

#include <functional>
#include <memory>
#include <string>

#include "camera.h"
#include "link.h"

namespace camsim {

/** What a fault can act on. */
struct FaultSite {
  Camera& camera;
  /** Null without ownPort. */
  Link* link;
  /** All connections of the camera are reset, all its sessions forgotten. */
  std::function<void()> hang_up;
  /** As LoadAccessUnits, but each file only once. */
  std::function<std::shared_ptr<const AccessUnits>(const std::string& file, const std::string& codec)> load;
};

}  // namespace camsim
