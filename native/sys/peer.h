// Who is at the other end of a Unix socket.
#pragma once

#include <sys/types.h>

#include <vector>

namespace weir {

// Of the process that connected, when it did.
struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // the supplementary ones
};

// Throws std::system_error.
PeerCredentials peer_credentials(int socket);

}  // namespace weir
