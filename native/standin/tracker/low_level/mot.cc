// NVIDIA's interface of low-level trackers. Nothing may throw across it.
#include <cstdio>
#include <random>
#include <stdexcept>
#include <string>
#include <unordered_map>

#include "config.h"
#include "nvdstracker.h"
#include "stream.h"
#include "warn_once.h"

#define EXPORT __attribute__((visibility("default")))

using weir::standin::IdSource;
using weir::standin::Stream;
using weir::standin::TrackerConfig;

namespace {

struct TrackedStream {
  Stream targets;
  IdSource own_ids;
};

// The upper half of a stream's ids. All ones would make ids that look untracked.
uint32_t random_prefix() {
  std::random_device device;
  return std::uniform_int_distribution<uint32_t>(1, UINT32_MAX - 1)(device);
}

void say(const char* kind, const std::string& text) {
  std::fprintf(stderr, "nvmultiobjecttracker: %s: %s\n", kind, text.c_str());
}

TrackerConfig load_file(uint16_t path_size, const char* path, bool quiet) {
  if (path == nullptr || path_size == 0 || *path == '\0') return {};
  const auto loaded =
      weir::standin::load_tracker_config(weir::standin::read_text_file(path), path, {}, false);
  if (!quiet)
    for (const std::string& warning : loaded.warnings) weir::standin::warn_once(warning);
  return loaded.config;
}

template <typename Body>
NvMOTStatus guarded(Body body) {
  try {
    body();
    return NvMOTStatus_OK;
  } catch (const std::exception& e) {
    say("error", e.what());
    return NvMOTStatus_Error;
  }
}

}  // namespace

struct NvMOTContext {
  TrackerConfig config;
  IdSource shared_ids;
  std::unordered_map<NvMOTStreamId, TrackedStream> streams;

  TrackedStream& stream(NvMOTStreamId id) {
    const auto found = streams.find(id);
    if (found != streams.end()) return found->second;
    const uint32_t prefix = config.use_unique_id ? random_prefix() : 0;
    return streams.emplace(id, TrackedStream{Stream(), IdSource(prefix)}).first->second;
  }

  void process(const NvMOTFrame& frame, NvMOTTrackedObjList& out) {
    TrackedStream& tracked = stream(frame.streamID);
    if (frame.reset) tracked.targets.clear();
    out.streamID = frame.streamID;
    out.frameNum = frame.frameNum;
    out.numFilled = 0;
    out.valid = frame.doTracking;
    if (!frame.doTracking) return;
    tracked.targets.update(config, frame.objectsIn, config.use_unique_id ? tracked.own_ids : shared_ids);
    tracked.targets.report(out);
  }
};

extern "C" {

EXPORT NvMOTStatus NvMOT_Query(uint16_t path_size, char* path, NvMOTQuery* query) {
  return guarded([&] {
    const TrackerConfig config = load_file(path_size, path, true);
    *query = {};
    query->computeConfig = NVMOTCOMP_CPU;
    query->numTransforms = 0;  // boxes only, no pixels
    query->colorFormats[0] = NVBUF_COLOR_FORMAT_NV12;
    query->memType = NVBUF_MEM_DEFAULT;
    query->maxTargetsPerStream = config.max_targets_per_stream;
    query->maxShadowTrackingAge = config.max_shadow_tracking_age;
    query->batchMode = NvMOTBatchMode_Batch;
  });
}

EXPORT NvMOTStatus NvMOT_Init(NvMOTConfig* config, NvMOTContextHandle* context,
                              NvMOTConfigResponse* response) {
  *context = nullptr;
  *response = {};
  const NvMOTStatus status = guarded([&] {
    TrackerConfig loaded = load_file(config->customConfigFilePathSize, config->customConfigFilePath, false);
    *context = new NvMOTContext{loaded, IdSource(), {}};
  });
  if (status != NvMOTStatus_OK)
    response->summaryStatus = response->customConfigStatus = NvMOTConfigStatus_Invalid;
  return status;
}

EXPORT void NvMOT_DeInit(NvMOTContextHandle context) { delete context; }

EXPORT NvMOTStatus NvMOT_Process(NvMOTContextHandle context, NvMOTProcessParams* params,
                                 NvMOTTrackedObjBatch* out) {
  return guarded([&] {
    if (params->numFrames > out->numAllocated)
      throw std::length_error(std::to_string(params->numFrames) + " frames, room for " +
                              std::to_string(out->numAllocated));
    out->numFilled = params->numFrames;
    for (uint32_t i = 0; i < params->numFrames; i++) context->process(params->frameList[i], out->list[i]);
  });
}

// The argument is one whole stream id here; what NVIDIA's library reads as a mask is unconfirmed.
EXPORT NvMOTStatus NvMOT_RemoveStreams(NvMOTContextHandle context, NvMOTStreamId stream) {
  return guarded([&] { context->streams.erase(stream); });
}

EXPORT NvMOTStatus NvMOT_UpdateParams(NvMOTContextHandle context, const std::string& text) {
  return guarded([&] {
    const auto loaded = weir::standin::load_tracker_config(text, "update", context->config, true);
    for (const std::string& warning : loaded.warnings) say("warning", warning);
    context->config = loaded.config;
  });
}

}  // extern "C"
