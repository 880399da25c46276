#include "mux/properties.h"

#include "property_store.h"

namespace weir::standin {
namespace {

constexpr guint kNotImplemented[] = {kInterpolation, kSurfacesPerFrame, kSyncInputs,     kMaxLatency,
                                     kFrameDuration, kConfigFile,       kExtractSei,     kExtractSimTime,
                                     kSortBatch,     kCacheBuffer,      kCacheTimeout,   kAlignFirst,
                                     kSyncInputsNtp, kFailsafeFlush,    kDropBackwardSei};

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
  PropertyStore::install(
      klass,
      {uint_spec("batch-size", "Most pictures in a batch; above 0", 0, 1024, 0),
       int_spec("batched-push-timeout",
                "Microseconds after the first picture of a batch until it is pushed; -1 waits for all", -1,
                G_MAXINT, -1),
       uint_spec("width", "Width of the canvas in pixels; above 0", 0, G_MAXUINT, 0),
       uint_spec("height", "Height of the canvas in pixels; above 0", 0, G_MAXUINT, 0),
       bool_spec("enable-padding", "Keep the aspect ratio with black bars", FALSE),
       bool_spec("live-source", "Sources are live: timestamps follow arrival", FALSE),
       uint_spec("buffer-pool-size", "Buffers in the output pool", 4, 1024, 4),
       uint_spec("gpu-id", "GPU", 0, G_MAXUINT, 0),
       enum_spec("nvbuf-memory-type", "Memory of the output", memory, 0),
       enum_spec("compute-hw", "Engine that scales", compute, 0),
       enum_spec("interpolation-method", "How it scales", interpolation, 1),
       uint_spec("num-surfaces-per-frame", "Surfaces of one frame", 1, 4, 1),
       bool_spec("attach-sys-ts", "ntp_timestamp is the arrival by the system clock", TRUE),
       bool_spec("sync-inputs", "Hold pictures to align the inputs", FALSE),
       uint_spec("max-latency", "Nanoseconds to wait with sync-inputs", 0, G_MAXUINT, 0),
       bool_spec("async-process", "Scale in the background", TRUE),
       bool_spec("drop-pipeline-eos", "Send no EOS when the last stream has ended", FALSE),
       bool_spec("frame-num-reset-on-eos", "Frame numbers restart at a stream's EOS", FALSE),
       bool_spec("frame-num-reset-on-stream-reset", "Frame numbers restart at STREAM_RESET", FALSE),
       g_param_spec_uint64("frame-duration", "frame-duration", "Milliseconds, to repair NTP times", 0,
                           G_MAXUINT64, G_MAXUINT64, kReadWrite),
       string_spec("config-file-path", "Configuration of the new mux", nullptr),
       // Set by name in NVIDIA's applications; their defaults are not documented.
       bool_spec("extract-sei-type5-data", "Attach SEI data", FALSE),
       bool_spec("extract-sei-sim-time", "Attach SEI time", FALSE),
       bool_spec("sort-batch", "Sort the batch", FALSE), bool_spec("cache-buffer", "Keep buffers", FALSE),
       int_spec("cache-buffer-timeout", "How long buffers are kept", G_MININT, G_MAXINT, 0),
       bool_spec("align-first-buffer", "Align the first buffers", FALSE),
       uint_spec("sync-inputs-ntp", "Align by NTP time", 0, G_MAXUINT, 0),
       uint_spec("failsafe-flush-count", "Flush after so many", 0, G_MAXUINT, 0),
       bool_spec("drop-backward-sei", "Drop SEI that goes back", FALSE)});
}

std::span<const guint> ignored_mux_properties() { return kNotImplemented; }

}  // namespace weir::standin
