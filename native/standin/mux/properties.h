// nvstreammux's properties: their ids, types and defaults.
#pragma once

#include <glib-object.h>

#include <span>

namespace weir::standin {

// Ids in the order of installation.
enum MuxProperty : guint {
  kBatchSize = 1,
  kTimeout,
  kWidth,
  kHeight,
  kPadding,
  kLiveSource,
  kPoolSize,
  kGpuId,
  kMemoryType,
  kComputeHw,
  kInterpolation,
  kSurfacesPerFrame,
  kAttachSysTs,
  kSyncInputs,
  kMaxLatency,
  kAsyncProcess,
  kDropEos,
  kResetOnEos,
  kResetOnStreamReset,
  kFrameDuration,
  kConfigFile,
  kExtractSei,
  kExtractSimTime,
  kSortBatch,
  kCacheBuffer,
  kCacheTimeout,
  kAlignFirst,
  kSyncInputsNtp,
  kFailsafeFlush,
  kDropBackwardSei,
  kPropertyCount = kDropBackwardSei,
};

void install_mux_properties(GObjectClass* klass);

// Accepted and stored, while the element acts as if they had their defaults.
std::span<const guint> ignored_mux_properties();

}  // namespace weir::standin
