// `weir.detections.v1`, docs/wire.schema.json.
#include <algorithm>

#include "metadata/json_text.h"
#include "metadata/label_cache.h"
#include "metadata/message.h"

namespace weir {
namespace {

class JsonWriter final : public MessageWriter {
 public:
  std::string prefix(const SourceName& source) const override {
    return R"({"schema":"weir.detections.v1","stream":)" + json_string(source.stream) + R"(,"run":)" +
           json_string(source.run) + R"(,"epoch":)" + std::to_string(source.epoch) + R"(,"sequence":)";
  }

  void write(const Message& message, ByteBuffer& out) override {
    head(message, out);
    bool first = true;
    for (const MessageObject& each : message.objects) {
      out.append(first ? "{" : ",{");
      object(each, out);
      first = false;
    }
    out.append("]}");
  }

 private:
  void head(const Message& message, ByteBuffer& out) {
    const NvDsFrameMeta& frame = message.frame;
    out.append(message.prefix);
    out.append_integer(message.sequence);
    out.append(R"(,"frame":)");
    out.append_integer(frame.frame_num);
    if (frame.buf_pts != UINT64_MAX) {
      out.append(R"(,"pts":)");
      out.append_integer(uint64_t{frame.buf_pts});
    }
    out.append(R"(,"time":")");
    out.append(time_.format(message.time.ns));
    out.append(message.time.from_camera ? R"(","clock":"rtcp","width":)" : R"(","clock":"local","width":)");
    out.append_integer(frame.source_frame_width);
    out.append(R"(,"height":)");
    out.append_integer(frame.source_frame_height);
    out.append(frame.bInferDone ? R"(,"inferred":true,"objects":[)" : R"(,"inferred":false,"objects":[)");
  }

  void object(const MessageObject& object, ByteBuffer& out) {
    if (object.tracked) {
      out.append(R"("id":")");
      out.append_integer(uint64_t{object.meta->object_id});
      out.append(R"(",)");
    }
    out.append(R"("class":)");
    out.append_integer(object.meta->class_id);
    out.append(R"(,"label":)");
    out.append(labels_.of(*object.meta));
    out.append(R"(,"confidence":)");
    out.append_decimal<4>(std::clamp(object.meta->confidence, -1.0f, 1.0f));
    out.append(R"(,"box":{"left":)");
    out.append_decimal<2>(object.box.left);
    out.append(R"(,"top":)");
    out.append_decimal<2>(object.box.top);
    out.append(R"(,"width":)");
    out.append_decimal<2>(object.box.width);
    out.append(R"(,"height":)");
    out.append_decimal<2>(object.box.height);
    out.append("}}");
  }

  TimeText time_;
  LabelCache labels_{json_string};
};

}  // namespace

std::unique_ptr<MessageWriter> json_writer() { return std::make_unique<JsonWriter>(); }

}  // namespace weir
