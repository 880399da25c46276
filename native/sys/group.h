// Groups of this machine's users.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace weir {

// Nothing where there is no such group. Throws std::system_error when that cannot be found out.
std::optional<gid_t> group_id(const std::string& name);

}  // namespace weir
