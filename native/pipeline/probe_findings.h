// What a process that tries one camera and then ends learns of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace weir {

// An access unit as the camera sent it.
struct ProbeUnit {
  double time_ms;     // of its picture; NaN where unknown
  double arrived_ms;  // monotonic
  size_t bytes;
  bool key;
};

// A stream the camera offers.
struct ProbeMedia {
  std::string kind;   // `video`, `audio`, `application`, …
  std::string codec;  // as RTP calls it; empty where unknown
  double fps = 0;     // 0 where the description does not say
};

struct ProbeFindings {
  std::vector<ProbeUnit> units;
  std::vector<ProbeMedia> media;
  std::string authentication;  // scheme of the login that was accepted; empty for none
  std::string profile;
  std::string level;
};

// Written by streaming threads, read by anyone. What comes from the camera is bounded.
class ProbeNotebook {
 public:
  void add(const ProbeUnit& unit);
  void add(const ProbeMedia& media);
  void set_authentication(const std::string& scheme);
  void set_format(const std::string& profile, const std::string& level);
  ProbeFindings read() const;

 private:
  mutable std::mutex mutex_;
  ProbeFindings findings_;
};

// The process's own: it tries one camera.
ProbeNotebook& probe_notebook();

}  // namespace weir
