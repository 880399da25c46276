// NVIDIA's minimal schema as nvmsgconv writes it with msg2p-newapi, so that its consumers can read it: boxes
// in pixels of the mux, a confidence only behind what classifiers say.
#include <algorithm>
#include <charconv>

#include "metadata/json_text.h"
#include "metadata/label_cache.h"
#include "metadata/message.h"

namespace weir {
namespace {

// Nothing escapes a bar in an object's text: one in a label would move the fields behind it.
std::string field_text(std::string_view label) {
  std::string text = json_string(label);
  std::replace(text.begin(), text.end(), '|', '/');
  return text.substr(1, text.size() - 2);
}

// As a C++ stream prints it by default: six digits.
void append_float(float value, ByteBuffer& out) {
  constexpr size_t kMost = 24;
  char* to = out.reserve(kMost);
  out.finish(std::to_chars(to, to + kMost, value, std::chars_format::general, 6).ptr);
}

void append_classifiers(const NvDsObjectMeta& object, ByteBuffer& out) {
  out.append("|#");
  for (const GList* item = object.classifier_meta_list; item != nullptr; item = item->next) {
    const auto& classifier = *static_cast<const NvDsClassifierMeta*>(item->data);
    for (const GList* info = classifier.label_info_list; info != nullptr; info = info->next) {
      out.append("|");
      out.append(field_text(text_of(static_cast<const NvDsLabelInfo*>(info->data)->result_label)));
    }
  }
  out.append("|");
  append_float(object.confidence, out);
}

class NvdsMinimalWriter final : public MessageWriter {
 public:
  // What comes before the sensor's name differs by frame: the name alone.
  std::string prefix(const SourceName& source) const override { return json_string(source.stream); }

  void write(const Message& message, ByteBuffer& out) override {
    out.append(R"({"version":"4.0","id":")");
    out.append_integer(message.frame.frame_num);
    out.append(R"(","@timestamp":")");
    constexpr size_t kToMilliseconds = 23;
    out.append(time_.format(message.time.ns).substr(0, kToMilliseconds));
    out.append(R"(Z","sensorId":)");
    out.append(message.prefix);
    out.append(R"(,"objects":[)");
    bool first = true;
    for (const MessageObject& each : message.objects) {
      out.append(first ? "\"" : ",\"");
      object(*each.meta, out);
      out.append("\"");
      first = false;
    }
    out.append("]}");
  }

 private:
  void object(const NvDsObjectMeta& object, ByteBuffer& out) {
    const NvOSD_RectParams& rect = object.rect_params;
    out.append_integer(uint64_t{object.object_id});
    for (const float edge : {rect.left, rect.top, rect.left + rect.width, rect.top + rect.height}) {
      out.append("|");
      append_float(edge, out);
    }
    out.append("|");
    out.append(labels_.of(object));
    if (object.classifier_meta_list != nullptr) append_classifiers(object, out);
  }

  TimeText time_;
  LabelCache labels_{field_text};
};

}  // namespace

std::unique_ptr<MessageWriter> nvds_minimal_writer() { return std::make_unique<NvdsMinimalWriter>(); }

}  // namespace weir
