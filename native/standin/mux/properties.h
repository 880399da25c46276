// nvstreammux's properties: their ids, types and defaults.
#pragma once

#include <glib-object.h>

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

// False for a property that is accepted and stored, while the element acts as if it had its default.
bool is_implemented(guint id);

}  // namespace weir::standin
