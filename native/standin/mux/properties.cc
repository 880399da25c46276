#include "mux/properties.h"

#include <algorithm>
#include <iterator>

#include "property_store.h"

namespace weir::standin {
namespace {

constexpr MuxProperty kNotImplemented[] = {
    kInterpolation, kSurfacesPerFrame, kSyncInputs,     kMaxLatency,    kFrameDuration,
    kConfigFile,    kExtractSei,       kExtractSimTime, kSortBatch,     kCacheBuffer,
    kCacheTimeout,  kAlignFirst,       kSyncInputsNtp,  kFailsafeFlush, kDropBackwardSei};

}  // namespace

void install_mux_properties(GObjectClass* klass) {
  const GType memory = make_enum("GstNvBufMemoryType", {{0, "nvbuf-mem-default"},
                                                        {1, "nvbuf-mem-cuda-pinned"},
                                                        {2, "nvbuf-mem-cuda-device"},
                                                        {3, "nvbuf-mem-cuda-unified"},
                                                        {4, "nvbuf-mem-surface-array"}});
  const GType compute = make_enum("GstNvMuxComputeHWType", {{0, "Default"}, {1, "GPU"}, {2, "VIC"}});
  const GType interpolation = make_enum("GstNvMuxInterpolation", {{0, "Nearest"},
                                                                  {1, "Bilinear"},
                                                                  {2, "Algo-1"},
                                                                  {3, "Algo-2"},
                                                                  {4, "Algo-3"},
                                                                  {5, "Algo-4"},
                                                                  {6, "Default"}});
  auto u = [](const char* name, const char* blurb, guint min, guint max, guint value) {
    return g_param_spec_uint(name, name, blurb, min, max, value, kReadWrite);
  };
  auto b = [](const char* name, const char* blurb, gboolean value) {
    return g_param_spec_boolean(name, name, blurb, value, kReadWrite);
  };
  PropertyStore::install(
      klass,
      {u("batch-size", "Most pictures in a batch; above 0", 0, 1024, 0),
       g_param_spec_int(
           "batched-push-timeout", "batched-push-timeout",
           "Microseconds after the first picture of a batch until it is pushed; -1 waits for all", -1,
           G_MAXINT, -1, kReadWrite),
       u("width", "Width of the canvas in pixels; above 0", 0, G_MAXUINT, 0),
       u("height", "Height of the canvas in pixels; above 0", 0, G_MAXUINT, 0),
       b("enable-padding", "Keep the aspect ratio with black bars", FALSE),
       b("live-source", "Sources are live: timestamps follow arrival", FALSE),
       u("buffer-pool-size", "Buffers in the output pool", 4, 1024, 4), u("gpu-id", "GPU", 0, G_MAXUINT, 0),
       g_param_spec_enum("nvbuf-memory-type", "nvbuf-memory-type", "Memory of the output", memory, 0,
                         kReadWrite),
       g_param_spec_enum("compute-hw", "compute-hw", "Engine that scales", compute, 0, kReadWrite),
       g_param_spec_enum("interpolation-method", "interpolation-method", "How it scales", interpolation, 1,
                         kReadWrite),
       u("num-surfaces-per-frame", "Surfaces of one frame", 1, 4, 1),
       b("attach-sys-ts", "ntp_timestamp is the arrival by the system clock", TRUE),
       b("sync-inputs", "Hold pictures to align the inputs", FALSE),
       u("max-latency", "Nanoseconds to wait with sync-inputs", 0, G_MAXUINT, 0),
       b("async-process", "Scale in the background", TRUE),
       b("drop-pipeline-eos", "Send no EOS when the last stream has ended", FALSE),
       b("frame-num-reset-on-eos", "Frame numbers restart at a stream's EOS", FALSE),
       b("frame-num-reset-on-stream-reset", "Frame numbers restart at STREAM_RESET", FALSE),
       g_param_spec_uint64("frame-duration", "frame-duration", "Milliseconds, to repair NTP times", 0,
                           G_MAXUINT64, G_MAXUINT64, kReadWrite),
       g_param_spec_string("config-file-path", "config-file-path", "Configuration of the new mux", nullptr,
                           kReadWrite),
       // Set by name in NVIDIA's applications; their defaults are not documented.
       b("extract-sei-type5-data", "Attach SEI data", FALSE),
       b("extract-sei-sim-time", "Attach SEI time", FALSE), b("sort-batch", "Sort the batch", FALSE),
       b("cache-buffer", "Keep buffers", FALSE),
       g_param_spec_int("cache-buffer-timeout", "cache-buffer-timeout", "How long buffers are kept", G_MININT,
                        G_MAXINT, 0, kReadWrite),
       b("align-first-buffer", "Align the first buffers", FALSE),
       u("sync-inputs-ntp", "Align by NTP time", 0, G_MAXUINT, 0),
       u("failsafe-flush-count", "Flush after so many", 0, G_MAXUINT, 0),
       b("drop-backward-sei", "Drop SEI that goes back", FALSE)});
}

bool is_implemented(guint id) {
  return std::find(std::begin(kNotImplemented), std::end(kNotImplemented), id) == std::end(kNotImplemented);
}

}  // namespace weir::standin
