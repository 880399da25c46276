// A message before it is written, and who writes it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "metadata/byte_buffer.h"
#include "metadata/geometry.h"
#include "metadata/options.h"
#include "nvdsmeta.h"

namespace weir {

// When a frame was taken, as well as is known.
struct FrameTime {
  uint64_t ns = 0;           // since 1970
  bool from_camera = false;  // the camera's own clock, told by its sender reports; else this machine's
};

struct MessageObject {
  const NvDsObjectMeta* meta;
  Box box;  // in source pixels, finite, within the picture
  bool tracked;
};

struct SourceName {
  std::string_view stream;
  std::string_view run;
  int64_t epoch;
};

struct Message {
  std::string_view prefix;  // what the writer made of the source's name
  const NvDsFrameMeta& frame;
  FrameTime time;
  uint64_t sequence;
  std::span<const MessageObject> objects;
};

// One format. Called once per message, never per object; `write` on one streaming thread only.
class MessageWriter {
 public:
  virtual ~MessageWriter() = default;
  // The bytes that all messages of a source share.
  virtual std::string prefix(const SourceName& source) const = 0;
  virtual void write(const Message& message, ByteBuffer& out) = 0;
};

std::unique_ptr<MessageWriter> json_writer();
std::unique_ptr<MessageWriter> protobuf_writer();
std::unique_ptr<MessageWriter> nvds_minimal_writer();

std::unique_ptr<MessageWriter> make_writer(Format format);

}  // namespace weir
