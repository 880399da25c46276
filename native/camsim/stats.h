#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace camsim {

/** A span of frame numbers: from the first client's PLAY until the last client is gone. */
struct Run {
  uint64_t first_frame;
  uint64_t frames;
  /** When its first frame was due; the others follow at the rate, unless it was paused or stood still. */
  std::chrono::system_clock::time_point began;
};

/** What one client that plays can decode. */
struct Viewer {
  const void* client;
  /** Exact for the client that began the run; for a later one the first key frame after its PLAY. */
  uint64_t first_frame;
  /** RTP comes by UDP, past the link. */
  bool udp;
};

struct PacketStats {
  uint64_t sent = 0;
  uint64_t lost = 0;
  uint64_t reordered = 0;
  uint64_t corrupted = 0;
};

struct CameraStats {
  std::string id;
  uint64_t file_frames = 0;
  uint64_t frames_sent = 0;
  uint64_t frames_dropped = 0;
  /** Among those sent: the same picture again, under a frame number that was counted already. */
  uint64_t frames_repeated = 0;
  /** Not sent because of a fault, by its kind. */
  std::map<std::string, uint64_t> frames_withheld;
  std::deque<Run> runs;
  std::vector<Viewer> viewers;
  PacketStats packets;
};

}  // namespace camsim
