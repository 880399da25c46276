// What goes into messages, and how it is written.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace weir {

enum class Format { kJson, kProtobuf, kNvdsMinimal };

// A message only when something changed since the last one.
struct OnChange {
  double moved = 0;          // part of a tracked box's larger side by which an edge must have moved
  int64_t heartbeat_ns = 0;  // a message after so long at the latest
};

struct MessageOptions {
  Format format = Format::kJson;
  std::vector<int> classes;  // empty: all
  double min_confidence = 0;
  bool tracked_only = false;
  uint32_t every = 1;  // of the frames that are worth a message, every Nth
  std::optional<OnChange> on_change;
};

}  // namespace weir
