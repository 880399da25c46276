#include "sys/group.h"

#include <grp.h>

#include <vector>

#include "sys/system_failure.h"

namespace weir {
namespace {

constexpr size_t kMostRoom = 1 << 20;  // a group lists its members

// Some name services say so of a group they do not know.
bool means_unknown(int error) {
  return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

}  // namespace

std::optional<gid_t> group_id(const std::string& name) {
  std::vector<char> room(1024);
  for (;;) {
    group entry{};
    group* found = nullptr;
    const int error = getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
    if (found != nullptr) return found->gr_gid;
    if (error != ERANGE || room.size() >= kMostRoom) {
      if (means_unknown(error)) return {};
      fail("group " + name, error);
    }
    room.resize(room.size() * 2);
  }
}

}  // namespace weir
