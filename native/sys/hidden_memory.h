// Core dumps and /proc/<pid>/mem would show the passwords of cameras.
#pragma once

#include <sys/prctl.h>

namespace weir {

// For good.
inline void hide_memory() { prctl(PR_SET_DUMPABLE, 0); }

}  // namespace weir
