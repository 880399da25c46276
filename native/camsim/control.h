#pragma once

#include <string>

#include "server.h"

namespace camsim {

/** The line that says camsim is ready. `control_port` 0: there is none. */
std::string ReadyLine(const Server& server, int control_port);

/**
 * One request, one reply, both JSON on one line:
 *   {"op":"stats"}                       what each camera has sent
 *   {"op":"pause"|"resume","camera":id}  that camera, or all when none is named
 *   {"op":"fault","camera":id,"kind":…}  see FaultHelp()
 *   {"op":"clear","camera":id}           ends all its faults
 *   {"op":"onvif","kind":…}              what is wrong with the ONVIF device's answers
 * A request that cannot be understood is answered by {"error":"…"}.
 */
std::string Answer(Server& server, const std::string& request);

}  // namespace camsim
