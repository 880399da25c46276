#include "sys/peer.h"

#include <sys/socket.h>

#include "sys/system_failure.h"

namespace weir {
namespace {

// ERANGE says how much room they need.
std::vector<gid_t> groups_of(int socket) {
  std::vector<gid_t> groups(32);
  for (;;) {
    socklen_t size = groups.size() * sizeof(gid_t);
    const int result = getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
    if (result < 0 && errno != ERANGE) fail("SO_PEERGROUPS");
    groups.resize(size / sizeof(gid_t));
    if (result == 0) return groups;
  }
}

}  // namespace

PeerCredentials peer_credentials(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) fail("SO_PEERCRED");
  return {peer.pid, peer.uid, peer.gid, groups_of(socket)};
}

}  // namespace weir
