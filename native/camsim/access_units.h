#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gst_ptr.h"

namespace camsim {

enum class Codec { kH264, kH265, kJpeg, kPcmu };

/**
 * A video file as encoded access units in memory, in file order, byte-stream format, parameter sets in front
 * of every key frame. Cameras that show the same file share one. Frames are stamped by counting, so the file
 * must not hold B-frames.
 */
struct AccessUnits {
  Codec codec;
  GstPtr<GstCaps> caps;
  std::vector<GstPtr<GstBuffer>> units;

  bool IsKey(uint64_t frame) const {
    return !GST_BUFFER_FLAG_IS_SET(units[frame % units.size()].get(), GST_BUFFER_FLAG_DELTA_UNIT);
  }
  /** The first frame at or after `frame`, counted on over the loop's seam, that is a key frame. */
  uint64_t NextKey(uint64_t frame) const;
};

/**
 * Reads an Annex-B elementary stream or an MP4 file. `codec` is "h264", "h265" or empty: then an MP4 file
 * says so itself, and of an elementary stream the file's extension decides. Throws std::runtime_error that
 * names the file.
 */
std::shared_ptr<const AccessUnits> LoadAccessUnits(const std::string& file, const std::string& codec);

}  // namespace camsim
