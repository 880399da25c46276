// `weir.v1.Detections` of docs/weir.proto in protobuf's wire format.
#include <algorithm>
#include <bit>
#include <cstring>

#include "metadata/json_text.h"
#include "metadata/label_cache.h"
#include "metadata/message.h"

namespace weir {
namespace {

// A tag is the field's number and how its value is written; all of ours fit into one byte.
enum Wire : char { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
constexpr char tag(int field, Wire wire) { return static_cast<char>(field << 3 | wire); }

constexpr size_t kMaxVarint = 10;
constexpr size_t kBoxLength = 4 * 5;
constexpr int kClockLocal = 1;
constexpr int kClockRtcp = 2;

char* put_varint(char* to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
  *to++ = static_cast<char>(value);
  return to;
}

template <class Value>
char* put_fixed(char* to, Value value) {
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(to, &value, sizeof(value));
  return to + sizeof(value);
}

char* put_number(char* to, int field, uint64_t value) {
  *to++ = tag(field, kVarint);
  return put_varint(to, value);
}

char* put_float(char* to, int field, double value) {
  *to++ = tag(field, kFixed32);
  return put_fixed(to, static_cast<float>(value));
}

// A field of text with its tag and length; nothing for an empty one.
std::string text_field(int field, std::string_view text) {
  if (text.empty()) return {};
  char head[1 + kMaxVarint] = {tag(field, kBytes)};
  char* const end = put_varint(head + 1, text.size());
  return std::string(head, end) + std::string(text);
}

std::string label_field(std::string_view label) { return text_field(3, utf8(label)); }

class ProtobufWriter final : public MessageWriter {
 public:
  std::string prefix(const SourceName& source) const override {
    char epoch[1 + kMaxVarint];
    char* const end = put_number(epoch, 3, static_cast<uint64_t>(source.epoch));
    return text_field(1, utf8(source.stream)) + text_field(2, source.run) + std::string(epoch, end);
  }

  void write(const Message& message, ByteBuffer& out) override {
    head(message, out);
    for (const MessageObject& each : message.objects) object(each, out);
  }

 private:
  static void head(const Message& message, ByteBuffer& out) {
    const NvDsFrameMeta& frame = message.frame;
    out.append(message.prefix);
    char* to = out.reserve(8 * (1 + kMaxVarint));
    to = put_number(to, 4, message.sequence);
    to = put_number(to, 5, static_cast<uint32_t>(frame.frame_num));
    if (frame.buf_pts != UINT64_MAX) to = put_number(to, 6, frame.buf_pts);
    *to++ = tag(7, kFixed64);
    to = put_fixed(to, message.time.ns);
    to = put_number(to, 8, message.time.from_camera ? kClockRtcp : kClockLocal);
    to = put_number(to, 9, frame.source_frame_width);
    to = put_number(to, 10, frame.source_frame_height);
    to = put_number(to, 11, frame.bInferDone ? 1 : 0);
    out.finish(to);
  }

  void object(const MessageObject& object, ByteBuffer& out) {
    const std::string_view label = labels_.of(*object.meta);
    char head[1 + 8 + 1 + kMaxVarint];
    char* end = head;
    if (object.tracked) {
      *end++ = tag(1, kFixed64);
      end = put_fixed(end, uint64_t{object.meta->object_id});
    }
    end = put_number(end, 2, static_cast<uint64_t>(int64_t{object.meta->class_id}));
    const size_t head_length = end - head;
    constexpr size_t kTail = 5 + 2 + kBoxLength;
    char* to = out.reserve(1 + kMaxVarint + head_length + label.size() + kTail);
    *to++ = tag(12, kBytes);
    to = put_varint(to, head_length + label.size() + kTail);
    to = std::copy(head, end, to);
    to = std::copy(label.begin(), label.end(), to);
    to = put_float(to, 4, std::clamp(object.meta->confidence, -1.0f, 1.0f));
    *to++ = tag(5, kBytes);
    to = put_varint(to, kBoxLength);
    to = put_float(to, 1, object.box.left);
    to = put_float(to, 2, object.box.top);
    to = put_float(to, 3, object.box.width);
    to = put_float(to, 4, object.box.height);
    out.finish(to);
  }

  LabelCache labels_{label_field};
};

}  // namespace

std::unique_ptr<MessageWriter> protobuf_writer() { return std::make_unique<ProtobufWriter>(); }

}  // namespace weir
