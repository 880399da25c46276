// Properties and keys that NVIDIA has and the stand-in does not implement are accepted and warned of once.
#pragma once

#include <cstdio>
#include <mutex>
#include <set>
#include <string>

namespace weir::standin {

inline void warn_once(const std::string& what) {
  static std::mutex mutex;
  static std::set<std::string> warned;
  std::lock_guard lock(mutex);
  if (warned.insert(what).second) std::fprintf(stderr, "stand-in: %s\n", what.c_str());
}

}  // namespace weir::standin
