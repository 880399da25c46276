// What systemd is told of its service.
#pragma once

#include <string_view>

namespace weir {

// One datagram to `socket`, which is a path, or an abstract name behind @, as in NOTIFY_SOCKET. Never waits:
// a receiver that reads nothing is EAGAIN. Throws std::system_error.
void notify(std::string_view socket, std::string_view text);

}  // namespace weir
